import { dueOnDay, wallTimeOf, type Due, type NewDue } from "../../dates/due.ts";
import { months, weekdays } from "../../dates/names.ts";
import {
  indexOfName,
  monthName,
  nextWeekday,
  quantity,
  saturdayOf,
  weekdayName,
  type Found,
  type Pattern,
} from "./date-words.ts";
import { days, shortDay } from "./day-patterns.ts";
import { hideQuotes, takeOut } from "./taking-out.ts";
import { belongsToTitle } from "./title-dates.ts";
import { times } from "./time-patterns.ts";
import {
  addMonths,
  calendarDay,
  dayNumber,
  weekday,
  type WallClock,
} from "../../dates/wall-clock.ts";

/** A text with its date removed. */
export interface TakenDate {
  /** Undefined if the text has no date. */
  readonly due: NewDue | undefined;
  readonly rest: string;
  /** The parts of the date that the text names; a moment ("in an hour") has none. */
  readonly day?: number | undefined;
  readonly minutes?: number | undefined;
}

/**
 * Extracts an English due date ("tomorrow at 5pm", "by next friday", "in 3 days") from a text. A
 * time without a day means its next occurrence, or that time on `onDay`.
 */
export function takeDate(text: string, clock: WallClock, onDay?: number): TakenDate {
  const time = take(text.replace(/\b(?:no|not) later than\b/i, "by"), times, clock, belongsToTitle);
  // "Lunch sun 1pm": only beside a time is it a day.
  const known = time.found ? [...days, shortDay] : days;
  const day = take(time.rest, known, clock, belongsToTitle);
  if (day.found?.moment) return { due: { dueAt: day.found.moment.toISOString() }, rest: day.rest };
  const minutes = time.found?.minutes ?? day.found?.minutes;
  if (day.found?.day !== undefined) {
    const on = day.found.day;
    return { due: dueOnDay(on, minutes, clock), rest: day.rest, day: on, minutes };
  }
  if (minutes === undefined) return { due: undefined, rest: text };
  const { day: today, minutes: nowMinutes } = clock.wallTime;
  const on = onDay ?? (minutes > nowMinutes ? today : today + 1);
  return { due: dueOnDay(on, minutes, clock), rest: time.rest, minutes };
}

/** A date filter of a list; either end may be open. */
export interface DateRange {
  readonly dueAfter?: string;
  readonly dueBefore?: string;
  /** Label for headings, e.g. "due today". */
  readonly label: string;
}

const anyWeekday = new RegExp(`\\b${weekdayName}\\b`, "i");
const inMonth = new RegExp(`\\bin ${monthName}\\b`, "i");

/** Parses the date range of a question ("due this week", "overdue", "before friday"). */
export function findRange(text: string, clock: WallClock): DateRange | undefined {
  const { today } = clock;
  const start = (day: number): string => clock.toMoment({ day, minutes: 0 }).toISOString();
  const monday = today - weekday(today);
  const { year, month } = calendarDay(today);
  const between = (from: number, to: number, label: string): DateRange => ({
    dueAfter: start(from),
    dueBefore: start(to),
    label,
  });
  if (/\b(?:overdue|late|past due|behind(?: on)?|missed)\b/i.test(text)) {
    return { dueBefore: clock.now.toISOString(), label: "overdue" };
  }
  if (/\brest of (?:the|this) week\b/i.test(text))
    return between(today, monday + 7, "due in the rest of the week");
  if (/\bthis week\b/i.test(text)) return between(monday, monday + 7, "due this week");
  if (/\bnext week\b/i.test(text)) return between(monday + 7, monday + 14, "due next week");
  if (/\bweekend\b/i.test(text)) {
    const saturday = saturdayOf(today) + (/\bnext weekend\b/i.test(text) ? 7 : 0);
    return between(saturday, saturday + 2, "due at the weekend");
  }
  if (/\b(this|next) month\b/i.test(text)) {
    const first = dayNumber(year, month + (/\bnext month\b/i.test(text) ? 1 : 0), 1);
    return between(first, addMonths(first, 1), "due that month");
  }
  const [, from = "", to = ""] =
    /\b(?:between|from) (.+?) (?:and|to|till|until) (.+)$/i.exec(text) ?? [];
  const [first, last] = [from, to].map((day) => readDateParts(day, clock)?.day);
  if (first !== undefined && last !== undefined && first <= last) {
    const label = `due from ${nameOfDay(first, today)} to ${nameOfDay(last, today)}`;
    return between(first, last + 1, label);
  }
  const [, monthSaid] = inMonth.exec(text) ?? [];
  if (monthSaid !== undefined) {
    const index = indexOfName(months, monthSaid) + 1;
    const start = dayNumber(index < month ? year + 1 : year, index, 1);
    return between(start, addMonths(start, 1), `due in ${capital(months[index - 1])}`);
  }
  const ahead =
    /\b(?:in|within) the (?:next|coming) (\d+|two|three|five|seven|ten|few) days\b/i.exec(text);
  if (ahead) {
    const count = ahead[1] === "few" ? 3 : quantity(ahead[1]);
    return between(today, today + count + 1, `due in the next ${count} days`);
  }
  const { found, phrase } = take(text, days, clock);
  if (found?.day === undefined) {
    // "What does Thursday look like?"
    const [, name] = anyWeekday.exec(hideQuotes(text)) ?? [];
    if (name === undefined) return undefined;
    const next = nextWeekday(today, name);
    return between(next, next + 1, `due ${nameOfDay(next, today)}`);
  }
  const { day } = found;
  const name = nameOfDay(day, today);
  if (/\bbefore\b/i.test(phrase)) return { dueBefore: start(day), label: `due before ${name}` };
  if (/\b(?:by|until|till)\b/i.test(phrase)) {
    return { dueBefore: start(day + 1), label: `due by ${name}` };
  }
  if (/\bafter\s*$/i.test(text.slice(0, text.indexOf(phrase)))) {
    return { dueAfter: start(day + 1), label: `due after ${name}` };
  }
  return between(day, day + 1, `due ${name}`);
}

