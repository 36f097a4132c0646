import { months, weekdays } from "../../dates/names.ts";
import {
  amount,
  dateWord,
  dayOfYear,
  endOf,
  existing,
  later,
  indexOfName,
  minutesOf,
  monthName,
  nextWeekday,
  pattern,
  quantity,
  saturdayOf,
  startOfNext,
  weekdayName,
  weekdayOfNextWeek,
  weekdayShort,
  type Pattern,
} from "./date-words.ts";
import {
  dateOfMonth,
  dateOfNextMonth,
  holidays,
  numericDate,
  weekdayInMonth,
} from "./named-days.ts";
import { calendarDay, dayNumber, lastOfMonth, minuteMs } from "../../dates/wall-clock.ts";

const dayPart = "(?:,?\\s+(?:in the\\s+|at\\s+)?(morning|afternoon|evening|night|noon|lunchtime))?";
/** Words that introduce a date and are removed with it. */
const lead =
  "(?:\\b(?:is |it's |which is )?(?:due|deadline|scheduled)(?: date)?(?: is| of|:)? )?(?:\\b(?:by|on|for|before|until|till|to|from|starting) )?(?:\\bthe )?";
/** "At the end of the month". */
const endLead = `(?:\\b(?:at|in|around|towards) (?=the ))?${lead}`;
/** Where a date may look like something else ("1/2 cup", "Christmas cards"), it needs one of these. */
const preposition = "\\b(?:due )?(?:by|on|for|before|until|till|to|at|over|due|from) (?:the )?";
/** A date without a preposition must be at the end of a clause. */
const atEnd = "(?=\\s*(?:$|[,.;!?)]|at \\d|by \\d|- ))";
const notPossessive = "(?!['’]s|-|\\.\\w)";
/** "Friday" of "Friday, 13 March": the date decides. */
const maybeWeekday = `(?:(?:on )?(?:${weekdayName}|${weekdayShort})\\b,? (?:the )?)?`;

const date = "(\\d{1,2})(?:st|nd|rd|th)?";
const toDate = `( ?(?:-|–|to|until|till) ?\\d{1,2}(?:st|nd|rd|th)?)`;
/** "12-14 May", "from 6 to 17 July", with its end. */
export const daySpan = new RegExp(
  `\\b\\d{1,2}(?:st|nd|rd|th)?${toDate}(?: of)? ${monthName.replace("(", "(?:")}\\b|\\b${monthName.replace("(", "(?:")} \\d{1,2}(?:st|nd|rd|th)?${toDate}(?![\\d:])`,
  "i",
);

/** "Sun", which can be something else. */
export const shortDay = pattern(`${lead}\\b${weekdayShort}\\.?$`, ([, name], { today }) => ({
  day: nextWeekday(today, name),
}));

