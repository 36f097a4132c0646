import { months, weekdays } from "../../dates/names.ts";
import { dueOnDay, type NewDue } from "../../dates/due.ts";
import { anchored, firstDay, nextDay, repeatText, type Repeat } from "../../dates/repeat.ts";
import type { WallClock } from "../../dates/wall-clock.ts";
import { dateOf, dateWord, indexOfName, minutesOf } from "./date-words.ts";
import type { TakenDate } from "./dates.ts";
import { hideQuotes, takeOut } from "./taking-out.ts";

/** A text with the phrase removed that says how often. */
export interface TakenRepeat {
  readonly repeat: Repeat;
  /** Of "every morning". */
  readonly minutes: number | undefined;
  /** Whether a date beside it is the one from which on it applies: "starting next week". */
  readonly isFrom: boolean;
  readonly rest: string;
  readonly phrase: string;
  readonly index: number;
}

const count = "(?:(other|second|2nd|third|3rd|fourth|\\d{1,2}|two|three|four|five|six) )?";
const day = "(?:mon|tues?|wednes|wed|thurs?|thu|fri|satur|sat|sun)(?:day)?";
const dayList = `(${day}s?(?:(?:,? and |, ?| & ?)${day}s?)*)\\b`;
const fullDays = "(?:mon|tues|wednes|thurs|fri|satur|sun)days";
const part = "(?: (morning|afternoon|evening|night)s?)?";
const place = "(first|1st|second|2nd|third|3rd|fourth|4th|last)";
const date = `(?:(\\d{1,2})(?:st|nd|rd|th)?|${dateWord})`;
const often = "(?:every|each)(?: single)?";
const never = "(?!)";

const none = { interval: 1, days: [], monthDay: undefined, month: undefined } as const;
type Read = Pick<TakenRepeat, "repeat"> & { readonly minutes?: number | undefined };
type Groups = readonly (string | undefined)[];

/** Phrases that say how often, the more specific ones first. */
const patterns: readonly (readonly [string, (groups: Groups) => Read | undefined])[] = [
  [
    `\\b(?:on )?(?:the )?${place} (${day}|day) (?:of|in) ${often} month\\b`,
    ([, which, name]) => inMonth(which, name),
  ],
  [
    `\\b(?:at |on |by )?(?:the )?end of ${often} month\\b`,
    () => ({ repeat: { ...none, frequency: "MONTHLY", monthDay: -1 } }),
  ],
  [`\\b${often} month on the ${place} (${day}|day)\\b`, ([, which, name]) => inMonth(which, name)],
  [
    `\\b${often} ${place} (${day}) of (?:the|a) month\\b`,
    ([, which, name]) => inMonth(which, name),
  ],
  [`\\b${often} (first|1st|last) (${day})\\b`, ([, which, name]) => inMonth(which, name)],
  [
    `\\b(?:${often} ${count}months?|monthly) on (?:the )?${date}\\b`,
    ([, every, number, word]) => monthly(every, number ?? word),
  ],
  [
    `\\b(?:on )?(?:the )?${date} (?:of )?${often} month\\b`,
    ([, number, word]) => monthly(undefined, number ?? word),
  ],
  [
    `\\b(?:on )?(?:the )?${often} ${dateWord} of (?:the|a) month\\b`,
    ([, word]) => monthly(undefined, word),
  ],
  [
    `\\b${often} (\\d{1,2})(?:st|nd|rd|th)\\b(?! (?:${day}|day|week|month|year)\\b)(?: of the month)?`,
    ([, number]) => monthly(undefined, number),
  ],
  [
    `\\b(?:${often} ${count}weeks?|weekly) on ${dayList}${part}`,
    ([, every, days, of]) => weekly(every, days, of),
  ],
  [`\\b(?:bi-?weekly|fortnightly) on ${dayList}${part}`, ([, days, of]) => weekly("2", days, of)],
  [`\\b${often} ${count}${dayList}${part}`, ([, every, days, of]) => weekly(every, days, of)],
  [
    `\\bon (${day}s(?:(?:,? and |, ?| & ?)${day}s)*)\\b`,
    ([, days]) => weekly(undefined, days, undefined),
  ],
  [
    `\\b(${fullDays}(?:(?:,? and |, ?| & ?)${fullDays})*)(?=$|[.,!]| at \\d| from \\d)`,
    ([, days]) => weekly(undefined, days, undefined),
  ],
  [
    `\\b${often} (?:week ?day|work ?day|working day|business day)s?\\b${part}`,
    ([, of]) => weekly(undefined, "monday, tuesday, wednesday, thursday, friday", of),
  ],
  [
    "\\bon (?:weekdays|work ?days)\\b|\\b(?:weekdays|work ?days)(?: only)?(?=[.!]?$| \\d)",
    () => weekly(undefined, "monday, tuesday, wednesday, thursday, friday", undefined),
  ],
  [
    "\\bonce (?:an?|per) (day|week|fortnight|month|quarter|year)\\b",
    ([, unit]) => each(undefined, unit, undefined),
  ],
  [`\\b${often} weekends?\\b`, () => weekly(undefined, "saturday", undefined)],
  [
    `\\b${often} ${count}(day|week|fortnight|month|quarter|year)s?\\b${part}`,
    ([, every, unit, of]) => each(every, unit, of),
  ],
  [
    `\\b${often} (morning|afternoon|evening|night|lunchtime)\\b`,
    ([, of]) => each(undefined, "day", of),
  ],
  [
    "\\b(daily|weekly|biweekly|fortnightly|monthly|quarterly|yearly|annually)\\b(?=[.!]?$|,|:| at\\b| from\\b| starting\\b| \\d)",
    ([, word = ""]) => each(undefined, adverbs[word.toLowerCase()], undefined),
  ],
];

