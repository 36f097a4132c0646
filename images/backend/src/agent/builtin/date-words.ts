import { months, weekdays } from "../../dates/names.ts";
import {
  addMonths,
  calendarDay,
  dayNumber,
  endOfDay,
  lastOfMonth,
  weekday,
  type WallClock,
} from "../../dates/wall-clock.ts";

/** A match: a day, optionally with a time, or a moment. */
export interface Found {
  readonly day?: number | undefined;
  readonly minutes?: number | undefined;
  readonly moment?: Date;
}

/** A phrase of a text and what it means; undefined if it is no date after all. */
export interface Pattern {
  readonly pattern: RegExp;
  readonly read: (
    groups: readonly (string | undefined)[],
    clock: WallClock,
    text: string,
  ) => Found | undefined;
}

export function pattern(source: string, read: Pattern["read"]): Pattern {
  return { pattern: new RegExp(source, "i"), read };
}

const partsOfDay: Readonly<Record<string, number>> = {
  morning: 9 * 60,
  noon: 12 * 60,
  midday: 12 * 60,
  lunchtime: 12 * 60,
  afternoon: 15 * 60,
  evening: 18 * 60,
  night: 21 * 60,
  tonight: 21 * 60,
  midnight: endOfDay,
};

const numberWords: Readonly<Record<string, number>> = {
  ...{ a: 1, an: 1, another: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7 },
  ...{ eight: 8, nine: 9, ten: 10, eleven: 11, twelve: 12, fifteen: 15, twenty: 20, thirty: 30 },
  ...{ forty: 40, "forty-five": 45, ninety: 90, "a couple of": 2, "a few": 3, "a couple": 2 },
  ...{ half: 0.5, "half a": 0.5, "half an": 0.5, "a quarter of an": 0.25 },
  ...{ "three quarters of an": 0.75 },
};
/** The first of them is empty, so that an index is the day of the month. */
const ordinalWords = [
  ...["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"],
  ...["tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"],
  ...["seventeenth", "eighteenth", "nineteenth", "twentieth", "twenty-first", "twenty-second"],
  ...["twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh"],
  ...["twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first"],
];

/** Sources of patterns. */
export const weekdayName = `(${weekdays.join("|")})`;
export const weekdayShort = "(mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)";
export const monthName =
  "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
export const dateWord = `(${ordinalWords.slice(1).reverse().join("|")})`;
export const amount =
  "(\\d{1,3}|a couple(?: of)?|a few|half an?|a quarter of an|three quarters of an|an?|another|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty(?:-five)?|ninety)";
export const hourWord = "(\\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)";

export function quantity(text = ""): number {
  return numberWords[text.toLowerCase()] ?? Number(text);
}

/** 3 for "3" and "third". */
export function dateOf(text = ""): number {
  const index = ordinalWords.indexOf(text.toLowerCase());
  return index > 0 ? index : Number(text);
}

export function minutesOf(part: string | undefined): number | undefined {
  return part === undefined ? undefined : partsOfDay[part.toLowerCase()];
}

/** A day plus a number of days, weeks, fortnights, months or years. */
export function later(day: number, count: number, unit: string): number {
  switch (unit.toLowerCase()) {
    case "week":
      return day + Math.round(7 * count);
    case "fortnight":
      return day + 14 * count;
    case "month":
      return addMonths(day, count);
    case "year":
      return addMonths(day, 12 * count);
    default:
      return day + count;
  }
}

export function indexOfName(names: readonly string[], name = ""): number {
  return names.findIndex((full) => full.startsWith(name.toLowerCase().slice(0, 3)));
}

/** The next day of this name, never today. */
export function nextWeekday(today: number, name: string | undefined): number {
  return today + 1 + ((indexOfName(weekdays, name) - weekday(today) + 6) % 7);
}

/** "Next friday" is in the week that starts next Monday. */
export function weekdayOfNextWeek(today: number, name: string | undefined): number {
  return today - weekday(today) + 7 + indexOfName(weekdays, name);
}

export function saturdayOf(today: number): number {
  return today - weekday(today) + Math.max(5, weekday(today));
}

export function endOf(unit: string, today: number): number {
  const { year, month } = calendarDay(today);
  if (/^(?:month|eom)$/i.test(unit)) return lastOfMonth(year, month);
  return /^year$/i.test(unit) ? dayNumber(year, 12, 31) : today - weekday(today) + 6;
}

export function startOfNext(unit: string, today: number): number {
  const { year, month } = calendarDay(today);
  if (/^month$/i.test(unit)) return dayNumber(year, month + 1, 1);
  return /^year$/i.test(unit) ? dayNumber(year + 1, 1, 1) : today - weekday(today) + 7;
}

/** A valid calendar day; undefined for 31 June. */
export function existing(year: number, month: number, date: number): number | undefined {
  if (!(month >= 1 && month <= 12 && date >= 1)) return undefined;
  const day = dayNumber(year, month, date);
  return calendarDay(day).month === month ? day : undefined;
}

/** Month by name or number; without a year, the day's next occurrence. */
export function dayOfYear(
  month: string | undefined,
  date: string | undefined,
  year: string | undefined,
  today: number,
): Found | undefined {
  const index = /^\d+$/.test(month ?? "") ? Number(month) : indexOfName(months, month) + 1;
  const given = year === undefined ? undefined : Number(year) + (year.length === 2 ? 2000 : 0);
  const thisYear = calendarDay(today).year;
  const day = existing(given ?? thisYear, index, dateOf(date));
  if (day === undefined) return undefined;
  if (given !== undefined || day >= today) return { day };
  return { day: dayNumber(thisYear + 1, index, dateOf(date)) };
}
