import type { NewDue } from "../../dates/due.ts";
import type { WallClock } from "../../dates/wall-clock.ts";
import type { Task } from "../../tasks/schemas.ts";
import { takeDate } from "./dates.ts";
import { takePriority } from "./attributes.ts";
import { repeatedFrom, takeRepeat } from "./repeats.ts";

/** What a line can say besides the title. */
export const lineParts = ["due", "repeat", "priority"] as const;
export type LinePart = (typeof lineParts)[number];

/** A new task in one line; what the line doesn't say is undefined. */
export interface Line {
  readonly title: string;
  readonly due: NewDue | undefined;
  readonly repeat: string | undefined;
  readonly priority: Task["priority"] | undefined;
}

/** Takes the place of words that are kept, so that no date is read in them. */
const placeholder = "\uE000";

/**
 * Parses one task ("pay rent tomorrow 9am !high every month"). Unlike in the chat, the whole line is
 * one title, without a command.
 *
 * @param keep parts that are not meant: their words stay in the title.
 */
export function readLine(text: string, clock: WallClock, keep: readonly LinePart[] = []): Line {
  const isKept = (part: LinePart): boolean => keep.includes(part);
  const prioritized = isKept("priority") ? { rest: text } : takePriority(text);
  const often = takeRepeat(prioritized.rest);
  const words = often && isKept("repeat") ? often.phrase : "";
  const repeated = isKept("repeat") ? undefined : often;
  const rest = repeated?.rest ?? prioritized.rest.replace(words || placeholder, placeholder);
  const dated = isKept("due") ? { due: undefined, rest } : takeDate(rest, clock);
  const title = dated.rest.replace(placeholder, words).trim();
  const line = repeated
    ? repeatedFrom(repeated, dated, clock)
    : { ...dated.due, repeat: undefined };
  // A line like "tomorrow" is a title.
  if (title === "") return { title: text, due: undefined, repeat: undefined, priority: undefined };
  const { repeat, ...due } = line;
  return {
    title,
    due: "dueOn" in due || "dueAt" in due ? due : undefined,
    repeat,
    priority: prioritized.priority,
  };
}
