import type { Task } from "../../../tasks/schemas.ts";
import type { ToolCall, ToolName, ToolResult } from "../../../tools/tools.ts";
import type { Answer, OpenQuestion, Question, TaskAction } from "../../agent.ts";
import { WallClock } from "../../../dates/wall-clock.ts";
import { isDoneSinceList, lastList, recentTasks } from "../conversation.ts";
import type { Doubt, Reference } from "../intents.ts";
import { isDoubtful } from "../evidence.ts";
import { readNewTasks } from "../new-tasks.ts";
import { describeChoices, describeTask, nameTasks, notUnderstood, tooMuch } from "../replies.ts";
import { changeOf } from "../shifts.ts";
import { candidates, resolve, tasksOf, type Resolved } from "../resolve.ts";
import { longestTitle, maxChoices } from "./limits.ts";
import { whether, whetherAll } from "./whether.ts";

/** Most tasks whose order is kept for the numbers in the next message. */
const longestOrder = 50;

/** Most tasks of a kind to complete without asking. */
const most = 5;

/** Longest reply, in characters. */
const longestReply = 64_000;

const manyMore = "There may be more such tasks; say it again when these are done.";
/** One answer in progress: what it has said, asked and done so far. */
export class Turn {
  readonly question: Question;
  readonly clock: WallClock;
  readonly calls: ToolCall[] = [];
  /** Order of the tasks that numbers in the message mean, if no list was shown. */
  order: readonly string[] = [];
  /** Ids of the tasks that the answer tells about without a tool call. */
  about: readonly string[] = [];
  readonly #replies: string[] = [];
  #state: OpenQuestion | null = null;
  /** What was changed, as it was before. */
  readonly #was: Task[] = [];
  /** Order that the numbers in the message meant. */
  #numbered: readonly string[] = [];
  /** Whether more tasks match a reference than can be changed at once. */
  #isCut = false;

  constructor(question: Question) {
    this.question = question;
    this.clock = new WallClock(question.now, question.timeZone, question.isDayFirst);
  }

