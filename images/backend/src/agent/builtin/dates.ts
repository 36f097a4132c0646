import {
  addMonths,
  calendarDay,
  dayNumber,
  lastOfMonth,
  minuteMs,
  weekday,
  type WallClock,
} from "./wall-clock.ts";

/** A text with its date removed. */
export interface TakenDate {
  /** ISO 8601 in UTC; undefined if the text has no date. */
  readonly dueAt: string | undefined;
  readonly rest: string;
}

/** Due time of a day without a time: its last minute. */
const endOfDay = 23 * 60 + 59;

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

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const months = [
  ...["january", "february", "march", "april", "may", "june", "july", "august"],
  ...["september", "october", "november", "december"],
];
const numberWords: Readonly<Record<string, number>> = {
  ...{ a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8 },
  ...{ nine: 9, ten: 10, "a couple of": 2, "a few": 3, half: 0.5, "half an": 0.5 },
};

const weekdayName = "(monday|tuesday|wednesday|thursday|friday|saturday|sunday)";
const weekdayShort = "(mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)";
const monthName =
  "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const amount =
  "(\\d{1,3}|a couple of|a few|half an|an?|one|two|three|four|five|six|seven|eight|nine|ten)";
const dayPart = "(?:\\s+(?:in the\\s+|at\\s+)?(morning|afternoon|evening|night))?";
/** Words that introduce a date and are removed with it. */
const lead =
  "(?:(?:is |it's |which is )?(?:due|deadline|scheduled)(?: date)?(?: is| of|:)? )?(?:(?:by|on|for|before|until|till|to|from|starting) )?(?:the )?";
/** A date without a preposition must be at the end of a clause. */
const atEnd = "(?=\\s*(?:$|[,.;!?)]|at \\d|by \\d|- ))";
const notPossessive = "(?!['’]s|-)";

/** "Dinner at 8" is in the evening; any other "at 8" in the morning. */
const eveningWords =
  /\b(?:dinner|supper|drinks|movies?|cinema|concert|party|theat(?:er|re)|tonight|evening)\b/i;

/** A match: a day, optionally with a time, or a moment. */
interface Found {
  readonly day?: number;
  readonly minutes?: number | undefined;
  readonly moment?: Date;
}
interface Pattern {
  readonly pattern: RegExp;
  readonly read: (
    groups: readonly (string | undefined)[],
    clock: WallClock,
    text: string,
  ) => Found | undefined;
}

function pattern(source: string, read: Pattern["read"]): Pattern {
  return { pattern: new RegExp(source, "i"), read };
}