/** "Every morning and evening", "every 1st and 15th": only a part would be read. */
const andMore =
  /^,? (?:and|or|&) (?:the |every )?(?:morning|noon|afternoon|evening|night|\d{1,2}(?:st|nd|rd|th)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/i;

const fromMonth = new RegExp(
  `\\b(?:starting|beginning) (?:from |in )+(${months.join("|")})\\b(?! \\d)`,
  "i",
);

const compiled = patterns.map(([source, read]) => [new RegExp(source, "i"), read] as const);

const adverbs: Readonly<Record<string, string>> = {
  ...{ daily: "day", weekly: "week", biweekly: "fortnight", fortnightly: "fortnight" },
  ...{ monthly: "month", quarterly: "quarter", yearly: "year", annually: "year" },
};

/** Extracts "every second Friday", "daily", "on the 1st of each month" from a text. */
export function takeRepeat(text: string): TakenRepeat | undefined {
  const unquoted = hideQuotes(text);
  for (const [pattern, read] of compiled) {
    const match = pattern.exec(unquoted);
    const found = match && read(match);
    if (!match || !found) continue;
    const { index } = match;
    if (andMore.test(unquoted.slice(index + match[0].length))) continue;
    // "Weekdays 9.15": alone, it is no time.
    const end = index + match[0].length;
    const isTimed = /^,? \d{1,2}[.:]\d\d\b/.test(text.slice(end));
    const timed = isTimed ? `${text.slice(0, end)} at${text.slice(end)}` : text;
    const untidy = takeOut(timed, match);
    const tidy = untidy
      .replace(/\bfrom (\w+day) on(?:wards)?\b/i, "on $1")
      .replace(fromMonth, "on 1 $1")
      .replace(/\b(?:starting|beginning) (?:on |from )?(?=\w+day\b)/i, "on ")
      .replace(/\b(?:starting|beginning) (?:on |from )?/i, "");
    const isFrom = tidy !== untidy;
    return { minutes: undefined, ...found, isFrom, rest: tidy.trim(), phrase: match[0], index };
  }
  return undefined;
}

/** Rule and first due date of a new task; `dated` has the date that is said beside the rule. */
export function repeatedFrom(
  { repeat, minutes: usual, isFrom }: TakenRepeat,
  dated: TakenDate,
  clock: WallClock,
): NewDue & { readonly repeat: string } {
  // "Every evening at nine" is not in the morning.
  const isLate = (usual ?? 0) >= 720 && dated.minutes !== undefined && dated.minutes < 720;
  const minutes = isLate ? dated.minutes + 720 : (dated.minutes ?? usual);
  const { day: today, minutes: now } = clock.wallTime;
  const first = firstDay(repeat, today);
  const isOver = first === today && minutes !== undefined && minutes <= now;
  const said = dated.day !== undefined && isFrom ? firstDay(repeat, dated.day) : dated.day;
  const day = said ?? (isOver ? nextDay(repeat, first, first + 1) : first);
  return { ...dueOnDay(day, minutes, clock), repeat: repeatText(anchored(repeat, day)) };
}

function each(every: string | undefined, unit = "", of: string | undefined): Read | undefined {
  const interval = intervalOf(every);
  const minutes = minutesOf(of);
  switch (unit.toLowerCase()) {
    case "day":
      return { repeat: { ...none, frequency: "DAILY", interval }, minutes };
    case "week":
      return { repeat: { ...none, frequency: "WEEKLY", interval }, minutes };
    case "fortnight":
      return { repeat: { ...none, frequency: "WEEKLY", interval: 2 * interval }, minutes };
    case "month":
      return { repeat: { ...none, frequency: "MONTHLY", interval }, minutes };
    case "quarter":
      return { repeat: { ...none, frequency: "MONTHLY", interval: 3 * interval }, minutes };
    case "year":
      return { repeat: { ...none, frequency: "YEARLY", interval }, minutes };
    default:
      return undefined;
  }
}

function weekly(every: string | undefined, list = never, of: string | undefined): Read | undefined {
  const named = list.split(/,? and |, ?| & ?/i).map((name) => indexOfName(weekdays, name));
  if (named.includes(-1)) return undefined;
  const days = [...new Set(named)].map((weekday) => ({ weekday, place: undefined }));
  const interval = intervalOf(every);
  return { repeat: { ...none, frequency: "WEEKLY", interval, days }, minutes: minutesOf(of) };
}

function monthly(every: string | undefined, text: string | undefined): Read | undefined {
  const monthDay = dateOf(text);
  if (!(monthDay >= 1 && monthDay <= 31)) return undefined;
  return { repeat: { ...none, frequency: "MONTHLY", interval: intervalOf(every), monthDay } };
}

function inMonth(which = "", name = ""): Read | undefined {
  const number = /^last$/i.test(which) ? -1 : intervalOf(which);
  const rule = { ...none, frequency: "MONTHLY" } as const;
  if (/^day$/i.test(name)) return { repeat: { ...rule, monthDay: number } };
  return { repeat: { ...rule, days: [{ weekday: indexOfName(weekdays, name), place: number }] } };
}

function intervalOf(word = "1"): number {
  const words: Readonly<Record<string, number>> = {
    ...{ other: 2, second: 2, third: 3, fourth: 4, first: 1, two: 2, three: 3, four: 4 },
    ...{ five: 5, six: 6 },
  };
  return words[word.toLowerCase()] ?? Math.max(1, Number.parseInt(word, 10));
}
