import { findRange } from "./dates.ts";
import type { ListFilter, Reference } from "./intents.ts";
import type { WallClock } from "./wall-clock.ts";

const ordinals = [
  ...[
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
  ],
];
const cardinals = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

const number = `(?:#\\s*)?(?:\\d{1,4}|${cardinals.join("|")})`;
const ordinal = `(?:${ordinals.join("|")}|\\d{1,3}(?:st|nd|rd|th))`;
const unit = "(?:tasks?|items?|todos?|to-dos?|numbers?|nos?\\.?|num|entry|ones?)";
const joint = "(?:\\s*,?\\s*(?:and|&|,|\\+)\\s*)";

const numberList = new RegExp(
  `^(?:the )?(?:${unit} )?(${number}(?:(?:${joint}|\\s*(?:-|–|to|through|thru)\\s*)(?:${unit} )?${number})*)$`,
  "i",
);
const ordinalList = new RegExp(
  `^(?:the )?(${ordinal}(?:${joint}(?:the )?${ordinal})*)(?: ${unit})?$`,
  "i",
);
const edge = new RegExp(
  `^(?:the |my )?(first|top|last|bottom)(?: (\\d{1,2}|${cardinals.join("|")}))?(?: ${unit})?$`,
  "i",
);

/** Reads which tasks a phrase points at. */
export function readReference(phrase: string, clock: WallClock): Reference {
  const text = strip(phrase);

  if (/^(?:it|that|this|that one|this one|the same(?: one)?|this task|that task)$/i.test(text)) {
    return { kind: "previous", many: false };
  }
  if (
    /^(?:them|those|these|both|both of them|all of them|them all|these tasks|those tasks|all of those|all of these|those two)$/i.test(
      text,
    )
  ) {
    return { kind: "previous", many: true };
  }
  if (
    /^(?:the |my )?(?:newest|latest|most recent)(?: (?:one|task))?$|^the (?:one|task) i (?:just )?added(?: last)?$/i.test(
      text,
    )
  ) {
    return { kind: "newest" };
  }

  const listed = numberList.exec(text)?.[1] ?? /^(?:the )?(.+) in the list$/i.exec(text)?.[1];
  const numbers = listed === undefined ? [] : readNumbers(listed);
  if (numbers.length > 0) return { kind: "numbers", numbers };
  const places = ordinalList.exec(text)?.[1];
  if (places !== undefined) {
    return {
      kind: "numbers",
      numbers: places
        .split(/[\s,&+]+/)
        .map(placeOf)
        .filter((n) => n > 0),
    };
  }
  if (/^(?:the )?(?:second[- ](?:to[- ])?last|next[- ]to[- ]last)(?: (?:one|task))?$/i.test(text)) {
    return { kind: "numbers", numbers: [-2] };
  }
  const [, end, count = "one"] = edge.exec(text) ?? [];
  if (end !== undefined) {
    const places = Array.from({ length: valueOf(count) }, (_, index) => index + 1);
    const fromEnd = /last|bottom/i.test(end);
    return { kind: "numbers", numbers: fromEnd ? places.map((place) => -place).reverse() : places };
  }

  const filter = readFilter(text, clock);
  if (filter !== undefined) return { kind: "all", filter };
  const many = /^(?:all|every|each|both)\b/i.test(text) || /\b(?:ones|tasks|items)$/i.test(text);
  return {
    kind: "words",
    words: text.replace(/^(?:all|every|each|both)(?: of)?(?: the| my)?\s+/i, ""),
    many,
  };
}

