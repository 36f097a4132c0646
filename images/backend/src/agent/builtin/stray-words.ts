import { weekdays } from "../../dates/names.ts";
import { weekdayShort } from "./date-words.ts";
import { hideQuotes } from "./taking-out.ts";

const unit = "(?:minute|min|hour|hr|day|night|week|weekend|fortnight|month|year)s?";
const weekday = `(?:${weekdays.join("|")}|${weekdayShort.slice(1, -1)})`;
const partOfDay = "(?:morning|noon|afternoon|evening|night)";
/** What follows these may be a clause: "tell Tom that I'm late". */
const beforeClause =
  "^(?:ask|call|check|confirm|decide|email|explain|figure|find|learn|let|listen|make|message|play|post|read|remind|say|see|sing|tell|text|watch|work|write)\\b.*";

/** What a request says beside a title: when, how often, how urgent, and talk. */
const said: readonly RegExp[] = [
  // When.
  "\\b\\d{1,2}(?:[:.]\\d\\d)? ?(?:am|pm|a\\.m|p\\.m)(?!\\w)",
  "\\b\\d{1,2}(?::\\d\\d)? ?ish\\b|\\bo['’ ]?clock\\b",
  "\\b(?:2nite|tonite|2mor+o(?:w)?|2mrw|tmrw?|tmw|tmoz|2day|tdy|nxt|wk?nd|evry(?:day)?)\\b",
  "\\b(?:eod|eow|eom|eoy|cob)\\b",
  "\\bat \\d{1,2} instead of \\d",
  `\\b(?:next|this coming|the following) (?:${unit}|${weekday})\\b(?!['’])`,
  `\\b(?:in|within) (?:about |around |like )?(?:an?|\\d+|a few|a couple(?: of)?|two|three|four|five|six) ${unit}(?!\\w)`,
  `(?:\\b(?:on|by|until|till|til|before|this)|[,;]) ${weekday}(?: ${partOfDay})?$`,
  // How often.
  `\\b(?:every|each) (?:other |second |single |\\d+ )?(?:${unit}|weekday|${partOfDay}|${weekday}s?)(?!\\w)`,
  "\\b(?:from now on|bi-?weekly|fortnightly|on repeat)\\b",
  // How urgent.
  "\\b(?:asap|a\\.s\\.a\\.p|urgently|urgent(?! care))\\b",
  "\\bprio(?:rity)?\\b(?! (?:boarding|lane|list|mail|pass|post|queue|seats?))",
  "\\bdue(?: (?:on|by|in|at))?$|\\bdeadline(?: is|:)",
  // Talk.
  "\\b(?:pls|plz|please|thx|thnx|tysm|btw|lol|lmao|haha|omg|tbh|idk|imo|fyi|gonna|wanna|gotta|hafta|u|ur)\\b",
  "\\b(?:oops|whoops|never ?mind|nvm|scratch that|hang on|hold on|i mean|my bad|actually)\\b|[,.;-] sorry\\b",
  "\\b(?:or so|or something|or whatever|maybe|probably|possibly|i think|i guess)$",
  // Of several tasks.
  "(?<=\\S )(?:both|each)$",
  "(?:,|\\band) (?:an? |another )?(?:reminder|task|to-?do) (?:to|for|about)\\b",
  "\\b(?:on|to|from|off|in|onto) (?:my|this) (?:to-?do )?list\\b|\\bremind me\\b|\\b(?:can|could|would) (?:you|u)\\b",
  `(?<!${beforeClause}|^)\\b(?:that['’]?s|it['’]s|i['’]m|im|ive|i['’]ve|we['’]re|they['’]re|dont)\\b`,
].map((source) => new RegExp(source, "i"));

/** Words of a title that are rather said about the task; undefined: none. */
export function findStrayWords(title: string): string | undefined {
  const plain = hideQuotes(title);
  return said.map((pattern) => pattern.exec(plain)?.[0].trim()).find(Boolean);
}
