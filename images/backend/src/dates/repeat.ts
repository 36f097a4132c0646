import { months, weekdays } from "./names.ts";
import { calendarDay, dayNumber, lastOfMonth, weekday } from "./wall-clock.ts";

/** How a task repeats: a part of RFC 5545's rules. */
export interface Repeat {
  readonly frequency: "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";
  /** 2 for every other. */
  readonly interval: number;
  /** Weekdays, 0 for Monday; of a week, or with a place one of a month (-1 for the last). */
  readonly days: readonly { readonly weekday: number; readonly place: number | undefined }[];
  /** Day of the month, or its last day if it is shorter; -1 for the last day. */
  readonly monthDay: number | undefined;
  /** Of a yearly one, from 1. */
  readonly month: number | undefined;
}

const names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const largestInterval = 99;

/** Parses a rule like `FREQ=WEEKLY;INTERVAL=2;BYDAY=FR`; undefined for what is not supported. */
export function parseRepeat(text: string): Repeat | undefined {
  const parts = text.split(";").map((part) => part.split("=") as [string, string | undefined]);
  const given = new Map(parts);
  const allowed = ["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH"];
  if (given.size < parts.length || parts.some(([key]) => !allowed.includes(key))) return undefined;
  const frequency = given.get("FREQ");
  const isKnown =
    frequency === "DAILY" ||
    frequency === "WEEKLY" ||
    frequency === "MONTHLY" ||
    frequency === "YEARLY";
  const interval = given.has("INTERVAL") ? Number(given.get("INTERVAL")) : 1;
  const isCount = Number.isInteger(interval) && interval >= 1 && interval <= largestInterval;
  if (!isKnown || !isCount) return undefined;
  const days = given.get("BYDAY")?.split(",").map(parseDay) ?? [];
  const number = (key: string) => (given.has(key) ? Number(given.get(key)) : undefined);
  const [monthDay, month] = [number("BYMONTHDAY"), number("BYMONTH")];
  const isDay = monthDay === undefined || monthDay === -1 || isWithin(monthDay, 1, 31);
  const isMonth = month === undefined || isWithin(month, 1, 12);
  if (!isDay || !isMonth) return undefined;
  const known = days.filter((day) => day !== undefined);
  const fits = {
    DAILY: given.size === (given.has("INTERVAL") ? 2 : 1),
    WEEKLY: monthDay === undefined && month === undefined && known.every(({ place }) => !place),
    MONTHLY:
      month === undefined &&
      (known.length === 0 || monthDay === undefined) &&
      known.length < 2 &&
      known.every(({ place }) => place),
    YEARLY: known.length === 0 && (month === undefined) === (monthDay === undefined),
  }[frequency];
  return fits && known.length === days.length
    ? { frequency, interval, days: known, monthDay, month }
    : undefined;
}