const days: readonly Pattern[] = [
  pattern(
    `\\b(?:in |after )?${amount} (minute|min|hour|hr)s?\\b(?: from now| later)?`,
    ([phrase = "", count, unit = ""], { now }) => {
      if (!/^(?:in|after) |from now$|later$/i.test(phrase)) return undefined;
      const minutes = quantity(count) * (unit.toLowerCase().startsWith("h") ? 60 : 1);
      return { moment: new Date(Math.ceil(now.getTime() / minuteMs + minutes) * minuteMs) };
    },
  ),
  pattern(
    `${lead}\\b(\\d{4})-(\\d{2})-(\\d{2})(?:[T ](\\d{2}):(\\d{2}))?\\b`,
    ([, year, month, date, hour, minute]) => ({
      day: existing(Number(year), Number(month), Number(date)),
      minutes: hour === undefined ? undefined : Number(hour) * 60 + Number(minute),
    }),
  ),
  pattern(`${lead}\\bday after tomorrow\\b${dayPart}`, ([, part], { today }) => ({
    day: today + 2,
    minutes: minutesOf(part),
  })),
  pattern(
    `${lead}\\b(tomorrow|tomorow|tommorow|tommorrow|tmrw|tmw|tmr|2moro)\\b${notPossessive}${dayPart}`,
    ([, , part], { today }) => ({ day: today + 1, minutes: minutesOf(part) }),
  ),
  pattern(
    `${lead}\\b(?:(tonight)|this (morning|afternoon|evening))\\b${notPossessive}`,
    ([, tonight, part], { today }) => ({ day: today, minutes: minutesOf(tonight ?? part) }),
  ),
  pattern(
    `${lead}\\b(?:today|eod|end of (?:the |this )?day)\\b${notPossessive}`,
    (_, { today }) => ({
      day: today,
    }),
  ),
  pattern(
    `${lead}\\b(?:in |after |within )?(?:the next )?${amount} (day|week|month|year)s?\\b(?:' time)?(?: from (?:now|today)| later)?`,
    ([phrase = "", count, unit = ""], { today }) => {
      if (!/\b(?:in|after|within)\b|from (?:now|today)$|later$/i.test(phrase)) return undefined;
      return { day: later(today, quantity(count), unit) };
    },
  ),
  pattern(
    `${lead}\\b(a|one|two|\\d) weeks? from ${weekdayName}\\b`,
    ([, count, name], { today }) => ({ day: nextWeekday(today, name) + 7 * quantity(count) }),
  ),
  pattern(`${lead}\\b(this|next|coming|this coming) weekend\\b`, ([, which = ""], { today }) => ({
    day: saturdayOf(today) + (which.toLowerCase() === "next" ? 7 : 0),
  })),
  pattern(`${lead}\\b(?:at |over )?the weekend\\b`, (_, { today }) => ({ day: saturdayOf(today) })),
  pattern(
    `${lead}\\b(this|next|coming|this coming) (?:${weekdayName}|${weekdayShort})\\b${notPossessive}${dayPart}`,
    ([, which = "", long, short, part], { today }) => ({
      day:
        which.toLowerCase() === "next"
          ? weekdayOfNextWeek(today, long ?? short)
          : nextWeekday(today, long ?? short),
      minutes: minutesOf(part),
    }),
  ),
  pattern(
    `\\b(?:due |due on )?(?:by|on|for|before|until|till|to) (?:${weekdayName}|${weekdayShort})\\b${notPossessive}${dayPart}`,
    ([, long, short, part], { today }) => ({
      day: nextWeekday(today, long ?? short),
      minutes: minutesOf(part),
    }),
  ),
  pattern(
    `(?:^|\\b)(?:due )?\\b${weekdayName}\\b${notPossessive}${dayPart}${atEnd}`,
    ([, name, part], { today }) => ({ day: nextWeekday(today, name), minutes: minutesOf(part) }),
  ),
  pattern(`^${weekdayName}\\b${notPossessive}${dayPart}`, ([, name, part], { today }) => ({
    day: nextWeekday(today, name),
    minutes: minutesOf(part),
  })),
  pattern(
    `${lead}\\b(?:end of (?:the |this )?(week|month|year)|(eow|eom))\\b`,
    ([, unit, short], { today }) => ({ day: endOf(unit ?? short ?? "", today) }),
  ),
  pattern(
    `${lead}\\b(?:sometime )?(next|this) (week|month|year)\\b`,
    ([, which = "", unit = ""], { today }) => ({
      day: which.toLowerCase() === "this" ? endOf(unit, today) : startOfNext(unit, today),
    }),
  ),
  pattern(
    `${lead}\\b${monthName}\\.? (\\d{1,2})(?:st|nd|rd|th)?\\b(?:,? (\\d{4}))?`,
    ([, month, date, year], { today }) => dayOfYear(month, date, year, today),
  ),
  pattern(
    `${lead}\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${monthName}\\b(?:,? (\\d{4}))?`,
    ([, date, month, year], { today }) => dayOfYear(month, date, year, today),
  ),
  pattern(
    `${lead}\\b(\\d{1,2})/(\\d{1,2})(?:/(\\d{4}|\\d{2}))?\\b`,
    ([, month, date, year], { today }) => dayOfYear(month, date, year, today),
  ),
  pattern(
    `\\b(?:due )?(?:on|by|before|until) the (\\d{1,2})(?:st|nd|rd|th)\\b`,
    ([, date], clock) => {
      const { year, month } = calendarDay(clock.today);
      const day = existing(year, month, Number(date));
      if (day === undefined || day >= clock.today) return { ...(day !== undefined && { day }) };
      return { day: dayNumber(year, month + 1, Number(date)) };
    },
  ),
];