/** Phrases that name a day or a moment, the more specific ones first. */
export const days: readonly Pattern[] = [
  pattern(
    "\\bin (an hour|one hour|two hours|three hours|\\d{1,2} hours) and (a half|a quarter|\\d{1,2} minutes)\\b",
    ([, hours = "", more = ""], { now }) => {
      const extra = { "a half": 30, "a quarter": 15 }[more.toLowerCase()] ?? parseInt(more, 10);
      const minutes = quantity(/^\S+/.exec(hours)?.[0]) * 60 + extra;
      return { moment: new Date(Math.ceil(now.getTime() / minuteMs + minutes) * minuteMs) };
    },
  ),
  pattern(
    `\\b(?:in |after )?(?:about )?${amount} ?(minute|min|hour|hr|h)s?\\b(?:['’]s?)?(?: time)?(?: from now| later)?`,
    ([phrase = "", count, unit = ""], { now }) => {
      if (!/^(?:in|after) |from now$|later$/i.test(phrase)) return undefined;
      const minutes = quantity(count) * (unit.toLowerCase().startsWith("h") ? 60 : 1);
      return { moment: new Date(Math.ceil(now.getTime() / minuteMs + minutes) * minuteMs) };
    },
  ),
  pattern(
    `${lead}\\b(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})(?:[T ](\\d{2}):(\\d{2}))?\\b`,
    ([, year, month, date, hour, minute]) => ({
      day: existing(Number(year), Number(month), Number(date)),
      minutes: hour === undefined ? undefined : Number(hour) * 60 + Number(minute),
    }),
  ),
  pattern(
    `${lead}\\b(first|second|third|fourth|last) (${weekdays.join("|")}|day) (?:of|in) ((?:the |this |next )?month|${monthName.slice(1, -1)})\\b`,
    ([, place, name, month], { today }) => weekdayInMonth(place, name, month, today),
  ),
  pattern(`${lead}\\b${date}${toDate}(?: of)? ${monthName}\\b`, ([, first, , month], { today }) =>
    dayOfYear(month, first, undefined, today),
  ),
  pattern(
    `${lead}\\b${monthName} ${date}${toDate}(?![\\w:]| ?[ap]m\\b)`,
    ([, month, first], { today }) => dayOfYear(month, first, undefined, today),
  ),
  pattern(
    `${lead}${maybeWeekday}\\b${monthName}\\.? (?:the )?(\\d{1,2})(?:st|nd|rd|th)?(?![\\w:]|\\.\\d)(?:,? ((?:19|20|21)\\d{2})\\b)?`,
    ([, , , month, date, year], { today }) => dayOfYear(month, date, year, today),
  ),
  pattern(
    `${lead}${maybeWeekday}\\b(?:(\\d{1,2})(?:st|nd|rd|th)?|${dateWord})(?: of)? ${monthName}\\b(?:,? ((?:19|20|21)\\d{2})\\b)?`,
    ([, , , date, word, month, year], { today }) => dayOfYear(month, date ?? word, year, today),
  ),
  pattern(
    `${preposition}${maybeWeekday}(\\d{1,2})/(\\d{1,2})(?:/(\\d{4}|\\d{2}))?\\b`,
    ([, , , first, second, year], clock) => numericDate(first, second, year, clock),
  ),
  pattern(
    `${maybeWeekday}\\b(\\d{1,2})/(\\d{1,2})(?:/(\\d{4}|\\d{2}))?${atEnd}`,
    ([, , , first, second, year], clock) => numericDate(first, second, year, clock),
  ),
  pattern(
    `${lead}${maybeWeekday}\\b(\\d{1,2})\\. ?(\\d{1,2})\\.(?: ?(\\d{4}|\\d{2})\\b)?(?!\\d)`,
    ([, , , date, month, year], { today }) => dayOfYear(month, date, year, today),
  ),
  pattern(
    `${lead}\\b(?:in |after |within )?(?:the next )?${amount} (day|week|fortnight|month|year)s?\\b(?:['’]s? time)?(?: from (?:now|today)| later)?(?! (?:on|from)\\b)`,
    ([phrase = "", count, unit = ""], { today }) => {
      if (!/\b(?:in|after|within)\b|from (?:now|today)$|later$|time$/i.test(phrase))
        return undefined;
      return { day: later(today, quantity(count), unit) };
    },
  ),
  pattern(
    `${lead}\\b${amount} (day|week|fortnight|month)s? (?:(?:from|on|after) )?(?:${weekdayName}|(tomorrow|today))\\b`,
    ([, count, unit = "", name, near], { today }) => {
      const from = near ? today + (/^tod/i.test(near) ? 0 : 1) : nextWeekday(today, name);
      return { day: later(from, quantity(count), unit) };
    },
  ),
  pattern(
    `${lead}\\b(?:${weekdayName}|(tomorrow|today)) week\\b${dayPart}`,
    ([, name, near, part], { today }) => ({
      day: 7 + (near ? today + (/^tod/i.test(near) ? 0 : 1) : nextWeekday(today, name)),
      minutes: minutesOf(part),
    }),
  ),
  pattern(`${lead}\\bday after tomorrow\\b${dayPart}`, ([, part], { today }) => ({
    day: today + 2,
    minutes: minutesOf(part),
  })),
  pattern(
    `${lead}\\b(?:tomorrow|tmrw|tmw|tmr|2moro)\\b${notPossessive}${dayPart}`,
    ([, part], { today }) => ({ day: today + 1, minutes: minutesOf(part) }),
  ),
  pattern(
    `${lead}\\b(?:(tonight)|this (morning|afternoon|evening))\\b${notPossessive}`,
    ([, tonight, part], { today }) => ({ day: today, minutes: minutesOf(tonight ?? part) }),
  ),
  pattern(
    `${endLead}\\b(?:later )?(?:today|eod|end of (?:the |this )?day)\\b${notPossessive}${dayPart}`,
    ([, part], { today }) => ({ day: today, minutes: minutesOf(part) }),
  ),
  pattern(`${lead}\\b(this|next|coming|this coming) weekend\\b`, ([, which = ""], { today }) => ({
    day: saturdayOf(today) + (which.toLowerCase() === "next" ? 7 : 0),
  })),
  pattern(`${lead}\\b(?:at |over )?the weekend\\b`, (_, { today }) => ({ day: saturdayOf(today) })),
  pattern(
    `${lead}\\b${weekdayName} (next|this) week\\b${dayPart}|${lead}\\b(next|this) week(?: on)? ${weekdayName}\\b${dayPart}`,
    ([, name, which, part, which2, name2, part2], { today }) => ({
      day:
        (which ?? which2)?.toLowerCase() === "next"
          ? weekdayOfNextWeek(today, name ?? name2)
          : nextWeekday(today, name ?? name2),
      minutes: minutesOf(part ?? part2),
    }),
  ),
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
    `${lead}\\bnext month on the (\\d{1,2})(?:st|nd|rd|th)\\b|${lead}\\b(?:(\\d{1,2})(?:st|nd|rd|th)|${dateWord})(?: of)? next month\\b`,
    ([, date, date2, word], { today }) => dateOfNextMonth(date ?? date2 ?? word, today),
  ),
  pattern(
    `(?:\\b(?:due )?(?:on|by|before|until|for) )?${maybeWeekday}(?<=\\b(?:on|by|before|until|till) |day,? )(?:the )?(\\d{1,2})(?:st|nd|rd|th)\\b(?! of\\b)`,
    ([, , , date], { today }) => dateOfMonth(date, today),
  ),
  pattern(`^the (\\d{1,2})(?:st|nd|rd|th)(?=$|[,:]| at\\b)`, ([, date], { today }) =>
    dateOfMonth(date, today),
  ),
  pattern(`\\b(?:to|for) the (\\d{1,2})(?:st|nd|rd|th)${atEnd}`, ([, date], { today }) =>
    dateOfMonth(date, today),
  ),
  pattern(
    `\\b(?:(?:due )?(?:by|on|for|before|until|till|to)|due) (?:${weekdayName}|${weekdayShort})\\b${notPossessive}${dayPart}`,
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
    `\\b${weekdayShort} (morning|afternoon|evening|night)\\b`,
    ([, name, part], { today }) => ({
      day: nextWeekday(today, name),
      minutes: minutesOf(part),
    }),
  ),
  pattern(`${endLead}\\bend of next (week|month|year)\\b`, ([, unit = ""], { today }) => ({
    day: endOf(unit, startOfNext(unit, today)),
  })),
  pattern(
    `${endLead}\\b(?:end of (?:the |this )?(week|month|year)|(eow|eom))\\b`,
    ([, unit, short], { today }) => ({ day: endOf(unit ?? short ?? "", today) }),
  ),
  pattern(
    `${endLead}\\b(end|beginning|start|middle) of ${monthName}\\b|(?:\\bin )?${lead}\\b(mid)[- ]${monthName}\\b`,
    ([, part, month, mid, midMonth], { today }) => {
      const index = indexOfName(months, month ?? midMonth) + 1;
      const { year } = calendarDay(today);
      const date = /^end/i.test(part ?? "") ? undefined : (mid ?? part)?.startsWith("mid") ? 15 : 1;
      const inYear = (which: number): number =>
        date === undefined ? lastOfMonth(which, index) : dayNumber(which, index, date);
      return { day: inYear(year) >= today ? inYear(year) : inYear(year + 1) };
    },
  ),
  pattern(
    `${lead}\\b(?:(early|mid|in the middle of|late|later|sometime) )?(next|this) (week|month|year)\\b${notPossessive}`,
    ([, part = "", which = "", unit = ""], { today }) => {
      if (which.toLowerCase() === "this") return { day: endOf(unit, today) };
      const length = { week: 7, month: 30, year: 365 }[unit.toLowerCase()] ?? 0;
      const share = /mid/i.test(part) ? 0.4 : /^late/i.test(part) ? 0.6 : 0;
      return { day: startOfNext(unit, today) + Math.floor(length * share) };
    },
  ),
  pattern(
    `${preposition}(${Object.keys(holidays).join("|")})(?=\\s*(?:$|[,.;!?)]|at |by |- ))`,
    ([, name = ""], { today }) => {
      const [month, date] = holidays[name.toLowerCase()] ?? [];
      return dayOfYear(String(month), String(date), undefined, today);
    },
  ),
];
