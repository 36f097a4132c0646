import { hourWord, minutesOf, pattern, quantity, type Found, type Pattern } from "./date-words.ts";

/** "Dinner at 8" is in the evening; any other "at 8" in the morning. */
const eveningWords =
  /\b(?:dinner|supper|drinks|movies?|cinema|concert|party|table|theat(?:er|re)|tonight|evening)\b/i;

const before = "(?:at |by |for |around |about |before |until |till |from )";
/** What can follow a bare hour, unlike the "pages" of "read 2 pages". */
const afterHour =
  "(?=\\s*(?:$|[,;!?]|\\.(?!\\d)|- |and\\b|on\\b|by\\b|this\\b|next\\b|today\\b|tonight\\b|tomorrow\\b|for \\d|with\\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day\\b))";
const ofDay = "(?: in the (morning|afternoon|evening)| at (night))?";

const partsOfHour: Readonly<Record<string, number>> = {
  ...{ half: 30, quarter: 15, "a quarter": 15, five: 5, ten: 10, twenty: 20, "twenty-five": 25 },
};

/** "From 3 to 4pm", with its end. */
export const timeSpan =
  /\b\d{1,2}(?:[:.]\d{2})? ?(?:[ap]m)? ?((?:-|–|to|until) ?\d{1,2}(?:[:.]\d{2}| ?[ap]\.?m)\b)/i;

/** Phrases that name a time of day, the more specific ones first. */
export const times: readonly Pattern[] = [
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
    `\\b${before}?(\\d{1,2})(?:[:.]?(\\d{2}))? ?([ap])\\.?m\\b\\.?(?: sharp\\b)?`,
    ([, hour, minute = "0", half = ""]) => {
      if (Number(hour) < 1 || Number(hour) > 12) return undefined;
      const base = (Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0);
      return clockTime(base, Number(minute));
    },
  ),
  pattern(
    `(?<!the )\\b${before}?([01]?\\d|2[0-3])(?:[:h]|(?<=\\bat \\d{1,2})\\.)([0-5]\\d)\\b(?: ?h(?:rs)?\\b)?(?: ?- ?\\d{1,2}[:h][0-5]\\d\\b)?`,
    ([, hour = "", minute], _, text) =>
      // "At 3:15" is said like "at 3"; "03:15" and "15:15" are written.
      hour.length === 1
        ? spokenTime(Number(hour), Number(minute), undefined, undefined, text)
        : clockTime(Number(hour), Number(minute)),
  ),
  pattern("\\b(?:at |by |from )?(1[3-9]|2[0-3]|0\\d|(?<=\\bat )\\d) ?h\\b", ([, hour]) =>
    clockTime(Number(hour), 0),
  ),
  pattern(
    "(?<=\\b(?:today|tomorrow|(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?:day|nesday|urday)?),? )(\\d{1,2})\\.([0-5]\\d)\\b|\\b(\\d{1,2})\\.([0-5]\\d)(?= (?:today|tomorrow|tonight|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)\\b)",
    ([, hour, minute, hour2, minute2], _, text) =>
      spokenTime(Number(hour ?? hour2), Number(minute ?? minute2), undefined, undefined, text),
  ),
  // "Tomorrow 12", "Thursday 8-12"; "Friday 13" may be a date.
  pattern(
    "(?<=\\b(?:today|tomorrow|tonight|tmrw) )(\\d{1,2})(?=$|[,.;!?])|(?<=day )(\\d{1,2}) ?[-–] ?\\d{1,2}(?=$|[,.;!?])",
    ([, hour, first], _, text) => spokenTime(Number(hour ?? first), 0, undefined, undefined, text),
  ),
  pattern(
    `(?:\\b${before})?\\b(half|(?:a )?quarter) (past|to|after) ${hourWord}\\b${ofDay}|\\b${before}(twenty-five|twenty|ten|five) (past|to|after) ${hourWord}\\b${ofDay}`,
    ([, part, side, hour, ...more], _, text) => {
      const [day, night, part2 = "", side2, hour2, day2, night2] = more;
      const offset = partsOfHour[(part ?? part2).toLowerCase()] ?? 0;
      const sign = (side ?? side2)?.toLowerCase() === "to" ? -1 : 1;
      return spokenTime(quantity(hour ?? hour2), sign * offset, day ?? day2, night ?? night2, text);
    },
  ),
  pattern(
    "\\b(?:by |before |at )?(?:the )?(?:close of (?:play|business)|end of business|cob|eob)\\b(?: on\\b)?",
    () => ({ minutes: 17 * 60 }),
  ),
  pattern(
    `(?:\\b${before}|(?<=\\b(?:\\w+day|tomorrow|tonight) ))half ${hourWord}\\b${ofDay}${afterHour}`,
    ([, hour, day, night], _, text) => spokenTime(quantity(hour), 30, day, night, text),
  ),
  pattern(
    "\\b(?:at |by |around |before |until |till )?(noon|midday|midnight|lunchtime)\\b",
    ([, name]) => ({
      minutes: minutesOf(name),
    }),
  ),
  pattern(
    `\\b(?:at|by|around|until|till|from) ${hourWord}(?: o'?clock| sharp)?${ofDay}${afterHour}`,
    ([, hour, day, night], _, text) => spokenTime(quantity(hour), 0, day, night, text),
  ),
  pattern(`\\b${hourWord} o'?clock${ofDay}`, ([, hour, day, night], _, text) =>
    spokenTime(quantity(hour), 0, day, night, text),
  ),
  pattern(
    `^(?:at|by|around|from) ${hourWord}(?: o'?clock| sharp)?${ofDay}[,:]? (?=[a-z]{2})`,
    ([, hour, day, night], _, text) => spokenTime(quantity(hour), 0, day, night, text),
  ),
  pattern(
    `\\b(?:(?:at|by|around|from) |(?<=, ))${hourWord}(?: o'?clock)? in the (morning|afternoon|evening)\\b`,
    ([, hour, day], _, text) => spokenTime(quantity(hour), 0, day, undefined, text),
  ),
  pattern("(?<!the )\\bfirst thing\\b(?: in the morning)?", () => ({
    minutes: minutesOf("morning"),
  })),
  pattern("\\bin the (morning|afternoon|evening)\\b|\\bat (night)\\b", ([, part, night]) => ({
    minutes: minutesOf(part ?? night),
  })),
];

/** The time of an hour as it is said, without "am" or "pm": "at 7", "half past nine". */
function spokenTime(
  hour: number,
  offset: number,
  part: string | undefined,
  night: string | undefined,
  text: string,
): Found | undefined {
  if (!(hour <= 23)) return undefined;
  const late = eveningWords.test(text) ? 12 : 7;
  const afternoon = part ? part.toLowerCase() !== "morning" : night ? hour > 5 : hour < late;
  const time = clockTime(hour < 12 && hour > 0 && afternoon ? hour + 12 : hour, 0);
  return time?.minutes === undefined
    ? undefined
    : { minutes: (time.minutes + offset + 1440) % 1440 };
}

function clockTime(hour: number, minute: number): Found | undefined {
  return hour < 24 && minute < 60 ? { minutes: hour * 60 + minute } : undefined;
}
