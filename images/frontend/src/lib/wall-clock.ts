/** Converts between moments and the user's local time, as date and time inputs have it. */
import { preferences } from "./preferences.ts";

export interface WallTime {
  /** Like `2026-11-27`. */
  readonly date: string;
  /** Like `09:05`. */
  readonly time: string;
}

const two = (value: number) => String(value).padStart(2, "0");

export function wallTimeOf(moment: Date): WallTime {
  const { timeZone } = preferences();
  // The browser's own zone takes no format, which would be slow for a long list.
  if (timeZone === "auto") {
    const [year, month, date] = [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()];
    return {
      date: `${String(year).padStart(4, "0")}-${two(month)}-${two(date)}`,
      time: `${two(moment.getHours())}:${two(moment.getMinutes())}`,
    };
  }
  // Swedish dates are like those of inputs.
  const text = formatOf(timeZone).format(moment);
  const [date = "", time = ""] = text.split(" ");
  return { date, time };
}

/** A local time that is skipped when the clocks change becomes an hour later. */
export function momentOf({ date, time }: WallTime): Date {
  if (preferences().timeZone === "auto") return new Date(`${date}T${time}`);
  const asUtc = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(asUtc)) return new Date(Number.NaN);
  const offset = (moment: number): number => {
    const wall = wallTimeOf(new Date(moment));
    return Date.parse(`${wall.date}T${wall.time}Z`) - moment;
  };
  // The offset can differ from that of the first guess.
  const guess = asUtc - offset(asUtc);
  const moment = new Date(asUtc - offset(guess));
  return wallTimeOf(moment).time === time ? moment : new Date(Math.max(guess, moment.getTime()));
}

let cached: { readonly timeZone: string; readonly format: Intl.DateTimeFormat } | undefined;

function formatOf(timeZone: string): Intl.DateTimeFormat {
  if (cached?.timeZone !== timeZone) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone, ...parts, ...clock });
    cached = { timeZone, format };
  }
  return cached.format;
}
