/** Local date and time. */
export interface WallTime {
  /** Calendar days since 1 January 1970. */
  readonly day: number;
  /** Minutes since midnight. */
  readonly minutes: number;
}

/** Converts between moments and the user's local time. */
export class WallClock {
  readonly now: Date;
  /** Whether 3/4 is 3 April. */
  readonly isDayFirst: boolean;
  readonly #format: Intl.DateTimeFormat;

  /**
   * @param timeZone IANA name, e.g. `Europe/Paris`.
   * @param isDayFirst whether the user writes dates like 3/4 with the day first; default false.
   */
  constructor(now: Date, timeZone: string, isDayFirst = false) {
    this.now = now;
    this.isDayFirst = isDayFirst;
    this.#format = formatFor(timeZone);
  }

  /** The user's local time now. */
  get wallTime(): WallTime {
    return this.toWallTime(this.now);
  }

  get today(): number {
    return this.wallTime.day;
  }

  toWallTime(moment: Date): WallTime {
    const parts = new Map(
      this.#format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]),
    );
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return {
      day: dayNumber(part("year"), part("month"), part("day")),
      minutes: part("hour") * 60 + part("minute"),
    };
  }

  /** The moment of a local time; one skipped by a clock change becomes an hour later. */
  toMoment({ day, minutes }: WallTime): Date {
    const asUtc = day * dayMs + minutes * minuteMs;
    // The offset at that time can differ from the one at the first guess: correct it once.
    const guess = asUtc - this.#offset(asUtc);
    return new Date(asUtc - this.#offset(guess));
  }

  /** UTC offset of the user's time zone, in milliseconds. */
  #offset(moment: number): number {
    const { day, minutes } = this.toWallTime(new Date(moment));
    return day * dayMs + minutes * minuteMs - Math.floor(moment / minuteMs) * minuteMs;
  }
}

export const minuteMs = 60_000;
/** The last minute of a day: the due time of a day without a time. */
export const endOfDay = 23 * 60 + 59;
const dayMs = 86_400_000;

/** Days since 1 January 1970; months start at 1, and days may overflow: 31 April is 1 May. */
export function dayNumber(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / dayMs;
}

/** Year, month (from 1) and day of the month. */
export function calendarDay(day: number): { year: number; month: number; date: number } {
  const utc = new Date(day * dayMs);
  return { year: utc.getUTCFullYear(), month: utc.getUTCMonth() + 1, date: utc.getUTCDate() };
}

/** 0 for Monday to 6 for Sunday. */
export function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** The same day some months later, or the last day of a shorter month. */
export function addMonths(day: number, months: number): number {
  const { year, month, date } = calendarDay(day);
  return Math.min(dayNumber(year, month + months, date), lastOfMonth(year, month + months));
}

export function lastOfMonth(year: number, month: number): number {
  return dayNumber(year, month + 1, 0);
}

/** A cache: creating a format takes a millisecond, and most users share a few zones. */
const formats = new Map<string, Intl.DateTimeFormat>();
const maxFormats = 50;

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  if (formats.size >= maxFormats) formats.clear();
  formats.set(timeZone, format);
  return format;
}
