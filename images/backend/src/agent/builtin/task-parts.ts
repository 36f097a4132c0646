import { takeDescription, takePriority } from "./attributes.ts";
import { readDateParts } from "./dates.ts";
import { takeRepeat } from "./repeats.ts";
import { beginsWithVerb } from "./task-verbs.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** Separator of two tasks, or of two words of one. */
const joint =
  /\s*(?:,|\s[/+]\s)\s*(?:and\s+|then\s+|also\s+)*(?:to\s+)?|\s+(?:and|&|plus)\s+(?:(?:then|also)\s+)*(?:(?:another\s+)?one\s+to\s+|(?:(?:an?(?:other)?\s+)?task\s+)?(?:to\s+)?)/gi;

/** Splits a text into tasks; quoted text stays whole. */
export function partsOf(text: string, plural: boolean, clock: WallClock): readonly string[] {
  const lines = text
    .split(/\n+|;\s+/)
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "").trim())
    .filter((line) => line !== "");
  if (lines.length > 1) return lines.flatMap((line) => partsOf(line, false, clock));

  const quoted = text.split(/(?:\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+)(?="[^"]+")/);
  if (quoted.length > 1 || /"[^"]+"/.test(text)) return quoted;
  const numbered = text.split(/(?:^|\s)\(?\d[.)]\s+/).filter((part) => part.trim() !== "");
  if (numbered.length > 1) return numbered.map((part) => part.replace(/[,;]?(?:\s+and)?\s*$/, ""));

  const described = takeDescription(text);
  if (described.description !== undefined) return [text];
  const parts = text.split(joint);
  const joints = text.match(joint) ?? [];
  // "Dinner on Friday, 7 pm, room 2": a date of its own in the middle makes the parts details of one.
  const isDetailed =
    / (?:with|between) /i.test(parts[0] ?? "") ||
    parts.slice(1, -1).some((part) => isWhen(part, clock));
  const isList = !isDetailed && (plural || (joints.length > 1 && !beginsWithVerb(parts[0] ?? "")));
  // "Monday dentist, Tuesday physio".
  const day = /^(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day (?!at\b)\w/i;
  const isByDay = day.test(parts[0] ?? "");
  const tasks: string[] = [];
  for (const [index, part] of parts.entries()) {
    const joint = joints[index - 1];
    if (
      joint === undefined ||
      beginsWithVerb(part) ||
      (isList && !isAttribute(part, clock)) ||
      (isByDay && day.test(part))
    )
      tasks.push(part);
    else tasks.push(`${tasks.pop() ?? ""}${joint}${part}`);
  }
  const [first = "", second, ...others] = tasks.filter((part) => part.trim() !== "");
  // "The 30th, 2 pm, call Ann": when comes before what.
  if (second !== undefined && isWhen(first, clock)) return [`${first}, ${second}`, ...others];
  return tasks.filter((part) => part.trim() !== "");
}

/** Dates and priorities after a comma belong to the task before it. */
function isAttribute(part: string, clock: WallClock): boolean {
  return (
    isWhen(part, clock) ||
    takePriority(part).rest === "" ||
    /^(?:due|by|on|before|at|with|for) /i.test(part)
  );
}

/** Whether words say when, or how often, and nothing else. */
export function isWhen(part: string, clock: WallClock): boolean {
  const often = takeRepeat(part);
  return readDateParts(often?.rest ?? part, clock) !== undefined || often?.rest === "";
}