function parseDay(text: string): Repeat["days"][number] | undefined {
  const [, place, name = ""] = /^(-1|[1-4])?([A-Z]{2})$/.exec(text) ?? [];
  const index = names.indexOf(name);
  if (index < 0) return undefined;
  return { weekday: index, place: place === undefined ? undefined : Number(place) };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

export function repeatText({ frequency, interval, days, monthDay, month }: Repeat): string {
  const ordered = [...days].sort((a, b) => a.weekday - b.weekday);
  const byDay = ordered.map(({ weekday, place }) => `${place ?? ""}${names[weekday] ?? ""}`);
  return [
    `FREQ=${frequency}`,
    ...(interval === 1 ? [] : [`INTERVAL=${interval}`]),
    ...(byDay.length === 0 ? [] : [`BYDAY=${byDay.join(",")}`]),
    ...(month === undefined ? [] : [`BYMONTH=${month}`]),
    ...(monthDay === undefined ? [] : [`BYMONTHDAY=${monthDay}`]),
  ].join(";");
}

/** With the day of the month of the first due day, which a shorter month would lose. */
export function anchored(repeat: Repeat, day: number): Repeat {
  const { frequency, days, monthDay } = repeat;
  const { month, date } = calendarDay(day);
  if (frequency === "MONTHLY" && days.length === 0 && monthDay === undefined)
    return { ...repeat, monthDay: date };
  if (frequency === "YEARLY" && monthDay === undefined) return { ...repeat, month, monthDay: date };
  return repeat;
}

/** The first day from `today` on. */
export function firstDay(repeat: Repeat, today: number): number {
  const { frequency, days, monthDay } = repeat;
  const isFree = frequency === "DAILY" || (days.length === 0 && monthDay === undefined);
  if (isFree) return today;
  return nextDay({ ...repeat, interval: 1 }, today - 1, today);
}

/** The first day after `last` that is not before `earliest`; intervals count from `last`. */
export function nextDay(repeat: Repeat, last: number, earliest: number): number {
  const { frequency, interval, days } = repeat;
  if (frequency === "DAILY" || (frequency === "WEEKLY" && days.length === 0)) {
    const step = interval * (frequency === "DAILY" ? 1 : 7);
    return last + step * Math.max(1, Math.ceil((earliest - last) / step));
  }
  if (frequency === "WEEKLY") {
    const monday = last - weekday(last);
    for (let day = last + 1; ; day += 1) {
      const weeks = Math.floor((day - monday) / 7);
      const isDay = days.some((wanted) => wanted.weekday === weekday(day));
      if (day >= earliest && isDay && weeks % interval === 0) return day;
    }
  }
  const step = interval * (frequency === "YEARLY" ? 12 : 1);
  const { year, month } = calendarDay(last);
  const start = frequency === "YEARLY" ? (repeat.month ?? month) : month;
  for (let count = 0; ; count += step) {
    const day = dayInMonth(repeat, year, start + count, last);
    if (day > last && day >= earliest) return day;
  }
}

function dayInMonth({ days, monthDay }: Repeat, year: number, month: number, last: number): number {
  const end = lastOfMonth(year, month);
  const [wanted] = days;
  if (wanted === undefined) {
    if (monthDay === -1) return end;
    const date = monthDay ?? calendarDay(last).date;
    return Math.min(dayNumber(year, month, date), end);
  }
  if (wanted.place === -1) return end - ((weekday(end) - wanted.weekday + 7) % 7);
  const first = dayNumber(year, month, 1);
  return first + ((wanted.weekday - weekday(first) + 7) % 7) + 7 * ((wanted.place ?? 1) - 1);
}

/** In words, e.g. "every 2 weeks on Friday". */
export function describeRepeat({ frequency, interval, days, monthDay, month }: Repeat): string {
  const unit = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" }[frequency];
  const every = interval === 1 ? `every ${unit}` : `every ${interval} ${unit}s`;
  const named = days.map((day) => {
    const place = day.place === undefined ? "" : `the ${ordinal(day.place)} `;
    return place + capital(weekdays[day.weekday]);
  });
  if (frequency === "WEEKLY" && interval === 1 && named.length > 0) {
    const isWorkWeek = days.length === 5 && days.every((day) => day.weekday < 5);
    return isWorkWeek ? "every weekday" : `every ${join(named)}`;
  }
  if (named.length > 0) return `${every} on ${join(named)}`;
  if (month !== undefined) return `${every} on ${monthDay ?? 1} ${capital(months[month - 1])}`;
  if (monthDay === undefined) return every;
  return `${every} on the ${monthDay === -1 ? "last day" : ordinal(monthDay)}`;
}

function ordinal(number: number): string {
  if (number === -1) return "last";
  const ending = /1[123]$/.test(String(number)) ? "th" : ["th", "st", "nd", "rd"][number % 10];
  return `${number}${ending ?? "th"}`;
}

function join(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " and $1");
}

function capital(word = ""): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** As an RRULE of RFC 5545, which would skip months that are too short. */
export function rruleOf(repeat: Repeat): string {
  const { monthDay = 0 } = repeat;
  if (monthDay <= 28) return repeatText(repeat);
  const dates = Array.from({ length: monthDay - 27 }, (_, index) => 28 + index);
  return repeatText(repeat).replace(/BYMONTHDAY=\d+/, `BYMONTHDAY=${dates.join(",")};BYSETPOS=-1`);
}
