import { sameDue } from "../../../dates/due.ts";
import type { ToolCall } from "../../../tools/tools.ts";
import { lastList, orderBefore } from "../conversation.ts";
import { findRange, readDateParts, takeDate } from "../dates.ts";
import { actionOf, changesAmong, corrected, correctedAttributes, reverse } from "../last-change.ts";
import { beginsWithVerb } from "../task-verbs.ts";
import { isSentence } from "../sentences.ts";
import { readReference } from "../references.ts";
import { describeChoices, describeTask } from "../replies.ts";
import { tasksOf } from "../resolve.ts";
import { list } from "./showing.ts";
import type { Turn } from "./turn.ts";

/** What can't replace a word of a title. */
const noTitle =
  /(?:^| )(?:it|that|this|them)$|^(?:done|finished|wrong|right|fine|ok|okay|good|bad|great|enough|ready|later|soon|now|never|always|maybe|sure|true|wait|not\b.*|no)$/i;

/** Reads words by themselves, where they turn out not to be about the last change. */
type Again = (words: string) => Promise<void>;

/** Undoes the last change, as far as its tool calls have the previous state. */
export async function undo(turn: Turn): Promise<void> {
  const last = turn.question.history.findLast(({ toolCalls }) =>
    toolCalls.some(({ name }) => name !== "list_tasks"),
  );
  const calls = changesAmong(last?.toolCalls ?? []);
  if (calls.length === 0) turn.say("There is nothing to undo.");
  else await revert(turn, calls);
}

async function revert(turn: Turn, calls: readonly ToolCall[]): Promise<void> {
  for (const call of calls.filter(({ name }) => name === "update_task")) {
    const input = reverse(call, turn.question.history);
    const result = input && (await turn.call("update_task", input));
    if (result && "task" in result)
      turn.say(`${describeTask(result.task, turn.clock)} is as it was before.`);
    else if ("task" in call.result)
      turn.say(
        `I can't undo the change of "${call.result.task.title}"; tell me what it should be instead.`,
      );
  }
  const added = calls
    .filter(({ name }) => name === "add_task")
    .flatMap(({ result }) => ("task" in result ? [result.task.id] : []));
  if (added.length > 0)
    await turn.actCarefully({ tool: "delete_task" }, await turn.stillThere(added));
  for (const { name, result } of calls) {
    if ("deleted" in result) {
      const { title, description, priority, completed, repeat } = result.deleted;
      const task = {
        ...{ title, description, priority, ...sameDue(result.deleted) },
        // Completing it again must not add another next one.
        ...(repeat && !completed && { repeat }),
      };
      const back = await turn.call("add_task", task);
      if (completed && "task" in back) await turn.call("complete_task", { id: back.task.id });
      turn.say(`"${title}" is back.`);
    } else if (name === "complete_task" && "task" in result) {
      const [task] = await turn.stillThere([result.task.id]);
      if (task) await turn.act({ tool: "complete_task", completed: !task.completed }, [task]);
    }
  }
}

