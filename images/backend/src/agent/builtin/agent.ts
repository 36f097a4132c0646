import type { Task } from "../../tasks/schemas.ts";
import { WallClock } from "../../dates/wall-clock.ts";
import type { Agent, Answer, Question } from "../agent.ts";
import { addCarefully, offerToAdd } from "./answers/adding.ts";
import { correct, too, undo } from "./answers/follow-ups.ts";
import { maxChoices } from "./answers/limits.ts";
import { isNo, isYes, settle } from "./answers/settling.ts";
import { list, listWithout, show, showWhich } from "./answers/showing.ts";
import { Turn } from "./answers/turn.ts";
import { unsupported, type Intent, type Reference } from "./intents.ts";
import { describeToday } from "./dates.ts";
import { beginsWithVerb } from "./task-verbs.ts";
import { describeChoices, smallTalk, tooMuch } from "./replies.ts";
import { isSentence } from "./sentences.ts";
import { isOddName, namesObject } from "./doubts.ts";
import { shifted, type Shift } from "./shifts.ts";
import { understand } from "./understand.ts";

/** Most intents of one message. */
const maxIntents = 50;

/**
 * Answers without a language model: parses the message into intents, resolves the tasks that it
 * refers to, calls the tools, and reports what was done. Asks when in doubt.
 */
export class BuiltinAgent implements Agent {
  async answer(question: Question): Promise<Answer> {
    const turn = new Turn(question);
    turn.order = (await question.tools.peek()).map(({ id }) => id);
    const last = question.history.at(-1)?.state ?? null;
    const open = last?.asked === "nothing" ? null : last;
    const intents = understand(question.message, turn.clock);
    const isSettled = open !== null && (await settle(turn, open, intents));
    if (!isSettled)
      for (const intent of intents.slice(0, maxIntents)) {
        if (isAside(intent, intents)) await leave(turn, intent.text);
        else await perform(turn, intent);
      }
    if (intents.length > maxIntents) turn.say(tooMuch);
    return turn.end();
  }

  /** Whether the message answers the yes-or-no question of the previous answer. */
  settles({ message, history, now, timeZone, isDayFirst }: Question): boolean {
    if (!/^(?:delete|complete|change)$/.test(history.at(-1)?.state?.asked ?? "")) return false;
    const intents = understand(message, new WallClock(now, timeZone, isDayFirst));
    return intents.length === 1 && (isYes(intents[0]) || isNo(intents[0]));
  }
}

/** "Wait no, I forgot it" beside a command tells why; alone, it is asked about. */
function isAside(
  intent: Intent,
  all: readonly Intent[],
): intent is Extract<Intent, { kind: "unclear" }> {
  const isOnlyUnclear = all.every(({ kind }) => kind === "unclear");
  return intent.kind === "unclear" && !isOnlyUnclear && isSentence(intent.text);
}

/** Leaves an aside; "it" of what follows is the task that the aside names. */
async function leave(turn: Turn, text: string): Promise<void> {
  const named = (await turn.question.tools.peek()).filter((task) => namesObject(text, task));
  if (named.length === 1) turn.about = named.map(({ id }) => id);
  else turn.say(`I did nothing about "${text}".`);
}

