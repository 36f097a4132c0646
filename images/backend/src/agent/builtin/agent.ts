import type { Task } from "../../tasks/schemas.ts";
import type { ToolCall, ToolInput, ToolName, ToolResult } from "../../tools/tools.ts";
import type { Agent, AgentState, Answer, Question, TaskAction } from "../agent.ts";
import { unsupported, type Intent, type ListFilter, type Reference } from "./intents.ts";
import { readReference } from "./references.ts";
import {
  describeChoices,
  describeList,
  describeTask,
  nameTasks,
  notUnderstood,
  smallTalk,
} from "./replies.ts";
import { resolve, tasksOf, type Resolved } from "./resolve.ts";
import { understand } from "./understand.ts";
import { WallClock } from "./wall-clock.ts";

/**
 * Answers without a language model: parses the message into intents, resolves the tasks that it
 * refers to, calls the tools, and reports what was done. Asks when in doubt.
 */
export class BuiltinAgent implements Agent {
  async answer(question: Question): Promise<Answer> {
    return new Turn(question).answer();
  }

  /** Whether the message answers the yes-or-no question of the previous answer. */
  settles({ message, history, now, timeZone }: Question): boolean {
    if (history.at(-1)?.state?.asked !== "delete") return false;
    const intents = understand(message, new WallClock(now, timeZone));
    return intents.length === 1 && (intents[0]?.kind === "yes" || intents[0]?.kind === "no");
  }
}

/** Most choices in a question. */
const maxChoices = 9;

/** Most intents of one message, and longest reply, in characters. */
const maxIntents = 50;
const longestReply = 64_000;

const tooMuch = "That is a lot at once; please send the rest in another message.";

function cut(reply: string): string {
  if (reply.length <= longestReply) return reply;
  return `${reply.slice(0, longestReply).toWellFormed()}…\n${tooMuch}`;
}

/** One answer in progress. */
class Turn {
  readonly #question: Question;
  readonly #clock: WallClock;
  readonly #calls: ToolCall[] = [];
  readonly #replies: string[] = [];
  #state: AgentState | null = null;
  /** Order of the tasks when the message was sent, for the numbers in it. */
  #order: readonly string[] = [];

  constructor(question: Question) {
    this.#question = question;
    this.#clock = new WallClock(question.now, question.timeZone);
  }