/** Takes quotes, politeness and what only says "a task" off a phrase. */
function strip(phrase: string): string {
  let text = phrase.trim().replace(/[.!?,;:]+$/, "");
  for (let before = ""; before !== text;) {
    before = text;
    text = text
      .replace(/^(?:please|just|also|now|then|off|out)\s+/i, "")
      .replace(
        /[,]?\s+(?:please|pls|thanks|thank you|for me|now|already|too|as well|today's list)$/i,
        "",
      )
      .replace(
        /\s+(?:from|off|on|in|of)(?: of)? (?:my|the)(?: \w+)? ?(?:list|tasks|todos?|to-dos?)$/i,
        "",
      )
      .replace(/^["“”'‘](.+)["“”'’]$/, "$1")
      .replace(
        /^(?:the |my )?(?:task|item|todo|to-do|one)s? (?:called|named|titled|saying|that says|about|for|with|to)\s+/i,
        "",
      )
      .replace(/^(?:the |my )?(?:task|item|todo|to-do):?\s+(?=["“'])/i, "")
      .trim();
  }
  return text;
}

const everything =
  /^(?:absolutely )?(?:everything|all|every(?: single)? (?:task|item|todo|one)|(?:all|each)(?: of)?(?: the| my)? (?:tasks|items|todos|to-dos|of it|list|ones)|(?:my |the )?(?:(?:whole|entire|todo|to-do|task) )*list|tasks|all of it|all my stuff|my tasks)$/i;

/** Reads phrases that mean every task of a kind: "all completed tasks", "everything due today". */
function readFilter(text: string, clock: WallClock): ListFilter | undefined {
  if (everything.test(text)) return { status: "all" };
  const [, subject = ""] =
    /^(?:all|every|everything|anything|any|each)?(?: of)?(?: the| my)?\s*(.*)$/i.exec(text) ?? [];
  const plural =
    /^(?:all|every|each|any)/i.test(text) ||
    /\b(?:tasks|ones|items|todos)\b|^done$|^completed$/i.test(text);
  if (!plural) return undefined;
  const rest = subject
    .replaceAll(
      /\b(?:tasks?|ones?|items?|todos?|things?|stuff|the|my|that(?:'s| is| are)?|which|are|is|i have|already|due|with|of)\b/gi,
      " ",
    )
    .replaceAll(/\s+/g, " ")
    .trim();
  const status = readStatus(rest);
  const priority = readPriority(rest);
  const range = findRange(text, clock);
  const known = rest
    .replace(statusWords, " ")
    .replace(priorityWords, " ")
    .replaceAll(
      /\b(?:today|tomorrow|yesterday|overdue|late|past|this|next|week|weekend|month|before|by|after|on|for|\w+day)\b/gi,
      " ",
    )
    .trim();
  if (known !== "" || (status === undefined && priority === undefined && range === undefined)) {
    return undefined;
  }
  return { status: status ?? (range?.label === "overdue" ? "pending" : "all"), priority, ...range };
}

const statusWords =
  /\b(?:completed?|finished|done|checked(?: off)?|ticked(?: off)?|pending|open|left|remaining|outstanding|unfinished|incomplete|uncompleted|undone|active|not (?:yet )?(?:done|finished|completed?)|unchecked|to do|todo)\b/gi;
const priorityWords =
  /\b(?:(?:top|highest|high|medium|normal|low|lowest)(?:[- ]priority)?|urgent|important|critical|priority)\b/gi;

/** The status that words name, if any. */
export function readStatus(text: string): ListFilter["status"] | undefined {
  if (
    /\b(?:pending|open|left|remaining|outstanding|unfinished|incomplete|uncompleted|undone|active|unchecked|to do|not (?:yet )?(?:done|finished|completed?)|haven['’]?t (?:i )?(?:done|finished|completed)|still|need)\b/i.test(
      text,
    )
  ) {
    return "pending";
  }
  return /\b(?:completed?|finished?|done|checked|ticked)\b/i.test(text) ? "completed" : undefined;
}

/** The priority that words name, if any. */
export function readPriority(text: string): ListFilter["priority"] {
  if (/\b(?:top|highest|high)(?:[- ]priority)?\b|\b(?:urgent|important|critical)\b/i.test(text))
    return "high";
  if (/\b(?:low|lowest)(?:[- ]priority)?\b/i.test(text)) return "low";
  return /\b(?:medium|normal)(?:[- ]priority)?\b/i.test(text) ? "medium" : undefined;
}

function readNumbers(text: string): readonly number[] {
  const numbers: number[] = [];
  let range = false;
  for (const [word] of text.matchAll(/\d+|[a-z]+|[-–]/gi)) {
    if (/^(?:-|–|to|through|thru)$/i.test(word)) {
      range = true;
      continue;
    }
    const value = valueOf(word);
    if (!(value > 0)) continue;
    const from = numbers.at(-1);
    // A range that runs backwards or is huge is no range of tasks.
    if (range && from !== undefined && value > from && value - from < 1000) {
      for (let between = from + 1; between < value; between += 1) numbers.push(between);
    }
    numbers.push(value);
    range = false;
  }
  return [...new Set(numbers)];
}

/** 2 for "2" and "two"; NaN for other words. */
function valueOf(word: string): number {
  const index = cardinals.indexOf(word.toLowerCase());
  return index >= 0 ? index + 1 : Number(word);
}

/** 2 for "second" and "2nd"; 0 for other words. */
function placeOf(word: string): number {
  const index = ordinals.indexOf(word.toLowerCase());
  return index >= 0 ? index + 1 : Number(/^(\d+)(?:st|nd|rd|th)$/i.exec(word)?.[1] ?? 0);
}
