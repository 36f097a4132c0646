/** Formats and parses due dates in the user's time zone. */
import { dateLocale, firstWeekday, pageLocale } from "./preferences.ts";
import { momentOf, wallTimeOf } from "./wall-clock.ts";

/** How tasks of earlier releases have a day without a time: as its last minute. */
const endOfDay = "23:59";

/** When a task is due: on a day, which is the same wherever one is, or at a moment. */
export interface Due {
  readonly dueOn?: string | null | undefined;
  /** If there is a day, its last minute where it was set. */
  readonly dueAt: string | null;
}

/** The fields that set the due date of another task to the same. */
export function sameDue({ dueOn = null, dueAt }: Due): {
  dueOn: string | null;
  dueAt: string | null;
} {
  return { dueOn, dueAt: dueOn === null ? dueAt : null };
}

const dayMs = 86_400_000;

export interface DueText {
  /** Such as `Today, 17:00` or `Fri, 28 Nov`. */
  readonly text: string;
  readonly overdue: boolean;
}

/** Describes a due date relative to `now`; undefined without one. */
export function describeDue(
  task: Due,
  now: Date,
  locale = dateLocale(),
  clockLocale = pageLocale(navigator.languages),
): DueText | undefined {
  const { date, time } = toInputs(task);
  if (date === "") return undefined;
  const days = (Date.parse(date) - Date.parse(wallTimeOf(now).date)) / dayMs;
  const day =
    { [-1]: "Yesterday", 0: "Today", 1: "Tomorrow" }[days] ??
    nameOfDay(date, locale, Math.abs(days) > 300);
  if (time === "") return { text: day, overdue: isOverdue(task, now) };
  const clock = new Date(`${date}T${time}Z`).toLocaleTimeString(clockLocale, {
    ...{ hour: "numeric", minute: "2-digit", timeZone: "UTC" },
  });
  return { text: `${day}, ${clock}`, overdue: isOverdue(task, now) };
}

/** Such as `Fri, 28 Nov`. */
function nameOfDay(date: string, locale: string, hasYear = false): string {
  return new Date(date).toLocaleDateString(locale, {
    ...{ weekday: "short", day: "numeric", month: "short", timeZone: "UTC" },
    ...(hasYear && { year: "numeric" }),
  });
}

/** A moment in full, such as `27 Nov 2026, 09:05`. */
export function describeMoment(iso: string): string {
  const { date, time } = wallTimeOf(new Date(iso));
  const style = { dateStyle: "medium", timeZone: "UTC" } as const;
  return `${new Date(date).toLocaleDateString(dateLocale(), style)}, ${time}`;
}

export function isOverdue(task: Due, now: Date): boolean {
  const { date, time } = toInputs(task);
  return momentOf({ date, time: time || endOfDay }) < now;
}

/** The values of a date and a time input; both empty for no due date. */
export function toInputs({ dueOn, dueAt }: Due): { date: string; time: string } {
  if (dueOn != null) return { date: dueOn, time: "" };
  if (dueAt === null) return { date: "", time: "" };
  const { date, time } = wallTimeOf(new Date(dueAt));
  return { date, time: time === endOfDay ? "" : time };
}

/** The due date of a date and a time input; none without a date. */
export function fromInputs({ date, time }: { date: string; time: string }): {
  dueOn: string | null;
  dueAt: string | null;
} {
  const due = momentOf({ date, time: time || endOfDay });
  if (Number.isNaN(due.getTime())) return { dueOn: null, dueAt: null };
  return time === "" ? { dueOn: date, dueAt: null } : { dueOn: null, dueAt: due.toISOString() };
}

export interface DueChoice {
  readonly label: string;
  /** The value of a date input. */
  readonly date: string;
  /** Such as `Mon, 30 Nov`. */
  readonly hint: string;
}

/** The days that are chosen most; next week begins with its first day. */
export function dueChoices(
  now: Date,
  locale = dateLocale(),
  weekStart = firstWeekday(),
): DueChoice[] {
  const today = Date.parse(wallTimeOf(now).date);
  const untilNextWeek = (weekStart - new Date(today).getUTCDay() + 7) % 7 || 7;
  const choices = [
    ["Today", 0],
    ["Tomorrow", 1],
    ["Next week", untilNextWeek],
  ] as const;
  return choices.map(([label, days]) => {
    const date = new Date(today + days * dayMs).toISOString().slice(0, 10);
    return { label, date, hint: nameOfDay(date, locale) };
  });
}

/** The due date of a task when it is moved to another day, at the same time; none without a day. */
export function movedTo(date: string, task: Due): { dueOn: string | null; dueAt: string | null } {
  return fromInputs({ date, time: toInputs(task).time });
}
