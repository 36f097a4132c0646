/** Formats and parses due dates in the browser's time zone. */

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

/** The page is in English, so its dates are too. */
export function pageLocale(languages: readonly string[]): string {
  return languages.find((language) => /^en\b/i.test(language)) ?? "en-GB";
}

export interface DueText {
  /** Such as `Today, 17:00` or `Fri, 28 Nov`. */
  readonly text: string;
  readonly overdue: boolean;
}

/** Describes a due date relative to `now`; undefined without one. */
export function describeDue(task: Due, now: Date, locale: string): DueText | undefined {
  const { date, time } = toInputs(task);
  if (date === "") return undefined;
  const due = momentOf(task);
  const days = (midnight(due) - midnight(now)) / dayMs;
  const far = Math.abs(days) > 300;
  const day =
    { [-1]: "Yesterday", 0: "Today", 1: "Tomorrow" }[days] ??
    due.toLocaleDateString(locale, {
      weekday: "short",
      day: "numeric",
      month: "short",
      ...(far ? { year: "numeric" } : {}),
    });
  const clock = due.toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });
  return { text: time === "" ? day : `${day}, ${clock}`, overdue: due < now };
}

export function isOverdue(task: Due, now: Date): boolean {
  return momentOf(task) < now;
}

/** The last minute of a day; not a date if there is no due date. */
function momentOf(task: Due): Date {
  const { date, time } = toInputs(task);
  return new Date(`${date}T${time || endOfDay}`);
}

function midnight(date: Date): number {
  // In UTC, where every day has 24 hours.
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}

/** The values of a date and a time input; both empty for no due date. */
export function toInputs({ dueOn, dueAt }: Due): { date: string; time: string } {
  if (dueOn != null) return { date: dueOn, time: "" };
  if (dueAt === null) return { date: "", time: "" };
  const due = new Date(dueAt);
  const time = `${two(due.getHours())}:${two(due.getMinutes())}`;
  return { date: dateOf(due), time: time === endOfDay ? "" : time };
}

const two = (value: number) => String(value).padStart(2, "0");

/** The value of a date input. */
function dateOf(day: Date): string {
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export interface DueChoice {
  readonly label: string;
  /** The value of a date input. */
  readonly date: string;
  /** Such as `Mon, 30 Nov`. */
  readonly hint: string;
}

/** The days that are chosen most. */
export function dueChoices(now: Date, locale = pageLocale(navigator.languages)): DueChoice[] {
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  const choices = [
    ["Today", 0],
    ["Tomorrow", 1],
    ["Next week", untilMonday],
  ] as const;
  return choices.map(([label, days]) => {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
    const weekday = { weekday: "short", day: "numeric", month: "short" } as const;
    return { label, date: dateOf(day), hint: day.toLocaleDateString(locale, weekday) };
  });
}

/** The due date of a task when it is moved to another day, at the same time; none without a day. */
export function movedTo(date: string, task: Due): { dueOn: string | null; dueAt: string | null } {
  return fromInputs({ date, time: toInputs(task).time });
}

/** The due date of a date and a time input; none without a date. */
export function fromInputs({ date, time }: { date: string; time: string }): {
  dueOn: string | null;
  dueAt: string | null;
} {
  const due = new Date(`${date}T${time || endOfDay}`);
  if (Number.isNaN(due.getTime())) return { dueOn: null, dueAt: null };
  return time === "" ? { dueOn: date, dueAt: null } : { dueOn: null, dueAt: due.toISOString() };
}