const times: readonly Pattern[] = [
  pattern(
    "\\b(?:from )?(\\d{1,2})(?:[:.](\\d{2}))? ?([ap]m)? ?(?:-|–|to|until) ?(\\d{1,2})(?:[:.]\\d{2})? ?([ap])\\.?m\\b",
    ([, hour, minute = "0", first, lastHour, last = ""]) => {
      // "From 11 to 1pm" begins in the morning.
      const half = first ?? (Number(hour) > Number(lastHour) ? "a" : last);
      if (Number(hour) < 1 || Number(hour) > 12) return undefined;
      return clockTime((Number(hour) % 12) + (/^p/i.test(half) ? 12 : 0), Number(minute));
    },
  ),
  pattern(
    "\\b(?:at |by |around |before )?(\\d{1,2})(?:[:.](\\d{2}))? ?([ap])\\.?m\\b\\.?",
    ([, hour, minute = "0", half = ""]) => {
      if (Number(hour) < 1 || Number(hour) > 12) return undefined;
      const base = (Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0);
      return clockTime(base, Number(minute));
    },
  ),
  pattern(
    "(?<!the )\\b(?:at |by |around |before )?([01]?\\d|2[0-3])[:h]([0-5]\\d)\\b",
    ([, hour, minute]) => clockTime(Number(hour), Number(minute)),
  ),
  pattern("\\b(?:at |by |around |before )?(noon|midday|midnight|lunchtime)\\b", ([, name]) => ({
    minutes: minutesOf(name),
  })),
  pattern(
    "\\b(?:at|by|around) (\\d{1,2})(?: o'?clock| sharp)?(?: in the (morning|afternoon|evening)| at (night))?(?=\\s*(?:$|[,.;!?]|on\\b|by\\b|this\\b|next\\b|today\\b|tomorrow\\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day\\b))",
    ([, digits, part, night], _, text) => {
      const hour = Number(digits);
      if (hour > 23) return undefined;
      const late = eveningWords.test(text) ? 12 : 7;
      const afternoon = part ? part !== "morning" : night ? hour > 5 : hour < late;
      return clockTime(hour < 12 && hour > 0 && afternoon ? hour + 12 : hour, 0);
    },
  ),
  pattern("\\bin the (morning|afternoon|evening)\\b|\\bat (night)\\b", ([, part, night]) => ({
    minutes: minutesOf(part ?? night),
  })),
];

/**
 * Extracts an English due date ("tomorrow at 5pm", "by next friday", "in 3 days") from a text. A
 * day without a time means the end of that day; a time without a day, its next occurrence. Dates
 * with slashes have the month first.
 */
export function takeDate(text: string, clock: WallClock): TakenDate {
  const time = take(text, times, clock);
  const day = take(time.rest, days, clock);
  if (day.found?.moment) return { dueAt: day.found.moment.toISOString(), rest: day.rest };
  const minutes = time.found?.minutes ?? day.found?.minutes;
  if (day.found?.day !== undefined) {
    const moment = clock.toMoment({ day: day.found.day, minutes: minutes ?? endOfDay });
    return { dueAt: moment.toISOString(), rest: day.rest };
  }
  if (minutes === undefined) return { dueAt: undefined, rest: text };
  const { day: today, minutes: nowMinutes } = clock.wallTime;
  const moment = clock.toMoment({ day: minutes > nowMinutes ? today : today + 1, minutes });
  return { dueAt: moment.toISOString(), rest: time.rest };
}

/** A date filter of a list; either end may be open. */
export interface DateRange {
  readonly dueAfter?: string;
  readonly dueBefore?: string;
  /** Label for headings, e.g. "due today". */
  readonly label: string;
}

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
  const ahead =
    /\b(?:in|within) the (?:next|coming) (\d+|two|three|five|seven|ten|few) days\b/i.exec(text);
  if (ahead) {
    const count = ahead[1] === "few" ? 3 : quantity(ahead[1]);
    return between(today, today + count + 1, `due in the next ${count} days`);
  }
  const { found, phrase } = take(text, days, clock);
  if (found?.day === undefined) return undefined;
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

