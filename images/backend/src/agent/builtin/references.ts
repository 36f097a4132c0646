import { findRange } from "./dates.ts";
import type { ListFilter, Reference } from "./intents.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

// prettier-ignore
const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
const cardinals = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

const number = `#?\\s?(\\d{1,4}|${cardinals.join("|")})`;
const unit = "(?:tasks?|items?|todos?|to-dos?|numbers?|nos?\\.?|num|entry|ones?)";

/** One item of a list of positions: "2", "task #2", "2-4", "the second one". */
const numberPart = new RegExp(
  `^(?:the )?(?:${unit} ){0,2}${number}(?: ?(?:-|–|to|through|thru) ?(?:${unit} )?${number})?$`,
  "i",
);
const ordinalPart = new RegExp(
  `^(?:the )?(${ordinals.join("|")}|\\d{1,3}(?=st|nd|rd|th))(?:st|nd|rd|th)?(?: ${unit})?$`,
  "i",
);
const edge = new RegExp(
  `^(?:the |my )?(first|top|last|bottom)(?: (\\d{1,2}|${cardinals.join("|")}))?(?: ${unit})?$`,
  "i",
);

/** Parses a phrase that refers to tasks. */
export function readReference(phrase: string, clock: WallClock): Reference {
  const text = strip(phrase).replace(
    /^what(?:'s| is|ever is|ever's) (?=due|overdue|done|left|open)/i,
    "everything ",
  );

  if (/^(?:it|that|this|that one|this one|the same(?: one)?|this task|that task)$/i.test(text)) {
    return { kind: "previous", many: false };
  }
  if (
    /^(?:them|those|these|both|both of them|all of them|them all|these tasks|those tasks|all of those|all of these|those two)$/i.test(
      text,
    )
  ) {
    const isTwo = /\b(?:both|two)\b/i.test(text);
    return { kind: "previous", many: true, ...(isTwo && { count: 2 }) };
  }
  if (
    /^(?:the |my )?(?:newest|latest|most recent)(?: (?:one|task))?$|^the (?:one|task) i (?:just )?added(?: last)?$/i.test(
      text,
    )
  ) {
    return { kind: "newest" };
  }

  if (
    /^(?:all )?(?:the |my )?(?:rest|others|other (?:ones|tasks)|remaining (?:ones|tasks))(?: of (?:them|the list|my tasks))?$|^everything else$/i.test(
      text,
    )
  ) {
    const except = { kind: "previous", many: true } as const;
    return { kind: "all", filter: { status: "pending" }, except };
  }

  const numbers = readPlaces(text.replace(/ (?:in|of) the list$/i, ""));
  if (numbers !== undefined) return { kind: "numbers", numbers };
  if (/^(?:the )?(?:second[- ](?:to[- ])?last|next[- ]to[- ]last)(?: (?:one|task))?$/i.test(text)) {
    return { kind: "numbers", numbers: [-2] };
  }
  const [, end, count = "one"] = edge.exec(text) ?? [];
  if (end !== undefined) {
    const places = Array.from({ length: valueOf(count) }, (_, index) => index + 1);
    const fromEnd = /last|bottom/i.test(end);
    return { kind: "numbers", numbers: fromEnd ? places.map((place) => -place).reverse() : places };
  }

  const [, all = text, exception] = allBut.exec(text) ?? [];
  const except = exception === undefined ? undefined : readReference(exception, clock);
  const filter = readFilter(all, clock);
  if (filter !== undefined) return { kind: "all", filter, ...(except && { except }) };
  // "All the emails except Bob's".
  if (except && /^(?:all|every|each|both|the \w+s)\b/i.test(all))
    return { ...wordsOf(all), many: true, except };
  return wordsOf(text);
}

/** The words of a reference; `many` where it says "all" or the like. */
export function wordsOf(text: string): Extract<Reference, { kind: "words" }> {
  const many = /^(?:all|every|each|both)\b/i.test(text) || /\b(?:ones|tasks|items)$/i.test(text);
  return {
    kind: "words",
    words: text.replace(/^(?:all|every|each|both)(?: of)?(?: the| my)?\s+/i, ""),
    many,
  };
}

/** "Everything except the flight". */
export const allBut =
  /^(.+?),? (?:but(?! only| just)(?: not)?|except(?: for)?|apart from|aside from|besides|other than|excluding|not including|bar|save for) (.+)$/i;

/** Strips quotes, politeness and words like "task" from a phrase. */
function strip(phrase: string): string {
  let text = phrase.trim().replace(/[.!?,;:]+$/, "");
  for (let before = ""; before !== text;) {
    before = text;
    text = text
      .replace(/^(?:please|just|also|now|then|off|out)\s+/i, "")
      .replace(
        /[,]?\s+(?:please|pls|thanks|thank you|for me|now|already|again|too|as well|today's list)$/i,
        "",
      )
      .replace(
        /\s+(?:from|off|on|in|of)(?: of)? (?:my|the)(?: \w+)? ?(?:list|tasks|todos?|to-dos?)$/i,
        "",
      )
      .replace(/^["“”'‘](.+)["“”'’]$/, "$1")
      .replace(/(?<=\w)(?:'s)? (?:deadline|due date)$/i, "")
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

/** Parses phrases for all tasks of a kind: "all completed tasks", "everything due today". */
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
      /\b(?:tasks?|ones?|items?|todos?|things?|stuff|the|my|'s|that(?:'s| is| are)?|which|are|is|i have|already|due|with|of)\b/gi,
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
      /\b(?:today|tomorrow|yesterday|overdue|late|past|this|next|week|weekend|month|before|by|after|on|for|from|\w+day)\b/gi,
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

/** "2, 4 and 6", "1-3", "the first and third"; undefined when anything else is among them. */
function readPlaces(text: string): readonly number[] | undefined {
  const places = new Set<number>();
  for (const part of text.split(/,|&|\+|\band\b/i)) {
    const word = part.trim();
    // "1, and 2" has an empty item between the comma and "and".
    if (word === "") continue;
    const place = ordinalPart.exec(word)?.[1];
    const [, from, to = from] = numberPart.exec(word) ?? [];
    const first = valueOf(place ?? from ?? "");
    const last = place === undefined ? valueOf(to ?? "") : first;
    // Reject backward ranges.
    if (!(first >= 1 && last >= first)) return undefined;
    for (let next = first; next <= Math.min(last, first + 1000); next += 1) places.add(next);
  }
  return places.size > 0 ? [...places] : undefined;
}

/** 2 for "2", "two" and "second"; NaN for anything else. */
function valueOf(word: string): number {
  const index = [cardinals, ordinals].map((words) => words.indexOf(word.toLowerCase()));
  const found = Math.max(...index);
  return found >= 0 ? found + 1 : Number(word || Number.NaN);
}