  /** Sends the reply. */
  end(): Answer {
    if (this.#replies.length === 0) this.say(notUnderstood);
    const reply = cut(this.#replies.join("\n"));
    for (const piece of reply.match(/(?:\S+\s*){1,4}/g) ?? []) this.question.onText(piece);
    const isKept = [this.#was, this.#numbered, this.about].some(({ length }) => length > 0);
    const changed = {
      asked: "nothing",
      was: this.#was,
      order: this.#numbered,
      about: this.about,
    } as const;
    const state = this.#state ?? (isKept ? changed : null);
    return { reply, toolCalls: this.calls, agent: "builtin", degraded: false, state };
  }

  async resolve(reference: Reference, fits: (task: Task) => boolean): Promise<Resolved> {
    // "The last one", when something was done since the last list, is what it was done to.
    const { history, tools } = this.question;
    if (isLast(reference) && isDoneSinceList(history))
      reference = { kind: "previous", many: false };
    const [shown, recent] = [this.#shownLast(), this.#recent()];
    if (reference.kind === "numbers") this.#numbered = shown.slice(0, longestOrder);
    const mentioned = [...shown, ...recent];
    const { tasks, isCut } = await candidates(tools, reference, mentioned);
    if (isCut) this.#isCut = true;
    return resolve(reference, {
      tasks,
      shown,
      recent,
      fits,
      clock: this.clock,
    });
  }

  async onTasks(reference: Reference, action: TaskAction, doubt?: Doubt): Promise<void> {
    const result = await this.resolve(reference, (task) =>
      action.tool === "complete_task"
        ? task.completed !== action.completed
        : action.tool === "delete_task" || !task.completed,
    );
    if ("found" in result) {
      const { found } = result;
      const [task, more] = found;
      if (task !== undefined && more === undefined) {
        const isUnseen = lastList(this.question.history) === undefined && isByCount(reference);
        // Without a list shown, people count what is open.
        const isMiscounted = isUnseen && action.tool === "delete_task" && task.completed;
        if (isMiscounted || isDoubtful(doubt, reference, task)) {
          this.ask(...whether(action, task, this.clock));
          return;
        }
      }
      const all = reference.kind === "all" && (found.length > most || isEverything(reference));
      await this.actCarefully(action, found, all);
      if (this.#isCut) this.say(manyMore);
      return;
    }
    if ("missing" in result) {
      this.#notFound(result.missing, reference);
      return;
    }
    const choices = result.choices.slice(0, maxChoices);
    this.ask(
      { asked: "which", ids: choices.map(({ id }) => id), then: action },
      result.sure
        ? `Which one do you mean?\n${describeChoices(choices, this.clock)}`
        : `I'm not sure; do you mean ${choices.length === 1 ? "this one" : "one of these"}?\n${describeChoices(choices, this.clock)}`,
    );
  }

  /** "Finish homework" can complete a task or be a new one: asks if there is no such task. */
  #notFound(message: string, reference: Reference): void {
    const said = this.question.message.trim();
    const couldBeTask =
      reference.kind === "words" &&
      /^(?:finish|complete|close|cancel|drop|move|change|make|resolve)\b/i.test(said);
    const [task, more] = couldBeTask ? readNewTasks(said, this.clock).tasks : [];
    if (task !== undefined && more === undefined && task.title.length <= longestTitle) {
      this.ask(
        { asked: "add", tasks: [task] },
        `${message} Shall I add "${task.title}" as a new task?`,
      );
      return;
    }
    this.say(message);
  }

  /** What "it" is: what this answer tells about, or what was done last. */
  #recent(): readonly string[] {
    const isTold = this.calls.length === 0 && this.about.length > 0;
    return isTold ? this.about : recentTasks(this.question.history, this.calls);
  }

  /** Deleting several tasks needs confirmation, and so does completing or changing all of them. */
  async actCarefully(action: TaskAction, tasks: readonly Task[], all = false): Promise<void> {
    const open = tasks.length > 1 ? whetherAll(action, tasks, all) : undefined;
    if (open === undefined) return this.act(action, tasks);
    const names = nameTasks(tasks, maxChoices);
    this.ask(open, `That would ${open.asked} ${tasks.length} tasks: ${names}. Are you sure?`);
  }

  async act(action: TaskAction, tasks: readonly Task[]): Promise<void> {
    const changed: Task[] = [];
    const unchanged: Task[] = [];
    for (const task of tasks) {
      if (action.tool === "complete_task" && task.completed === action.completed) {
        unchanged.push(task);
        continue;
      }
      const { tool, ...input } =
        "change" in action
          ? { tool: action.tool, ...changeOf(task, action.change, this.clock) }
          : action;
      // Completing is the tool's default.
      const isDefault = action.tool === "complete_task" && action.completed;
      const result = await this.call(tool, { id: task.id, ...(!isDefault && input) });
      if (action.tool === "update_task" && !("error" in result)) this.#was.push(task);
      if ("task" in result) (isSame(task, result.task) ? unchanged : changed).push(result.task);
      else if ("deleted" in result) changed.push(result.deleted);
    }
    if (changed.length > 0) this.say(this.#report(action, tasks, changed));
    if (unchanged.length > 0) {
      const isDone = action.tool === "complete_task" && action.completed;
      const isReopened = action.tool === "complete_task" && !action.completed;
      const state = isDone ? "done already" : isReopened ? "not done anyway" : "like that already";
      this.say(`${nameTasks(unchanged)} ${unchanged.length === 1 ? "is" : "are"} ${state}.`);
    }
    if (tasks.length === 0) this.say("Those tasks no longer exist.");
  }

  #report(action: TaskAction, before: readonly Task[], after: readonly Task[]): string {
    switch (action.tool) {
      case "complete_task":
        return action.completed ? `Done: ${nameTasks(after)}.` : `Open again: ${nameTasks(after)}.`;
      case "delete_task":
        return `Deleted ${nameTasks(after)}.`;
      case "update_task":
        return action.change.title === undefined
          ? `Changed ${after.map((task) => describeTask(task, this.clock)).join(", ")}.`
          : `Renamed ${nameTasks(before)} to ${after.map((task) => describeTask(task, this.clock)).join(", ")}.`;
    }
  }

  async call(name: ToolName, input: object): Promise<ToolResult> {
    const result = await this.question.tools.call("builtin", name, input);
    const call = { name, arguments: input, result };
    this.calls.push(call);
    this.question.onTool(call);
    if ("error" in result) this.say(result.error);
    return result;
  }

  /** What this or the last answer changed, as it was before. */
  get changed(): readonly Task[] {
    const last = this.question.history.at(-1)?.state;
    return this.#was.length === 0 && last?.asked === "nothing" ? last.was : this.#was;
  }

  async stillThere(ids: readonly string[]): Promise<readonly Task[]> {
    return this.question.tools.byIds(ids);
  }

  /** The last list of this conversation, or else the page's order. */
  #shownLast(): readonly string[] {
    const last = lastList(this.question.history);
    return last === undefined ? this.order : tasksOf([last]);
  }

  /** One question at a time: a second one has to wait. */
  ask(state: OpenQuestion, text: string): void {
    if (this.#state === null) {
      this.#state = state;
      this.say(text);
    } else {
      this.say(`Let's settle that first. ${text.split("\n")[0] ?? ""}`);
    }
  }

  say(text: string): void {
    this.#replies.push(text);
  }
}

/** Whether a change changed nothing that users see. */
function isSame(a: Task, b: Task): boolean {
  const visible = [
    "title",
    "description",
    "completed",
    "priority",
    "dueOn",
    "dueAt",
    "repeat",
  ] as const;
  return visible.every((field) => a[field] === b[field]);
}

function isLast(reference: Reference): boolean {
  return reference.kind === "numbers" && reference.numbers.join() === "-1";
}

/** "Delete 9", unlike "the last one". */
function isByCount(reference: Reference): boolean {
  return reference.kind === "numbers" && reference.numbers.every((number) => number > 0);
}

function isEverything(reference: Extract<Reference, { kind: "all" }>): boolean {
  const { status, search, priority, dueAfter, dueBefore } = reference.filter;
  return status !== "completed" && (search ?? priority ?? dueAfter ?? dueBefore) === undefined;
}

function cut(reply: string): string {
  if (reply.length <= longestReply) return reply;
  return `${reply.slice(0, longestReply).toWellFormed()}…\n${tooMuch}`;
}