/** "No, the flight", "sorry, Thursday": does the last change again, and right. */
export async function correct(
  turn: Turn,
  words: string,
  instead: string | undefined,
  again: Again,
): Promise<void> {
  // "Postpone the dentist", and then "to Monday".
  const before = turn.question.history.at(-1)?.state;
  const isRest = /^(?:to|until|till) /i.test(turn.question.message);
  const about = isRest && before?.asked === "nothing" ? (before.about ?? []) : turn.about;
  const [told, more] = await turn.stillThere(about);
  const parts = readDateParts(words, turn.clock);
  // "Can't face the forms today, make it Saturday."
  if (told !== undefined && more === undefined && parts !== undefined)
    return turn.act({ tool: "update_task", change: parts.due }, [told]);
  const last = turn.question.history.at(-1);
  if (last?.state?.asked === "which")
    return turn.onTasks(readReference(words, turn.clock), last.state.then);
  const changes = changesAmong(last?.toolCalls ?? []);
  const [change] = changes;
  if (change === undefined) return again(words);
  const setTo = correctedAttributes(words, change, turn.clock);
  if (setTo !== undefined && /^(?:add|update)_task$/.test(change.name)) {
    const ids = tasksOf(changes);
    return turn.act({ tool: "update_task", change: setTo }, await turn.stillThere(ids));
  }
  const action = actionOf(change, turn.changed, turn.clock);
  if (action === undefined) {
    if (changes.length > 1 || !("task" in change.result)) return again(words);
    const { due, rest } = takeDate(words, turn.clock);
    if (isSentence(rest) || noTitle.test(rest)) {
      turn.say(`I'm not sure what to change there; what should the title be instead?`);
      return;
    }
    const title = corrected(change.result.task.title, rest, instead).replaceAll('"', "");
    const retitled = { title, ...due };
    return turn.act(
      { tool: "update_task", change: retitled },
      await turn.stillThere([change.result.task.id]),
    );
  }
  const reference = readReference(words, turn.clock);
  const isByNumber = reference.kind === "numbers" && lastList(turn.question.history) === undefined;
  const order = orderBefore(turn.question.history);
  if (isByNumber && order !== undefined) turn.order = order;
  const wanted = await turn.resolve(reference, (task) => !tasksOf(changes).includes(task.id));
  if ("missing" in wanted && "task" in change.result && "title" in (change.arguments as object)) {
    const title = corrected(change.result.task.title, words, instead);
    return turn.act({ tool: "update_task", change: { title } }, [change.result.task]);
  }
  if ("missing" in wanted) {
    turn.say(`${wanted.missing} Nothing more is changed.`);
    return;
  }
  const isMoved = order === undefined && action.tool !== "complete_task";
  if (isByNumber && isMoved && "found" in wanted) {
    // The change has moved the numbers, and taking it back may not restore them.
    const choices = describeChoices(wanted.found, turn.clock);
    const ids = wanted.found.map(({ id }) => id);
    turn.ask({ asked: "which", ids, then: action }, `Do you mean this one?\n${choices}`);
    return;
  }
  await revert(turn, changes);
  if (isByNumber && order !== undefined && "found" in wanted)
    return turn.actCarefully(action, wanted.found);
  turn.order = (await turn.question.tools.peek()).map(({ id }) => id);
  await turn.onTasks(reference, action);
}

/** "And the plants too": does the last change to another task. */
export async function too(turn: Turn, words: string, again: Again): Promise<void> {
  const calls = turn.calls.length > 0 ? turn.calls : turn.question.history.at(-1)?.toolCalls;
  const change = changesAmong(calls ?? []).at(-1);
  const action = change && actionOf(change, turn.changed, turn.clock);
  if (change?.name === "add_task") return again(`add ${words}`);
  const isAboutList = change === undefined || calls?.at(-1)?.name === "list_tasks";
  const range = isAboutList ? findRange(words, turn.clock) : undefined;
  if (range) return list(turn, { status: "pending", ...range }, "tasks");
  // "And due tomorrow", "and at 5".
  const isAttribute = /^(?:due|by|on|at|for|with|high|medium|low|urgent)\b/i.test(words);
  const setTo = isAttribute && change && correctedAttributes(words, change, turn.clock);
  if (setTo && calls)
    return turn.act(
      { tool: "update_task", change: setTo },
      await turn.stillThere(tasksOf(changesAmong(calls))),
    );
  if (action === undefined) return again(words);
  const reference = readReference(words, turn.clock);
  // "And 5" counts as in the message before, though its change has moved the numbers.
  if (turn.calls.length === 0) turn.order = orderBefore(turn.question.history) ?? turn.order;
  const result = await turn.resolve(reference, () => true);
  // "Buy eggs too" is a new task unless there is one.
  if ("missing" in result && beginsWithVerb(words)) return again(words);
  return turn.onTasks(reference, action);
}