/** A due date in words: "today at 17:00", "tomorrow", "on Friday 27 November"; empty without one. */
export function describeDate(due: Due, clock: WallClock): string {
  const { day, minutes } = wallTimeOf(due, clock) ?? {};
  if (day === undefined) return "";
  const name = nameOfDay(day, clock.today);
  const dated = /^(?:today|tomorrow|yesterday)$/.test(name) ? name : `on ${name}`;
  if (minutes === undefined) return dated;
  const twoDigits = (value: number): string => String(value).padStart(2, "0");
  return `${dated} at ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

/** "Wednesday 4 March". */
export function describeToday({ today }: WallClock): string {
  return nameOfDay(today, today - 2);
}

function nameOfDay(day: number, today: number): string {
  const near = { [-1]: "yesterday", 0: "today", 1: "tomorrow" }[day - today];
  if (near) return near;
  const { year, month, date } = calendarDay(day);
  const dated = `${capital(weekdays[weekday(day)])} ${date} ${capital(months[month - 1])}`;
  return year === calendarDay(today).year ? dated : `${dated} ${year}`;
}

function take(
  text: string,
  patterns: readonly Pattern[],
  clock: WallClock,
  isOther: (before: string, phrase: string, after: string) => boolean = () => false,
): { readonly found?: Found; readonly rest: string; readonly phrase: string } {
  let unquoted = hideQuotes(text);
  for (const { pattern, read } of patterns) {
    const match = pattern.exec(unquoted);
    if (!match) continue;
    const after = text.slice(match.index + match[0].length);
    if (isOther(text.slice(0, match.index), match[0].trim(), after)) {
      // No other pattern may read a part of it.
      unquoted = unquoted.replace(match[0], "\u0001".repeat(match[0].length));
      continue;
    }
    const found = read(match, clock, text);
    if (!found || Object.values(found).every((value) => value === undefined)) continue;
    return { found, rest: tidy(takeOut(text, match)), phrase: match[0] };
  }
  return { rest: text, phrase: "" };
}

/** Cleans up after a removed date: dangling commas and dashes. */
function tidy(text: string): string {
  return text
    .replace(/^[\s,;:-]+/, "")
    .replace(/[\s,;:-]+$/, "")
    .replace(/(?:^|\s)at the (?:latest|earliest)$/i, "")
    .trim();
}

function capital(word = ""): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** Parses a text that is only a date. */
export function readWholeDate(text: string, clock: WallClock): NewDue | undefined {
  return readDateParts(text, clock)?.due;
}

/** Parses a text that is only a date, and tells which parts it names. */
export function readDateParts(
  text: string,
  clock: WallClock,
): (TakenDate & { readonly due: NewDue }) | undefined {
  const plain = text.replace(/[.!]$/, "").replace(/,? (?:please|instead|now)$/i, "");
  const { due, rest, ...parts } = takeDate(plain, clock);
  const isWhole = /^(?:due|by|on|at|for|the|to|until|till|instead|be due)?$/i.test(rest);
  return isWhole && due !== undefined ? { due, rest, ...parts } : undefined;
}
