import { calendarDay, dayNumber, endOfDay, type WallClock, type WallTime } from "./wall-clock.ts";

/** When a task is due: on a day, which is the same wherever one is, or at a moment. */
export interface Due {
  /** `2026-05-01`; undefined in conversations from before there were days. */
  readonly dueOn?: string | null | undefined;
  /** ISO 8601; if there is a day, its last minute where it was set. */
  readonly dueAt?: string | null | undefined;
}

/** A new due date; the one of both that is given replaces both. */
export type NewDue = { readonly dueOn: string } | { readonly dueAt: string | null };

/** Fields that set the due date of another task to the same. */
export function sameDue({ dueOn, dueAt }: Due): NewDue {
  return dueOn == null ? { dueAt: dueAt ?? null } : { dueOn };
}

/** `2026-05-01` for a day. */
export function isoDay(day: number): string {
  const { year, month, date } = calendarDay(day);
  const digits = (value: number, count: number) => String(value).padStart(count, "0");
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(date, 2)}`;
}

export function dayOfIso(text: string): number {
  const [year = 0, month = 0, date = 0] = text.split("-").map(Number);
  return dayNumber(year, month, date);
}

/** A due date on a day, with a time or without. */
export function dueOnDay(day: number, minutes: number | undefined, clock: WallClock): NewDue {
  return minutes === undefined || minutes === endOfDay
    ? { dueOn: isoDay(day) }
    : { dueAt: clock.toMoment({ day, minutes }).toISOString() };
}

/** The local day, and the time unless the whole day is meant; undefined without a due date. */
export function wallTimeOf(
  { dueOn, dueAt }: Due,
  clock: WallClock,
): { readonly day: number; readonly minutes: number | undefined } | undefined {
  if (dueOn != null) return { day: dayOfIso(dueOn), minutes: undefined };
  if (dueAt == null) return undefined;
  const { day, minutes }: WallTime = clock.toWallTime(new Date(dueAt));
  // How tasks of earlier releases have a day without a time.
  return { day, minutes: minutes === endOfDay ? undefined : minutes };
}

/** Whether the time, or the whole day, is over. */
export function isOver(due: Due, clock: WallClock): boolean {
  if (due.dueOn != null) return dayOfIso(due.dueOn) < clock.today;
  return due.dueAt != null && Date.parse(due.dueAt) < clock.now.getTime();
}

/** The last minute of a day in a time zone, as ISO 8601 in UTC. */
export function lastMinuteOf(day: string, clock: WallClock): string {
  return clock.toMoment({ day: dayOfIso(day), minutes: endOfDay }).toISOString();
}