  async answer(): Promise<Answer> {
    const { message, history, onText } = this.#question;
    this.#order = (await this.#question.tools.peek()).map(({ id }) => id);
    const open = history.at(-1)?.state ?? null;
    const intents = understand(message, this.#clock);
    const settled = open !== null && (await this.#settle(open, intents));
    if (!settled) for (const intent of intents.slice(0, maxIntents)) await this.#do(intent);
    if (intents.length > maxIntents) this.#say(tooMuch);
    if (this.#replies.length === 0) this.#say(notUnderstood);
    const reply = cut(this.#replies.join("\n"));
    for (const piece of reply.match(/(?:\S+\s*){1,4}/g) ?? []) onText(piece);
    return { reply, toolCalls: this.#calls, agent: "builtin", degraded: false, state: this.#state };
  }

  /** Handles the message as the answer to the open question; false if it is something else. */
  async #settle(open: AgentState, intents: readonly Intent[]): Promise<boolean> {
    const [intent, ...more] = intents;
    if (intent === undefined || more.length > 0) return false;
    if (intent.kind === "no") {
      this.#say(
        open.asked === "delete"
          ? "All right, nothing is deleted."
          : "All right, nothing is changed.",
      );
      return true;
    }
    switch (open.asked) {
      case "delete": {
        if (intent.kind !== "yes") return false;
        await this.#act({ tool: "delete_task" }, await this.#stillThere(open.ids));
        return true;
      }
      case "add": {
        if (intent.kind !== "yes") return false;
        await this.#add(open.tasks, false);
        return true;
      }
      case "which": {
        const choices = await this.#stillThere(open.ids);
        const chosen = this.#choose(choices, intent);
        if (chosen === undefined) return false;
        await this.#actCarefully(open.then, chosen);
        return true;
      }
    }
  }

  #choose(choices: readonly Task[], intent: Intent): readonly Task[] | undefined {
    const { message } = this.#question;
    if (intent.kind === "yes") return choices.length === 1 ? choices : undefined;
    // A new request, not just a few words to pick one.
    if (
      intent.kind !== "unclear" &&
      intent.kind !== "complete" &&
      message.split(/\s+/).length > 4
    ) {
      return undefined;
    }
    const ids = choices.map(({ id }) => id);
    const result = resolve(readReference(message, this.#clock), {
      tasks: choices,
      shown: ids,
      recent: ids,
      fits: () => true,
    });
    return "found" in result ? result.found : undefined;
  }

  async #do(intent: Intent): Promise<void> {
    switch (intent.kind) {
      case "add":
        return this.#add(intent.tasks, intent.reminder);
      case "list":
        return this.#list(intent.filter, intent.count);
      case "show":
        return this.#show(intent.reference);
      case "complete":
        return this.#onTasks(intent.reference, {
          tool: "complete_task",
          completed: intent.completed,
        });
      case "update":
        return this.#onTasks(intent.reference, { tool: "update_task", change: intent.change });
      case "delete":
        return this.#onTasks(intent.reference, { tool: "delete_task" });
      case "undo":
        return this.#undo();
      case "unsupported":
        this.#say(unsupported[intent.what]);
        return;
      case "unclear":
        this.#offerToAdd(intent.text);
        return;
      default:
        this.#say(smallTalk[intent.kind]);
    }
  }

  async #add(tasks: readonly ToolInput<"add_task">[], reminder: boolean): Promise<void> {
    const added: Task[] = [];
    for (const input of tasks) {
      const result = await this.#call("add_task", input);
      if ("task" in result) added.push(result.task);
    }
    const [first] = added;
    if (first === undefined) return;
    const names = added.map((task) => describeTask(task, this.#clock));
    this.#say(
      added.length === 1
        ? `Added ${names.join("")}.`
        : `Added ${added.length} tasks:\n${names.map((name) => `- ${name}`).join("\n")}`,
    );
    if (reminder && first.dueAt !== null)
      this.#say("I keep the date in your list, but I can't send you an alarm.");
  }

  async #list(filter: ListFilter, count: boolean): Promise<void> {
    // Undefined filters and the heading's label are not arguments of the tool.
    const input = Object.fromEntries(
      Object.entries(filter).filter(([key, value]) => key !== "label" && value !== undefined),
    );
    const result = await this.#call("list_tasks", input);
    if (!("tasks" in result)) return;
    const list = describeList(result, filter, this.#clock);
    this.#say(
      count && result.tasks.length > 0
        ? list.replace(/(?:; the first \d+ are)?:\n[\s\S]*$/, ".")
        : list,
    );
  }

  async #show(reference: Reference): Promise<void> {
    const result = await this.#resolve(reference, () => true);
    if ("missing" in result) {
      this.#say(result.missing);
      return;
    }
    const tasks = "found" in result ? result.found : result.choices;
    for (const task of tasks.slice(0, maxChoices)) {
      const state = task.completed ? "done" : "open";
      const notes = task.description === "" ? "" : ` Notes: ${task.description}`;
      this.#say(`${describeTask(task, this.#clock)} is ${state}.${notes}`);
    }
  }

  async #resolve(reference: Reference, fits: (task: Task) => boolean): Promise<Resolved> {
    return resolve(reference, {
      tasks: await this.#question.tools.peek(),
      shown: this.#shownLast(),
      recent: this.#recent(),
      fits,
    });
  }

  async #onTasks(reference: Reference, action: TaskAction): Promise<void> {
    const result = await this.#resolve(reference, (task) =>
      action.tool === "complete_task"
        ? task.completed !== action.completed
        : action.tool === "delete_task" || !task.completed,
    );
    if ("found" in result) return this.#actCarefully(action, result.found);
    if ("missing" in result) {
      this.#notFound(result.missing, reference, action);
      return;
    }
    const choices = result.choices.slice(0, maxChoices);
    this.#ask(
      { asked: "which", ids: choices.map(({ id }) => id), then: action },
      result.sure
        ? `Which one do you mean?\n${describeChoices(choices, this.#clock)}`
        : `I'm not sure; do you mean ${choices.length === 1 ? "this one" : "one of these"}?\n${describeChoices(choices, this.#clock)}`,
    );
  }

  /** "Finish homework" can complete a task or be a new one: asks if there is no such task. */
  #notFound(message: string, reference: Reference, action: TaskAction): void {
    const said = this.#question.message.trim();
    const couldBeTask =
      reference.kind === "words" &&
      /^(?:finish|complete|close|cancel|drop|move|change|make|resolve)\b/i.test(said);
    if (couldBeTask && action.tool !== "delete_task") {
      const title = said.replace(/[.!]+$/, "").slice(0, 200);
      this.#ask(
        { asked: "add", tasks: [{ title }] },
        `${message} Shall I add "${title}" as a new task?`,
      );
      return;
    }
    this.#say(message);
  }

  /** Deleting several tasks needs confirmation; everything else can be undone. */
  async #actCarefully(action: TaskAction, tasks: readonly Task[]): Promise<void> {
    if (action.tool === "delete_task" && tasks.length > 1) {
      this.#ask(
        { asked: "delete", ids: tasks.map(({ id }) => id) },
        `That would delete ${tasks.length} tasks: ${nameTasks(tasks, maxChoices)}. Are you sure?`,
      );
      return;
    }
    await this.#act(action, tasks);
  }

  async #act(action: TaskAction, tasks: readonly Task[]): Promise<void> {
    const changed: Task[] = [];
    const unchanged: Task[] = [];
    for (const task of tasks) {
      if (action.tool === "complete_task" && task.completed === action.completed) {
        unchanged.push(task);
        continue;
      }
      const { tool, ...input } =
        "change" in action ? { tool: action.tool, ...action.change } : action;
      // Completing is the tool's default.
      const isDefault = action.tool === "complete_task" && action.completed;
      const result = await this.#call(tool, { id: task.id, ...(!isDefault && input) });
      if ("task" in result) changed.push(result.task);
      else if ("deleted" in result) changed.push(result.deleted);
    }
    if (changed.length > 0) this.#say(this.#report(action, tasks, changed));
    if (unchanged.length > 0) {
      const state =
        action.tool === "complete_task" && action.completed ? "done already" : "not done anyway";
      this.#say(`${nameTasks(unchanged)} ${unchanged.length === 1 ? "is" : "are"} ${state}.`);
    }
    if (tasks.length === 0) this.#say("Those tasks no longer exist.");
  }

  #report(action: TaskAction, before: readonly Task[], after: readonly Task[]): string {
    switch (action.tool) {
      case "complete_task":
        return action.completed ? `Done: ${nameTasks(after)}.` : `Open again: ${nameTasks(after)}.`;
      case "delete_task":
        return `Deleted ${nameTasks(after)}.`;
      case "update_task":
        return action.change.title === undefined
          ? `Changed ${after.map((task) => describeTask(task, this.#clock)).join(", ")}.`
          : `Renamed ${nameTasks(before)} to ${nameTasks(after.slice(0, 1))}.`;
    }
  }

  /** Undoes the last change, as far as its tool calls have the previous state. */
  async #undo(): Promise<void> {
    const last = this.#question.history.findLast(({ toolCalls }) =>
      toolCalls.some(({ name }) => name !== "list_tasks"),
    );
    const calls =
      last?.toolCalls.filter(({ name, result }) => name !== "list_tasks" && !("error" in result)) ??
      [];
    if (calls.length === 0) {
      this.#say("There is nothing to undo.");
      return;
    }
    if (calls.some(({ name }) => name === "update_task")) {
      this.#say("I can't undo that change; tell me what it should be instead.");
      return;
    }
    const added = calls
      .filter(({ name }) => name === "add_task")
      .flatMap(({ result }) => ("task" in result ? [result.task.id] : []));
    if (added.length > 0)
      await this.#actCarefully({ tool: "delete_task" }, await this.#stillThere(added));
    for (const { result } of calls) {
      if ("deleted" in result) {
        const { title, description, priority, dueAt, completed } = result.deleted;
        const again = await this.#call("add_task", { title, description, priority, dueAt });
        if (completed && "task" in again) await this.#call("complete_task", { id: again.task.id });
        this.#say(`"${title}" is back.`);
      } else if ("task" in result && !added.includes(result.task.id)) {
        const [task] = await this.#stillThere([result.task.id]);
        if (task) await this.#act({ tool: "complete_task", completed: !task.completed }, [task]);
      }
    }
  }

  /** A few words without a verb may be a task; a question is not. */
  #offerToAdd(text: string): void {
    const title = text.replace(/[.!]+$/, "").trim();
    const words = title.split(/\s+/).length;
    const isQuestion =
      /\?$|^(?:what|why|who|how|when|where|which|is|are|do|does|can|could|will)\b/i.test(title);
    if (isQuestion || title.length > 200 || words > 12 || !/\p{Letter}{2}/u.test(title)) {
      this.#say(notUnderstood);
      return;
    }
    this.#ask({ asked: "add", tasks: [{ title }] }, `Shall I add "${title}" as a task?`);
  }

  async #call(name: ToolName, input: object): Promise<ToolResult> {
    const result = await this.#question.tools.call("builtin", name, input);
    const call = { name, arguments: input, result };
    this.#calls.push(call);
    this.#question.onTool(call);
    if ("error" in result) this.#say(result.error);
    return result;
  }

  async #stillThere(ids: readonly string[]): Promise<readonly Task[]> {
    const tasks = await this.#question.tools.peek();
    return ids
      .map((id) => tasks.find((task) => task.id === id))
      .filter((task) => task !== undefined);
  }

  /** The last list of this conversation, or else the page's order. */
  #shownLast(): readonly string[] {
    const lists = this.#question.history
      .flatMap(({ toolCalls }) => toolCalls)
      .filter(({ name, result }) => name === "list_tasks" && "tasks" in result);
    const last = lists.at(-1);
    return last === undefined ? this.#order : tasksOf([last]);
  }

  /** What "it" can refer to: tasks of this message so far, or of the last answer with any. */
  #recent(): readonly string[] {
    const now = tasksOf(this.#calls);
    if (now.length > 0) return now;
    const last = this.#question.history.findLast(({ toolCalls }) => tasksOf(toolCalls).length > 0);
    return last === undefined ? [] : tasksOf(last.toolCalls);
  }

  /** One question at a time: a second one has to wait. */
  #ask(state: AgentState, text: string): void {
    if (this.#state === null) {
      this.#state = state;
      this.#say(text);
    } else {
      this.#say(`Let's settle that first. ${text.split("\n")[0] ?? ""}`);
    }
  }

  #say(text: string): void {
    this.#replies.push(text);
  }
}
