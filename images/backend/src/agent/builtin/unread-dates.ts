import { weekdays } from "../../dates/names.ts";
import { hideQuotes } from "./taking-out.ts";
import { dateWord, hourWord, monthName, weekdayShort } from "./date-words.ts";

const before = "\\b(?:on|by|due|before|until|till)(?: the)?";
const units = "(?:minutes?|hours?|days?|weeks?|weekends?|fortnights?|months?|years?)";

/** Phrases that say when, and that no pattern of dates has read. */
const dateLike: readonly RegExp[] = [
  `(?:${before}|\\bfor(?: the)?) \\d{1,3}(?:st|nd|rd|th)?(?: of)? ${monthName}\\b`,
  `(?:${before}|\\bfor(?: the)?) ${monthName} \\d{1,3}(?:st|nd|rd|th)?\\b(?! (?:to|-) ?\\d| [a-z]{3,})`,
  `(?<![-–]|\\bto )\\b\\d{1,3}(?:st|nd|rd|th)? (?:of )?${monthName}$`,
  `(?:${before}|\\bfor) \\d{1,4}[/.-]\\d{1,4}(?:[/.-]\\d{1,4})?(?= |$)(?! ${monthName})`,
  "\\b\\d{1,4}([/.-])\\d{1,4}\\1\\d{1,4}$",
  `(?:${before}) \\d{1,3}(?:st|nd|rd|th)(?= |$)`,
  "\\b(?:at|by|until|till|before) \\d{1,3}(?:[:.]\\d{2,3}| ?[ap]\\.?m)\\b",
  "\\bat \\d{1,2}(?: ?ish)?$",
  `\\b(?:at|by|until|till|around) (?:about )?(?:half|quarter|a quarter|twenty|ten|five) (?:past|to|after) \\w+`,
  "\\b(?:at|by) (?:half|quarter)(?: past| to)?$",
  `\\bhalf past ${hourWord}\\b`,
  `\\b(?:in|within) (?:about |around |roughly )?(?:an?|\\w+|a few|a couple of|the next) (?:\\w+ )?${units}(?:['’]s?)?(?: time)?$`,
  `${before} (?:[\\w'’]+ ){1,3}(?:eve|day|weekend)$`,
  "\\b(?:on|by|at|over|before|for|due|until) (?:good friday|easter|thanksgiving|passover|pentecost|whitsun|eid|ramadan|diwali|hanukkah|lent)\\b.*$",
  `\\b(?:on|by|due|before|until|till|to|from|every|next|this) (?!last |past )(?:\\w+ )?(?:${weekdays.join("|")})s?$`,
  "\\b(?:next|this|the following|in (?:the )?|by (?:the )?)(?: |(?<= ))(?:quarter|spring|summer|autumn|fall|winter)$",
  "\\b(?:the )?(?:day|week|month|night) (?:before|after) [\\w'’ ]+$",
  "\\b(?:today|tomorrow|tonight|yesterday)$",
  `(?:\\b(?:on|by|or|and|not|but|until|till|to|from|every|next|this)|[,&/]) (?:${weekdays.join("|")})s?(?: (?:morning|afternoon|evening|night))?$`,
  "\\b(?:and|or|not|but|to|until|till) (?:at )?\\d{1,2}(?:[:.]\\d\\d)? ?[ap]\\.?m\\b.*$",
  "\\b(?:once|twice|thrice|(?:\\d|two|three|four) times)(?: (?:daily|weekly|monthly))?$",
  `\\b(?:an?|one|two|three|\\d+|half an) ${units} (?:before|earlier|ahead|in advance)$`,
  "\\b(?:the|one) (?:day|night|evening|week|morning) (?:before|after)(?: that)?$",
  `\\b${weekdayShort},? (?:and |& |or )?${weekdayShort}\\b`,
  "\\b\\d{3,4} ?[ap]\\.?m\\b",
  ",? (?:like|say|maybe) \\d{1,2}$",
  "\\b\\d ?x (?:an?|per) (?:day|week|month)\\b",
  `\\b(?:twice|thrice|(?:\\d|two|three|four|several|many|a few) times) (?:an?|per|each|every) ${units}\\b`,
  `\\b(?:by|before|until|till|since) (?:the end of )?${monthName}$`,
  "\\bfrom \\d{1,2} (?:to|until|till) \\d{1,2}$",
  `\\b(?:every|each) (?:morning|noon|afternoon|evening|night|other |\\d|${dateWord}|${units}|week ?days?|work ?days?|(?:${weekdays.join("|")})s?\\b).*$`,
].map((source) => new RegExp(source, "i"));

/** The part of a title that looks like a date that was not understood. */
export function findUnreadDate(title: string): string | undefined {
  // What is in quotes is meant as it stands.
  const plain = title.replaceAll(/"[^"]*"|(?<!\w)'[^']*'(?!\w)/g, "");
  return dateLike.map((pattern) => pattern.exec(plain)?.[0].trim()).find(Boolean);
}

/** What is left of a date of which a part was read: "Mon Wed" of "Mon Wed Fri", "and 6pm". */
const rests: readonly RegExp[] = [
  `(?<!\\b(?:of|about|last|past|good|black|easter|a|the|my|our) )(?:${weekdays.join("|")}|\\b${weekdayShort.slice(1, -1).replaceAll("|", "|\\b")})\\b(?!['’.-]\\w)(?= ?(?:$|[,;/&+]|(?:and|or|to|at|in|on|for|${weekdayShort.slice(1, -1)})\\b)).*$`,
  "(?:\\b(?:and|or|to|until|till)|[,/&–-]) ?(?:the |at )?\\d{1,2}(?:st|nd|rd|th|[:.]\\d\\d| ?[ap]\\.?m)\\b.*$",
  "\\b(?:today|tonight|tomorrow|yesterday)\\b(?!['’])",
  "\\b[01]\\d[0-5]\\d$",
  "\\b(?:daily|(?:bi)?weekly|fortnightly|monthly|quarterly|yearly|annually)$",
  "\\b(?:not|any day|sometime|around|between|ideally|latest|earliest|or (?:before|after))$",
].map((source) => new RegExp(source, "i"));

/** The rest of a date in a title from which a date was taken. */
export function findRestOfDate(title: string): string | undefined {
  const plain = hideQuotes(title);
  return rests.map((pattern) => pattern.exec(plain)?.[0].trim()).find(Boolean);
}