/** Does what a part of the message asks for. */
async function perform(turn: Turn, intent: Intent): Promise<void> {
  switch (intent.kind) {
    case "add":
      return addCarefully(turn, intent);
    case "list":
      return intent.except === undefined
        ? list(turn, intent.filter, intent.answer)
        : listWithout(turn, intent.filter, intent.except);
    case "show":
      return show(turn, intent.reference);
    case "which":
      return showWhich(turn, intent.tasks);
    case "complete":
      return turn.onTasks(
        intent.reference,
        { tool: "complete_task", completed: intent.completed },
        intent.doubt,
      );
    case "update":
      if (intent.change.title !== undefined && (await isOddRename(turn, intent))) return;
      if (intent.otherwise !== undefined) {
        const result = await turn.resolve(intent.reference, ({ completed }) => !completed);
        const isKnown = "found" in result || ("choices" in result && result.sure);
        if (!isKnown) return perform(turn, intent.otherwise);
      }
      return turn.onTasks(
        intent.reference,
        { tool: "update_task", change: intent.change },
        intent.doubt,
      );
    case "delete":
      return turn.onTasks(intent.reference, { tool: "delete_task" }, intent.doubt);
    case "shift":
      return shift(turn, intent.reference, intent.by);
    case "correct":
      return correct(turn, intent.words, intent.instead, (words) => again(turn, words));
    case "too":
      return too(turn, intent.words, (words) => again(turn, words));
    case "unread":
      turn.say(`I can't read "${intent.phrase}" as a date, so nothing is changed.`);
      return;
    case "incomplete":
      if (intent.reference !== undefined) {
        const result = await turn.resolve(intent.reference, ({ completed }) => !completed);
        if ("found" in result) turn.about = result.found.map(({ id }) => id);
      }
      turn.say(smallTalk.incomplete);
      return;
    case "today":
      turn.say(`Today is ${describeToday(turn.clock)}.`);
      return;
    case "undo":
      return undo(turn);
    case "unsupported":
      turn.say(unsupported[intent.what]);
      return;
    case "unclear":
      offerToAdd(turn, intent.text);
      return;
    default:
      turn.say(smallTalk[intent.kind]);
  }
}

/** Reads words by themselves that were not about the last change. */
async function again(turn: Turn, words: string): Promise<void> {
  for (const intent of understand(words, turn.clock)) {
    const isGuess = intent.kind === "add" && intent.said === "bare" && !beginsWithVerb(words);
    if (intent.kind === "correct" || intent.kind === "too" || isGuess) offerToAdd(turn, words);
    else await perform(turn, intent);
  }
}

/** Asks first where a new title is doubtful; several tasks never get the same. */
async function isOddRename(
  turn: Turn,
  { reference, change }: Extract<Intent, { kind: "update" }>,
): Promise<boolean> {
  const result = await turn.resolve(reference, ({ completed }) => !completed);
  const [task, other] = "found" in result ? result.found : [];
  if (task === undefined) return false;
  if (other !== undefined) {
    turn.say("I can rename only one task at a time; tell me which one.");
    return true;
  }
  const others = (await turn.question.tools.peek()).filter(({ id }) => id !== task.id);
  const title = change.title ?? "";
  if (!isOddName(title, others)) return false;
  const then = { tool: "update_task", change } as const;
  turn.ask(
    { asked: "which", ids: [task.id], then },
    `Shall I rename "${task.title}" to "${title}"?`,
  );
  return true;
}

/** Moves due dates by a span, or to another time of their day. */
async function shift(turn: Turn, reference: Reference, by: Shift): Promise<void> {
  const result = await turn.resolve(reference, ({ completed }) => !completed);
  if ("missing" in result) {
    turn.say(result.missing);
    return;
  }
  if ("choices" in result) {
    const choices = describeChoices(result.choices.slice(0, maxChoices), turn.clock);
    const [one, other] = result.choices;
    if (one !== undefined && other === undefined) {
      const then = { tool: "update_task", change: shifted(one, by, turn.clock) } as const;
      turn.ask({ asked: "which", ids: [one.id], then }, `Do you mean this one?\n${choices}`);
      return;
    }
    turn.say(`Which one do you mean? Say it again with its name.\n${choices}`);
    return;
  }
  // "Everything by a week" leaves what has no date without one.
  const isAll = reference.kind === "all" && result.found.some(hasDue);
  const timeless = result.found.find(({ dueOn }) => dueOn !== null);
  if ("unit" in by && /^(?:h|min)/i.test(by.unit) && timeless !== undefined) {
    turn.say(
      `"${timeless.title}" has no time of day, so I can't move it by that. At what time is it?`,
    );
    return;
  }
  for (const task of isAll ? result.found.filter(hasDue) : result.found) {
    const change = shifted(task, by, turn.clock);
    await turn.act({ tool: "update_task", change }, [task]);
  }
}

function hasDue({ dueOn, dueAt }: Task): boolean {
  return (dueOn ?? dueAt) !== null;
}
