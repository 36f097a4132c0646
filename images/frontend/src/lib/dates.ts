/** Formats and parses due dates in the browser's time zone. */

/** A due date without a time is the last minute of its day. */
const endOfDay = "23:59";
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

/** Describes a due date relative to `now`. */
export function describeDue(dueAt: string, now: Date, locale: string): DueText {
  const due = new Date(dueAt);
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
  const { time } = toInputs(dueAt);
  const clock = due.toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });
  return { text: time === "" ? day : `${day}, ${clock}`, overdue: due < now };
}

function midnight(date: Date): number {
  // In UTC, where every day has 24 hours.
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}

/** The values of a date and a time input; both empty for no due date. */
export function toInputs(dueAt: string | null): { date: string; time: string } {
  if (dueAt === null) return { date: "", time: "" };
  const due = new Date(dueAt);
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${due.getFullYear()}-${two(due.getMonth() + 1)}-${two(due.getDate())}`;
  const time = `${two(due.getHours())}:${two(due.getMinutes())}`;
  return { date, time: time === endOfDay ? "" : time };
}

/** The due date of a date and a time input; null without a date. */
export function fromInputs({ date, time }: { date: string; time: string }): string | null {
  if (date === "") return null;
  const due = new Date(`${date}T${time || endOfDay}`);
  return Number.isNaN(due.getTime()) ? null : due.toISOString();
}
