import { months, weekdays } from "../../dates/names.ts";
import { dateOf, dayOfYear, existing, indexOfName, startOfNext, type Found } from "./date-words.ts";
import {
  calendarDay,
  dayNumber,
  lastOfMonth,
  weekday,
  type WallClock,
} from "../../dates/wall-clock.ts";

/** Holidays that are the same day everywhere: month and date. */
export const holidays: Readonly<Record<string, readonly [number, number]>> = {
  "christmas eve": [12, 24],
  "christmas day": [12, 25],
  christmas: [12, 25],
  "boxing day": [12, 26],
  "new year's eve": [12, 31],
  "new years eve": [12, 31],
  "new year's day": [1, 1],
  "new year's": [1, 1],
  "valentine's day": [2, 14],
  "valentine's": [2, 14],
  "st patrick's day": [3, 17],
  halloween: [10, 31],
};

/** "3/12" is 12 March where months come first; "31/12" can only be 31 December. */
export function numericDate(
  first: string | undefined,
  second: string | undefined,
  year: string | undefined,
  clock: WallClock,
): Found | undefined {
  const { today } = clock;
  const isDayFirst = clock.isDayFirst
    ? Number(second) <= 12
    : Number(first) > 12 && Number(second) <= 12;
  return isDayFirst ? dayOfYear(second, first, year, today) : dayOfYear(first, second, year, today);
}

/** "The first Monday of April"; of this month or the next one if it has no name. */
export function weekdayInMonth(
  place = "",
  name = "",
  month: string | undefined,
  today: number,
): Found | undefined {
  const now = calendarDay(today);
  const isNext = /^next/i.test(month ?? "");
  const named = indexOfName(months, month) + 1;
  const inYear = (year: number, index: number): number => {
    const first = dayNumber(year, index, 1);
    const last = lastOfMonth(calendarDay(first).year, calendarDay(first).month);
    if (/^day$/i.test(name)) return place === "last" ? last : first + dateOf(place) - 1;
    const wanted = indexOfName(weekdays, name);
    return place.toLowerCase() === "last"
      ? last - ((weekday(last) - wanted + 7) % 7)
      : first + ((wanted - weekday(first) + 7) % 7) + 7 * (dateOf(place) - 1);
  };
  if (named > 0 && !/month/i.test(month ?? "")) {
    const day = inYear(now.year, named);
    return { day: day >= today ? day : inYear(now.year + 1, named) };
  }
  const day = inYear(now.year, now.month + (isNext ? 1 : 0));
  return { day: day >= today ? day : inYear(now.year, now.month + 1) };
}

/** "The 5th of next month". */
export function dateOfNextMonth(date: string | undefined, today: number): Found {
  const { year, month } = calendarDay(startOfNext("month", today));
  return { day: existing(year, month, dateOf(date)) };
}

/** The next "10th". */
export function dateOfMonth(date: string | undefined, today: number): Found | undefined {
  const { year, month } = calendarDay(today);
  const day = existing(year, month, Number(date));
  if (day === undefined || day >= today) return { ...(day !== undefined && { day }) };
  return { day: dayNumber(year, month + 1, Number(date)) };
}
