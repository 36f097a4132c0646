import type { Task } from "../../tasks/schemas.ts";
import type { ToolCall, ToolInput, ToolName, ToolResult } from "../../tools/tools.ts";
import type { Agent, Answer, OpenQuestion, Question, TaskAction } from "../agent.ts";
import {
  unsupported,
  type Intent,
  type ListAnswer,
  type ListFilter,
  type Reference,
} from "./intents.ts";
import { advise } from "./advice.ts";
import { isDoneSinceList, lastList, orderBefore, recentTasks } from "./conversation.ts";
import { sameDue } from "../../dates/due.ts";
import { describeDate, findRange, readDateParts, takeDate } from "./dates.ts";
import { changeInstead, doubtAbout } from "./doubts.ts";
import { actionOf, changesAmong, corrected, correctedAttributes, reverse } from "./last-change.ts";
import { beginsWithVerb, readNewTasks } from "./new-tasks.ts";
import { isForeign } from "./not-english.ts";
import { readReference } from "./references.ts";
import {
  describeChoices,
  describeList,
  describeTask,
  nameTasks,
  notUnderstood,
  onlyEnglish,
  smallTalk,
} from "./replies.ts";
import { candidates, resolve, tasksOf, type Resolved } from "./resolve.ts";
import { shifted, type Shift } from "./shifts.ts";
import { understand } from "./understand.ts";
import { findUnreadDate } from "./unread-dates.ts";
import { WallClock } from "../../dates/wall-clock.ts";

/**
 * Answers without a language model: parses the message into intents, resolves the tasks that it
 * refers to, calls the tools, and reports what was done. Asks when in doubt.
 */
export class BuiltinAgent implements Agent {
  async answer(question: Question): Promise<Answer> {
    return new Turn(question).answer();
  }

  /** Whether the message answers the yes-or-no question of the previous answer. */
  settles({ message, history, now, timeZone, isDayFirst }: Question): boolean {
    if (!/^(?:delete|complete)$/.test(history.at(-1)?.state?.asked ?? "")) return false;
    const intents = understand(message, new WallClock(now, timeZone, isDayFirst));
    return intents.length === 1 && (isYes(intents[0]) || isNo(intents[0]));
  }
}

/** Most choices in a question. */
const maxChoices = 9;

/** Most tasks whose order is kept for the numbers in the next message. */
const longestOrder = 50;

/** Longest title, in characters. */
const longestTitle = 200;

/** Most tasks of a kind to complete without asking. */
const most = 5;

/** "Delete them" confirms as "yes" does. */
function isYes(intent: Intent | undefined): boolean {
  return (
    intent?.kind === "yes" || (intent?.kind === "delete" && intent.reference.kind === "previous")
  );
}

function isNo(intent: Intent | undefined): boolean {
  return intent?.kind === "no" || intent?.kind === "kept";
}