/** Formats a date in words: "today at 17:00", "tomorrow", "on Friday 27 November". */
export function describeDate(iso: string, clock: WallClock): string {
  const { day, minutes } = clock.toWallTime(new Date(iso));
  const name = nameOfDay(day, clock.today);
  const dated = /^(?:today|tomorrow|yesterday)$/.test(name) ? name : `on ${name}`;
  if (minutes === endOfDay) return dated;
  const twoDigits = (value: number): string => String(value).padStart(2, "0");
  return `${dated} at ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
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
): { readonly found?: Found; readonly rest: string; readonly phrase: string } {
  for (const { pattern, read } of patterns) {
    const match = pattern.exec(text);
    const found = match && read(match, clock, text);
    if (!match || !found || Object.values(found).every((value) => value === undefined)) continue;
    const rest = `${text.slice(0, match.index)} ${text.slice(match.index + match[0].length)}`;
    return { found, rest: tidy(rest), phrase: match[0] };
  }
  return { rest: text, phrase: "" };
}

/** Cleans up after a removed date: double spaces, dangling commas and words. */
function tidy(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([,.;!?])/g, "$1")
    .replace(/^[\s,;:-]+/, "")
    .replace(/[\s,;:-]+$/, "")
    .trim();
}

function quantity(text = ""): number {
  return numberWords[text.toLowerCase()] ?? Number(text);
}

function minutesOf(part: string | undefined): number | undefined {
  return part === undefined ? undefined : partsOfDay[part.toLowerCase()];
}

function clockTime(hour: number, minute: number): Found | undefined {
  return hour < 24 && minute < 60 ? { minutes: hour * 60 + minute } : undefined;
}

function later(day: number, count: number, unit: string): number {
  switch (unit.toLowerCase()) {
    case "week":
      return day + 7 * count;
    case "month":
      return addMonths(day, count);
    case "year":
      return addMonths(day, 12 * count);
    default:
      return day + count;
  }
}

function indexOfName(names: readonly string[], name = ""): number {
  return names.findIndex((full) => full.startsWith(name.toLowerCase().slice(0, 3)));
}

/** The next day of this name, never today. */
function nextWeekday(today: number, name: string | undefined): number {
  return today + 1 + ((indexOfName(weekdays, name) - weekday(today) + 6) % 7);
}

/** "Next friday" is in the week that starts next Monday. */
function weekdayOfNextWeek(today: number, name: string | undefined): number {
  return today - weekday(today) + 7 + indexOfName(weekdays, name);
}

function saturdayOf(today: number): number {
  return today - weekday(today) + Math.max(5, weekday(today));
}

function endOf(unit: string, today: number): number {
  const { year, month } = calendarDay(today);
  if (/^(?:month|eom)$/i.test(unit)) return lastOfMonth(year, month);
  return /^year$/i.test(unit) ? dayNumber(year, 12, 31) : today - weekday(today) + 6;
}

function startOfNext(unit: string, today: number): number {
  const { year, month } = calendarDay(today);
  if (/^month$/i.test(unit)) return dayNumber(year, month + 1, 1);
  return /^year$/i.test(unit) ? dayNumber(year + 1, 1, 1) : today - weekday(today) + 7;
}

/** A valid calendar day; undefined for 31 June. */
function existing(year: number, month: number, date: number): number | undefined {
  if (month < 1 || month > 12 || date < 1) return undefined;
  const day = dayNumber(year, month, date);
  return calendarDay(day).month === month ? day : undefined;
}

/** Month by name or number; without a year, the day's next occurrence. */
function dayOfYear(
  month: string | undefined,
  date: string | undefined,
  year: string | undefined,
  today: number,
): Found | undefined {
  const index = /^\d+$/.test(month ?? "") ? Number(month) : indexOfName(months, month) + 1;
  const given = year === undefined ? undefined : Number(year) + (year.length === 2 ? 2000 : 0);
  const thisYear = calendarDay(today).year;
  const day = existing(given ?? thisYear, index, Number(date));
  if (day === undefined) return undefined;
  if (given !== undefined || day >= today) return { day };
  return { day: dayNumber(thisYear + 1, index, Number(date)) };
}

function capital(word = ""): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** Parses a text that is only a date. */
export function readWholeDate(text: string, clock: WallClock): string | undefined {
  const { dueAt, rest } = takeDate(text.replace(/[.!]$/, "").replace(/,? please$/i, ""), clock);
  return /^(?:due|by|on|at|for|the|instead|be due)?$/i.test(rest) ? dueAt : undefined;
}

/** "By two days", "for a week": counted from today. */
export function shiftedDate(text: string, clock: WallClock): string | undefined {
  const [, span] =
    /^(?:by|for|out) ((?:\d+|an?|one|two|three|four|five|a few|a couple of) (?:hour|day|week|month)s?)$/i.exec(
      text,
    ) ?? [];
  return span === undefined ? undefined : takeDate(`in ${span}`, clock).dueAt;
}
