import type { TaskChange } from "../../tasks/schemas.ts";
import { dayOfIso, dueOnDay, wallTimeOf, type Due, type NewDue } from "../../dates/due.ts";
import { amount, later, quantity } from "./date-words.ts";
import { minuteMs, type WallClock } from "../../dates/wall-clock.ts";

/** A change of a due date that depends on the date that the task has. */
export type Shift =
  /** Later, or earlier if the count is negative. */
  | { readonly count: number; readonly unit: string }
  /** Another time on the same day, in minutes since midnight; undefined for none. */
  | { readonly minutes: number | undefined };

const span = `${amount} (?:more |extra |additional )?(minute|min|hour|hr|day|week|fortnight|month|year)s?`;
const wholeSpan = new RegExp(`^(?:by |for |back |out |an? |another |)(?:about )?${span}$`, "i");

/** Parses "two more days", "by a week", "another hour", "an hour earlier". */
export function readSpan(text: string): { count: number; unit: string } | undefined {
  const [, count, unit = ""] =
    wholeSpan.exec(text.trim().replace(/ (?:later|longer|more|earlier|sooner)$/i, "")) ?? [];
  const sign = / (?:earlier|sooner)$/i.test(text.trim()) ? -1 : 1;
  return count === undefined ? undefined : { count: sign * quantity(count), unit };
}

/** The new due date of a task: counted from its date, or from today if that is past or missing. */
export function shifted(task: Due, by: Shift, clock: WallClock): NewDue {
  const due = wallTimeOf(task, clock);
  const isPast = due === undefined || due.day < clock.today;
  if ("minutes" in by) {
    const { minutes } = by;
    // With both named, the time is not kept.
    if (minutes === undefined)
      return { ...(due && dueOnDay(due.day, minutes, clock)), dueAt: null };
    const isOver = minutes <= clock.wallTime.minutes;
    const day = isPast ? clock.today + (isOver ? 1 : 0) : due.day;
    return dueOnDay(day, minutes, clock);
  }
  if (/^(?:h|min)/i.test(by.unit)) {
    const from = Math.max(task.dueAt == null ? 0 : Date.parse(task.dueAt), clock.now.getTime());
    const minutes = by.count * (/^h/i.test(by.unit) ? 60 : 1);
    return { dueAt: new Date((Math.ceil(from / minuteMs) + minutes) * minuteMs).toISOString() };
  }
  // Only postponing starts from today: "a day earlier" is always seen from the date.
  const from = due === undefined || (isPast && by.count > 0) ? clock.today : due.day;
  const day = later(from, by.count, by.unit);
  return dueOnDay(day, due?.minutes, clock);
}

/**
 * A change as it is for one task: moved to another day, it keeps its time, unless that is over by
 * then.
 */
export function changeOf(task: Due, change: TaskChange, clock: WallClock): TaskChange {
  const { dueOn, dueAt, ...others } = change;
  if (dueOn == null) return change;
  const minutes = dueAt === undefined ? wallTimeOf(task, clock)?.minutes : undefined;
  const day = dayOfIso(dueOn);
  const isOver = day === clock.today && (minutes ?? 0) <= clock.wallTime.minutes;
  return { ...others, ...dueOnDay(day, isOver ? undefined : minutes, clock) };
}
