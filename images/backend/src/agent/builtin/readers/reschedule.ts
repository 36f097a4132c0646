import type { WallClock } from "../../../dates/wall-clock.ts";
import { readDateParts, takeDate, type TakenDate } from "../dates.ts";
import type { Intent } from "../intents.ts";
import { takeRepeat } from "../repeats.ts";
import { readReference } from "../references.ts";

/** Parses a new date of a task where the verb doesn't say that it is a change. */
export function readReschedule(text: string, clock: WallClock): Intent | undefined {
  return readInstead(text, clock) ?? readDateOf(text, clock);
}

/** "Email Anna tomorrow instead": whatever the verb is, it is a task that exists. */
function readInstead(text: string, clock: WallClock): Intent | undefined {
  const [, said = ""] =
    /^(?!(?:add|create|remind|rename|change)\b)(.+?) instead[.!]?$/i.exec(text) ?? [];
  if (said === "") return undefined;
  if (takeRepeat(said) !== undefined) return undefined;
  const found = takeDate(said, clock);
  const task = found.rest
    .replace(/^(?:(?:i'll|i will|i'd rather|we'll|we will) )?(?:do )?/i, "")
    .trim();
  // Something in place of something else: which of the two to change is for the user to say.
  return found.due === undefined ? { kind: "unclear", text } : to(task, found, clock);
}

/** "Set the report to Friday", "set a deadline of 20 March for the report". */
function readDateOf(text: string, clock: WallClock): Intent | undefined {
  const [, date = "", of = ""] =
    /^(?:set|put|make|add|give) (?:a |the )?(?:deadline|due date) (?:of|on|to|at) (.+?) (?:for|on|to) (.+)$/i.exec(
      text,
    ) ?? [];
  const [, task = of, day = date] = /^set (.+?) to (.+)$/i.exec(of === "" ? text : "") ?? [];
  const parts = day === "" ? undefined : readDateParts(day, clock);
  if (parts === undefined) return undefined;
  return to(task, parts, clock);
}

/** A time alone keeps the task's day. */
function to(task: string, { due, day, minutes }: TakenDate, clock: WallClock): Intent | undefined {
  const reference = readReference(task, clock);
  if (day === undefined && minutes !== undefined)
    return { kind: "shift", reference, by: { minutes } };
  return due && { kind: "update", reference, change: due };
}
