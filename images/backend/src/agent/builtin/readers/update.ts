import type { Intent } from "../intents.ts";
import type { WallClock } from "../../../dates/wall-clock.ts";
import { readReference } from "../references.ts";
import { readMoved } from "./moving.ts";
import { readNote } from "./notes.ts";
import { readPriorityChange } from "./priorities.ts";
import { readRepeat } from "./repeating.ts";
import { readReschedule, readShift } from "./reschedule.ts";
import { reworded } from "./rewording.ts";
import { readTitle } from "./titles.ts";
import { readUndated } from "./undated.ts";

/** Parses changes of title, description, priority and due date. */
export function readUpdate(said: string, clock: WallClock): Intent | undefined {
  const text = reworded(said, clock);
  if (/^set up (?:me )?an? /i.test(text)) return undefined;
  // "Put X on my list, it's urgent" adds; nothing of it is a change.
  if (/^(?:put|get|stick) .+ (?:on|to|in|onto) (?:my|the)(?: to-?do| task)* ?list\b/i.test(text))
    return undefined;
  return (
    readRepeat(text, clock) ??
    readTwoChanges(text, clock) ??
    readShift(text, clock) ??
    readChange(text, clock) ??
    readReschedule(text, clock) ??
    readUndecided(text, clock)
  );
}

/** "Postpone the dentist": until when? */
function readUndecided(text: string, clock: WallClock): Intent | undefined {
  const [, task] = /^(?:snooze|postpone|delay|reschedule|put off|defer) (\S.*)$/i.exec(text) ?? [];
  return task === undefined
    ? undefined
    : { kind: "incomplete", reference: readReference(task, clock) };
}

/** "Make the report urgent and due tomorrow", "the mail is urgent, it must go out today". */
function readTwoChanges(text: string, clock: WallClock): Intent | undefined {
  const [, first = "", date, second = `due ${date ?? ""}`] =
    /^(.+?)(?:,? and|,) (?:make it |set it |it's |is )?(?:(?:due )?((?:by|until|before|on|today|tomorrow|tonight|next|this)\b.*)|(due .+|(?:top|high|medium|low)[- ]priority|urgent|important))$/i.exec(
      text,
    ) ?? [];
  if (first === "") return undefined;
  const intent = readChange(first, clock);
  const more = readChange(`it is ${second}`, clock);
  if (intent?.kind !== "update" || more?.kind !== "update") return undefined;
  const isDated = "dueOn" in intent.change || "dueAt" in intent.change;
  if (isDated && date !== undefined) return undefined;
  return { ...intent, change: { ...intent.change, ...more.change } };
}

function readChange(text: string, clock: WallClock): Intent | undefined {
  if (/^(?:i|we)(?:'ll| will)? need (?:some |a bit |a little )?more time\b/i.test(text))
    return { kind: "unread", phrase: "more time" };

  return (
    readUndated(text, clock) ??
    readNote(text, clock) ??
    readPriorityChange(text, clock) ??
    readMoved(text, clock) ??
    readTitle(text, clock)
  );
}