function hasDue({ dueOn, dueAt }: Task): boolean {
  return (dueOn ?? dueAt) !== null;
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

function isEverything(reference: Extract<Reference, { kind: "all" }>): boolean {
  const { status, search, priority, dueAfter, dueBefore } = reference.filter;
  return status !== "completed" && (search ?? priority ?? dueAfter ?? dueBefore) === undefined;
}

/** Most intents of one message, and longest reply, in characters. */
const maxIntents = 50;
const longestReply = 64_000;

const manyMore = "There may be more such tasks; say it again when these are done.";

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
  #state: OpenQuestion | null = null;
  /** What was changed, as it was before. */
  readonly #was: Task[] = [];
  /** Order that the numbers in the message meant. */
  #numbered: readonly string[] = [];
  /** Whether more tasks match a reference than can be changed at once. */
  #isCut = false;
  /** Order of the tasks when the message was sent, for the numbers in it. */
  #order: readonly string[] = [];

  constructor(question: Question) {
    this.#question = question;
    this.#clock = new WallClock(question.now, question.timeZone, question.isDayFirst);
  }

  async answer(): Promise<Answer> {
    const { message, history, onText } = this.#question;
    this.#order = (await this.#question.tools.peek()).map(({ id }) => id);
    const last = history.at(-1)?.state ?? null;
    const open = last?.asked === "nothing" ? null : last;
    const intents = understand(message, this.#clock);
    const settled = open !== null && (await this.#settle(open, intents));
    if (!settled) for (const intent of intents.slice(0, maxIntents)) await this.#do(intent);
    if (intents.length > maxIntents) this.#say(tooMuch);
    if (this.#replies.length === 0) this.#say(notUnderstood);
    const reply = cut(this.#replies.join("\n"));
    for (const piece of reply.match(/(?:\S+\s*){1,4}/g) ?? []) onText(piece);
    const isKept = this.#was.length > 0 || this.#numbered.length > 0;
    const changed = { asked: "nothing", was: this.#was, order: this.#numbered } as const;
    const state = this.#state ?? (isKept ? changed : null);
    return { reply, toolCalls: this.#calls, agent: "builtin", degraded: false, state };
  }

  /** Handles the message as the answer to the open question; false if it is something else. */
  async #settle(open: OpenQuestion, intents: readonly Intent[]): Promise<boolean> {
    const [intent, ...more] = intents;
    if (intent === undefined || more.length > 0) return false;
    if (isNo(intent)) {
      this.#say(open.asked === "delete" ? "All right, nothing is deleted." : smallTalk.kept);
      return true;
    }
    switch (open.asked) {
      case "delete":
      case "complete": {
        const action: TaskAction =
          open.asked === "delete"
            ? { tool: "delete_task" }
            : { tool: "complete_task", completed: true };
        const tasks = await this.#stillThere(open.ids);
        // "No, only the first one."
        const only =
          intent.kind === "correct"
            ? this.#choose(tasks, intent, intent.words, this.#order)
            : tasks;
        if ((!isYes(intent) && intent.kind !== "correct") || !only) return false;
        await this.#act(action, only);
        return true;
      }
      case "add": {
        if (intent.kind !== "yes") return false;
        await this.#add(open.tasks, false);
        return true;
      }
      case "which": {
        const choices = await this.#stillThere(open.ids);
        const words = intent.kind === "correct" ? intent.words : undefined;
        const chosen = this.#choose(choices, intent, words);
        if (chosen === undefined) return false;
        await this.#actCarefully(open.then, chosen);
        return true;
      }
    }
  }

  #choose(
    choices: readonly Task[],
    intent: Intent,
    message = this.#question.message,
    /** Their order for numbers. */
    shown: readonly string[] = choices.map(({ id }) => id),
  ): readonly Task[] | undefined {
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
    const phrase = message.replace(/^(?:only|just) /i, "");
    const result = resolve(readReference(phrase, this.#clock), {
      tasks: choices,
      shown,
      recent: ids,
      fits: () => true,
      clock: this.#clock,
    });
    return "found" in result ? result.found : undefined;
  }

  async #do(intent: Intent): Promise<void> {
    switch (intent.kind) {
      case "add":
        return this.#addCarefully(intent);
      case "list":
        return this.#list(intent.filter, intent.answer);
      case "show":
        return this.#show(intent.reference);
      case "which":
        return this.#showWhich(intent.tasks);
      case "complete":
        return this.#onTasks(intent.reference, {
          tool: "complete_task",
          completed: intent.completed,
        });
      case "update":
        return this.#onTasks(intent.reference, { tool: "update_task", change: intent.change });
      case "delete":
        return this.#onTasks(intent.reference, { tool: "delete_task" });
      case "shift":
        return this.#shift(intent.reference, intent.by);
      case "correct":
        return this.#correct(intent.words, intent.instead);
      case "too":
        return this.#too(intent.words);
      case "unread":
        this.#say(`I can't read "${intent.phrase}" as a date, so nothing is changed.`);
        return;
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

  /** Asks first when a title may hide a date, or be a command that was not understood. */
  async #addCarefully(intent: Extract<Intent, { kind: "add" }>): Promise<void> {
    const { tasks, notes = [] } = intent;
    if (tasks.some(({ title }) => title.length > longestTitle)) {
      this.#say(smallTalk["too-long"]);
      return;
    }
    const known = await this.#question.tools.peek();
    const instead = changeInstead(intent, known);
    if (instead !== undefined) {
      await this.#act({ tool: "update_task", change: instead.change }, [instead.task]);
      return;
    }
    const doubt = doubtAbout(intent, known);
    if (doubt === undefined) await this.#add(tasks, intent.reminder);
    else this.#ask({ asked: "add", tasks }, doubt);
    for (const note of notes) this.#say(note);
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
    if (reminder && describeDate(first, this.#clock) !== "")
      this.#say("I keep the date in your list, but I can't send you an alarm.");
  }

  async #list(filter: ListFilter, answer: ListAnswer): Promise<void> {
    // Undefined filters and the heading's label are not arguments of the tool.
    const input = Object.fromEntries(
      Object.entries(filter).filter(([key, value]) => key !== "label" && value !== undefined),
    );
    const result = await this.#call("list_tasks", input);
    if (!("tasks" in result)) return;
    const list = describeList(result, filter, this.#clock);
    const advice = answer === "advice" ? advise(result.tasks, this.#clock) : undefined;
    if (advice !== undefined) this.#say(advice);
    this.#say(
      answer === "count" && result.tasks.length > 0
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

  async #showWhich(which: "repeating" | "undated"): Promise<void> {
    const tasks = (await this.#question.tools.peek()).filter(
      ({ completed, repeat, dueOn, dueAt }) =>
        !completed && (which === "repeating" ? repeat !== null : (dueOn ?? dueAt) === null),
    );
    const what = which === "repeating" ? "repeat" : "have no date";
    const names = tasks.map((task) => describeTask(task, this.#clock)).join("\n");
    this.#say(names === "" ? `No open tasks ${what}.` : `These tasks ${what}:\n${names}`);
  }

  async #resolve(reference: Reference, fits: (task: Task) => boolean): Promise<Resolved> {
    // "The last one", when something was done since the last list, is what it was done to.
    const { history, tools } = this.#question;
    if (isLast(reference) && isDoneSinceList(history))
      reference = { kind: "previous", many: false };
    const [shown, recent] = [this.#shownLast(), recentTasks(history, this.#calls)];
    if (reference.kind === "numbers") this.#numbered = shown.slice(0, longestOrder);
    const mentioned = [...shown, ...recent];
    const { tasks, isCut } = await candidates(tools, reference, mentioned);
    if (isCut) this.#isCut = true;
    return resolve(reference, {
      tasks,
      shown,
      recent,
      fits,
      clock: this.#clock,
    });
  }

  async #onTasks(reference: Reference, action: TaskAction): Promise<void> {
    const result = await this.#resolve(reference, (task) =>
      action.tool === "complete_task"
        ? task.completed !== action.completed
        : action.tool === "delete_task" || !task.completed,
    );
    if ("found" in result) {
      const { found } = result;
      const all = reference.kind === "all" && (found.length > most || isEverything(reference));
      await this.#actCarefully(action, found, all);
      if (this.#isCut) this.#say(manyMore);
      return;
    }
    if ("missing" in result) {
      this.#notFound(result.missing, reference);
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
  #notFound(message: string, reference: Reference): void {
    const said = this.#question.message.trim();
    const couldBeTask =
      reference.kind === "words" &&
      /^(?:finish|complete|close|cancel|drop|move|change|make|resolve)\b/i.test(said);
    const [task, more] = couldBeTask ? readNewTasks(said, this.#clock).tasks : [];
    if (task !== undefined && more === undefined && task.title.length <= longestTitle) {
      this.#ask(
        { asked: "add", tasks: [task] },
        `${message} Shall I add "${task.title}" as a new task?`,
      );
      return;
    }
    this.#say(message);
  }

  /** Deleting several tasks needs confirmation, and so does completing all of them. */
  async #actCarefully(action: TaskAction, tasks: readonly Task[], all = false): Promise<void> {
    if (action.tool === "complete_task" && action.completed && all && tasks.length > 1) {
      this.#ask(
        { asked: "complete", ids: tasks.map(({ id }) => id) },
        `That would complete ${tasks.length} tasks: ${nameTasks(tasks, maxChoices)}. Are you sure?`,
      );
      return;
    }
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
      if (action.tool === "update_task" && !("error" in result)) this.#was.push(task);
      if ("task" in result) (isSame(task, result.task) ? unchanged : changed).push(result.task);
      else if ("deleted" in result) changed.push(result.deleted);
    }
    if (changed.length > 0) this.#say(this.#report(action, tasks, changed));
    if (unchanged.length > 0) {
      const isDone = action.tool === "complete_task" && action.completed;
      const isReopened = action.tool === "complete_task" && !action.completed;
      const state = isDone ? "done already" : isReopened ? "not done anyway" : "like that already";
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
          : `Renamed ${nameTasks(before)} to ${after.map((task) => describeTask(task, this.#clock)).join(", ")}.`;
    }
  }

  /** Undoes the last change, as far as its tool calls have the previous state. */
  async #undo(): Promise<void> {
    const last = this.#question.history.findLast(({ toolCalls }) =>
      toolCalls.some(({ name }) => name !== "list_tasks"),
    );
    const calls = changesAmong(last?.toolCalls ?? []);
    if (calls.length === 0) this.#say("There is nothing to undo.");
    else await this.#revert(calls);
  }

  async #revert(calls: readonly ToolCall[]): Promise<void> {
    for (const call of calls.filter(({ name }) => name === "update_task")) {
      const input = reverse(call, this.#question.history);
      const result = input && (await this.#call("update_task", input));
      if (result && "task" in result)
        this.#say(`${describeTask(result.task, this.#clock)} is as it was before.`);
      else if ("task" in call.result)
        this.#say(
          `I can't undo the change of "${call.result.task.title}"; tell me what it should be instead.`,
        );
    }
    const added = calls
      .filter(({ name }) => name === "add_task")
      .flatMap(({ result }) => ("task" in result ? [result.task.id] : []));
    if (added.length > 0)
      await this.#actCarefully({ tool: "delete_task" }, await this.#stillThere(added));
    for (const { name, result } of calls) {
      if ("deleted" in result) {
        const { title, description, priority, completed, repeat } = result.deleted;
        const task = {
          ...{ title, description, priority, ...sameDue(result.deleted) },
          // Completing it again must not add another next one.
          ...(repeat && !completed && { repeat }),
        };
        const again = await this.#call("add_task", task);
        if (completed && "task" in again) await this.#call("complete_task", { id: again.task.id });
        this.#say(`"${title}" is back.`);
      } else if (name === "complete_task" && "task" in result) {
        const [task] = await this.#stillThere([result.task.id]);
        if (task) await this.#act({ tool: "complete_task", completed: !task.completed }, [task]);
      }
    }
  }

  /** Moves due dates by a span, or to another time of their day. */
  async #shift(reference: Reference, by: Shift): Promise<void> {
    const result = await this.#resolve(reference, ({ completed }) => !completed);
    if ("missing" in result) {
      this.#say(result.missing);
      return;
    }
    if ("choices" in result) {
      const choices = describeChoices(result.choices.slice(0, maxChoices), this.#clock);
      this.#say(`Which one do you mean? Say it again with its name.\n${choices}`);
      return;
    }
    // "Everything by a week" leaves what has no date without one.
    const isAll = reference.kind === "all" && result.found.some(hasDue);
    for (const task of isAll ? result.found.filter(hasDue) : result.found) {
      const change = shifted(task, by, this.#clock);
      await this.#act({ tool: "update_task", change }, [task]);
    }
  }

  /** "No, the flight", "sorry, Thursday": does the last change again, and right. */
  async #correct(words: string, instead: string | undefined): Promise<void> {
    const last = this.#question.history.at(-1);
    if (last?.state?.asked === "which")
      return this.#onTasks(readReference(words, this.#clock), last.state.then);
    const changes = changesAmong(last?.toolCalls ?? []);
    const [change] = changes;
    if (change === undefined) return this.#again(words);
    const setTo = correctedAttributes(words, change, this.#clock);
    if (setTo !== undefined && /^(?:add|update)_task$/.test(change.name)) {
      const ids = tasksOf(changes);
      return this.#act({ tool: "update_task", change: setTo }, await this.#stillThere(ids));
    }
    const action = actionOf(change);
    if (action === undefined) {
      if (changes.length > 1 || !("task" in change.result)) return this.#again(words);
      const { due, rest } = takeDate(words, this.#clock);
      const title = corrected(change.result.task.title, rest, instead).replaceAll('"', "");
      const retitled = { title, ...due };
      return this.#act(
        { tool: "update_task", change: retitled },
        await this.#stillThere([change.result.task.id]),
      );
    }
    const reference = readReference(words, this.#clock);
    const isByNumber =
      reference.kind === "numbers" && lastList(this.#question.history) === undefined;
    const order = orderBefore(this.#question.history);
    if (isByNumber && order !== undefined) this.#order = order;
    const wanted = await this.#resolve(reference, (task) => !tasksOf(changes).includes(task.id));
    if ("missing" in wanted && "task" in change.result && "title" in (change.arguments as object)) {
      const title = corrected(change.result.task.title, words, instead);
      return this.#act({ tool: "update_task", change: { title } }, [change.result.task]);
    }
    if ("missing" in wanted) {
      this.#say(`${wanted.missing} Nothing more is changed.`);
      return;
    }
    const isMoved = order === undefined && action.tool !== "complete_task";
    if (isByNumber && isMoved && "found" in wanted) {
      // The change has moved the numbers, and taking it back may not restore them.
      const choices = describeChoices(wanted.found, this.#clock);
      const ids = wanted.found.map(({ id }) => id);
      this.#ask({ asked: "which", ids, then: action }, `Do you mean this one?\n${choices}`);
      return;
    }
    await this.#revert(changes);
    if (isByNumber && order !== undefined && "found" in wanted)
      return this.#actCarefully(action, wanted.found);
    this.#order = (await this.#question.tools.peek()).map(({ id }) => id);
    await this.#onTasks(reference, action);
  }

  /** "And the plants too": does the last change to another task. */
  async #too(words: string): Promise<void> {
    const calls = this.#calls.length > 0 ? this.#calls : this.#question.history.at(-1)?.toolCalls;
    const change = changesAmong(calls ?? []).at(-1);
    const action = change && actionOf(change);
    if (change?.name === "add_task") return this.#again(`add ${words}`);
    const isAboutList = change === undefined || calls?.at(-1)?.name === "list_tasks";
    const range = isAboutList ? findRange(words, this.#clock) : undefined;
    if (range) return this.#list({ status: "pending", ...range }, "tasks");
    // "And due tomorrow", "and at 5".
    const isAttribute = /^(?:due|by|on|at|for|with|high|medium|low|urgent)\b/i.test(words);
    const setTo = isAttribute && change && correctedAttributes(words, change, this.#clock);
    if (setTo && calls)
      return this.#act(
        { tool: "update_task", change: setTo },
        await this.#stillThere(tasksOf(changesAmong(calls))),
      );
    if (action === undefined) return this.#again(words);
    const reference = readReference(words, this.#clock);
    // "And 5" counts as in the message before, though its change has moved the numbers.
    if (this.#calls.length === 0) this.#order = orderBefore(this.#question.history) ?? this.#order;
    const result = await this.#resolve(reference, () => true);
    // "Buy eggs too" is a new task unless there is one.
    if ("missing" in result && beginsWithVerb(words)) return this.#again(words);
    return this.#onTasks(reference, action);
  }

  /** Reads words by themselves that were not about the last change. */
  async #again(words: string): Promise<void> {
    for (const intent of understand(words, this.#clock)) {
      const isGuess = intent.kind === "add" && intent.bare && !beginsWithVerb(words);
      if (intent.kind === "correct" || intent.kind === "too" || isGuess) this.#offerToAdd(words);
      else await this.#do(intent);
    }
  }

  /** A few words without a verb may be a task; a question is not. */
  #offerToAdd(text: string): void {
    const title = text.replace(/[.!]+$/, "").trim();
    if (readDateParts(title, this.#clock) !== undefined) {
      this.#say(smallTalk.incomplete);
      return;
    }
    const words = title.split(/\s+/).length;
    const isQuestion =
      /\?$|^(?:what|why|who|how|when|where|which|is|are|do|does|can|could|will)\b/i.test(title);
    if (isQuestion || title.length > longestTitle || words > 12 || !/\p{Letter}{2}/u.test(title)) {
      this.#say(isForeign(title) ? onlyEnglish : notUnderstood);
      return;
    }
    if (isForeign(title)) {
      const offer = `${onlyEnglish} Shall I add "${title}" as a task, word for word?`;
      this.#ask({ asked: "add", tasks: [{ title }] }, offer);
      return;
    }
    const { due } = takeDate(title, this.#clock);
    const unread = due === undefined ? findUnreadDate(title) : undefined;
    const why = unread === undefined ? "" : `I can't read "${unread}" as a date. `;
    const dated = due === undefined ? "" : ` (due ${describeDate(due, this.#clock)})`;
    const offer = `${why}Shall I add "${title}"${dated} as a task?`;
    this.#ask({ asked: "add", tasks: [{ title, ...due }] }, offer);
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
    return this.#question.tools.byIds(ids);
  }

  /** The last list of this conversation, or else the page's order. */
  #shownLast(): readonly string[] {
    const last = lastList(this.#question.history);
    return last === undefined ? this.#order : tasksOf([last]);
  }

  /** One question at a time: a second one has to wait. */
  #ask(state: OpenQuestion, text: string): void {
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
