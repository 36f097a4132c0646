import { addCommand, beginsWithCommand, clauses, condition, stripPoliteness } from "./clauses.ts";
import { readDateParts, takeDate } from "./dates.ts";
import { isHedged } from "./evidence.ts";
import type { Intent } from "./intents.ts";
import { readInlineList, readPastedList, type PastedList } from "./lists.ts";
import { withoutReason } from "./reasons.ts";
import { readAdd } from "./readers/add.ts";
import { readComplete } from "./readers/complete.ts";
import { readCorrection } from "./readers/corrections.ts";
import { readDelete } from "./readers/delete.ts";
import { readList, readShow } from "./readers/list.ts";
import { readTalk, readUnsupported } from "./readers/small-talk.ts";
import { withName } from "./readers/rewording.ts";
import { readUpdate } from "./readers/update.ts";
import { isWhen } from "./task-parts.ts";
import { beginsWithVerb } from "./task-verbs.ts";
import { correctTypos } from "./typos.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** What is said without a meaning for the list. */
const noWords =
  /,? if (?:at all )?possible\b|,? (?:by the way|btw|fyi)\b|(?<![\w'])(?:uh+|um+|uhm|erm?),?(?![\w']) ?|(?:and )?while (?:i'm|i am|we're|you're) (?:here|at it|on it),? |^(?:by the way|btw|fyi),? |^(?:someday|one day|sometime|eventually) when i'?(?:m| am) (?:less|not so|not) busy[:,] |\s*[:;]-?[)D]$|^(?:whenever|when|if) (?:i|we)(?:'ve| have| get| find)(?: got)?(?: some| the| a bit of)? time[:,] ?/gi;

/** Longest line to parse, in characters: matching takes superlinear time. */
const longestLine = 500;

/** Most short requests between commas. */
const mostParts = 6;

/** Parses a message into intents, in order. Pure: reads and changes no tasks. */
export function understand(message: string, clock: WallClock): readonly Intent[] {
  const lines = message
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "");
  if (lines.some(({ length }) => length > longestLine)) return [{ kind: "too-long" }];
  const single: string[] = [];
  const text = lines
    .join("\n")
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(noWords, "")
    .replace(
      /^(?:(?:it|this|that)(?:'s| is)? )?(?:((?:low|high|medium) prio(?:rity)?)|(?:(?:not|isn't) (?:that |so |very )?(?:urgent|important)|no (?:rush|hurry)))(?: at all)?,? but (?:at some point )?(?:i'd like to |i (?:really |still )?(?:should|must|have to|need to|ought to) )?/i,
      (_, level: string = "low priority") => `${level}: `,
    )
    .replaceAll(/(?<= )(?:(?:at |@ ?)(?=\d)|(?=\d{1,2}ish\b))(\d{1,2})(?:ish\b)?/gi, "at $1")
    .replace(
      / on(?:to)? there(?=[?.!]*$|,| (?:with|w\/|for|by|as|please|pls)(?: |$))/i,
      " on my list",
    )
    .replace(/(?<=, )(?:like|say) (?=\d{1,2}(?::\d\d)?(?: ?[ap]m)?$)/i, "at ")
    // "Make it a weekly thing, on Sundays" is one wish.
    .replace(/(?<=ly (?:thing|task|one)), (?=(?:due )?on )/i, " ")
    // "Put a note for Friday to call".
    .replace(
      /^(?:pls |please )?put (?:me )?a note (?=for .+? to\b|to (?!the\b|my\b))/i,
      "remind me ",
    )
    .replaceAll(/ ?(?:→|->|=>) ?/g, " → ")
    // 'Single quotes' become double ones; an apostrophe has a letter before it.
    .replaceAll(
      /(?<![\p{Letter}\p{Number}])'([^'\n]+(?:'(?=\p{Letter})[^'\n]+)*)'(?![\p{Letter}\p{Number}])/gu,
      (_, quoted: string) => {
        single.push(quoted);
        return `"${quoted}"`;
      },
    );
  return readText(text, clock).map((intent) => withQuotes(intent, single));
}

function readText(text: string, clock: WallClock): readonly Intent[] {
  const list = readPastedList(text);
  if (list !== undefined) return readListed(list, clock);
  const said = clauses(withoutTakenBack(moveCommand(correctTypos(text)), clock));
  const intents = joinWhen(told(said), clock).map((clause) => readClause(clause, clock));
  if (intents.some(takesBack)) return intents.filter(({ kind }) => kind !== "undo");
  // "That was wrong, undo" says it twice.
  if (intents.length > 1 && intents.every(({ kind }) => kind === "undo"))
    return intents.slice(0, 1);
  const parts = text.split(/,\s*(?:and\s+)?/i);
  // "Milk done, plants to Sunday, new one: defrost": short requests without verbs.
  if (
    parts.length > 1 &&
    parts.length <= mostParts &&
    intents.some(({ kind }) => kind === "unclear" || kind === "add")
  ) {
    const each = parts.flatMap((part) => clauses(part)).map((part) => readClause(part, clock));
    if (each.length === parts.length && each.every(isPlainRequest)) return each;
  }
  const isUnclear = intents.length === 1 && intents[0]?.kind === "unclear";
  const inline = isUnclear ? readInlineList(text) : undefined;
  return inline === undefined ? intents : readListed(inline, clock);
}

/** "I meant the plants", "the kitchen isn't clean": an undo beside it says the same again. */
function takesBack(intent: Intent): boolean {
  return intent.kind === "correct" || (intent.kind === "complete" && !intent.completed);
}

const interjections =
  /^(?:(?:ugh|ok|okay|fine|alright|well|hmm+|sigh|yo|hey|hi|hello|oh|ah|so|right|lol|haha|phew|yay|thank god|good (?:morning|afternoon|evening))(?:[\s,.!]+|$))+$/i;

/** "Ugh, ok. Add it" tells only the second. */
function told(said: readonly string[]): readonly string[] {
  const rest = said.filter((clause) => !interjections.test(clause));
  return rest.length > 0 ? rest : said;
}

/** "Tomorrow, put out the bins": when it is comes before what to do. */
function joinWhen(said: readonly string[], clock: WallClock): readonly string[] {
  const [when = "", what, ...others] = said;
  if (what === undefined || !isWhen(when, clock)) return said;
  const intent = readClause(what, clock);
  return intent.kind === "add" && intent.said === "bare" ? [`${when}, ${what}`, ...others] : said;
}

/** Read by itself, and not only for want of anything else. */
function isPlainRequest(intent: Intent): boolean {
  const isChange = /^(?:complete|update|delete|shift)$/.test(intent.kind);
  return isChange || (intent.kind === "add" && intent.said === "told");
}

/** The items of a list are tasks to add, unless one of them is a command for the list. */
function readListed(list: PastedList, clock: WallClock): readonly Intent[] {
  const heading = stripPoliteness(correctTypos(list.heading));
  const items = list.items.map(correctTypos);
  if (heading === "" && items.some((item) => beginsWithCommand(item)))
    return items.map((item) => readClause(item, clock));
  const lines = items.map((item) => `- ${item}`).join("\n");
  const headed = heading === "" ? undefined : readAdd(`${heading}:\n${lines}`, clock);
  const isRead = headed?.kind === "add" && headed.tasks.length === items.length;
  const intent = isRead ? headed : readAdd(`add these:\n${lines}`, clock);
  if (intent?.kind !== "add") return [];
  const notes = [
    ...(isRead || heading === "" ? [] : [`I left out the heading "${list.heading}".`]),
    ...(list.ticked.length === 0 ? [] : [`I left out what is ticked: ${list.ticked.join(", ")}.`]),
  ];
  return [{ ...intent, notes: [...(intent.notes ?? []), ...notes] }];
}

/** "My boss wants me to prepare the plan, could you add that". */
const dutyToAdd =
  /^[^"]*\b(?:(?:i|we) (?:really )?(?:gotta|got to|have to|need to|must|should)(?: really)?|(?:wants?|needs?|asked|told) (?:me|us) to) ([^"]+?),? (?:so (?:yeah )?)?(?:(?:can|could|would) you |please )*(?:add|note|put) (?:that|this|it)(?: down| to (?:my|the) list)?( (?:for|on) [^"?]{3,30})?[.!?]*$/i;

/** "Mom's birthday is on April 12, remind me every year". */
const toRemindOf =
  /^([^",.?]{3,60}?)(?: (?:is|are)|(?<!\b(?:it|that|there|what|when))'s) (?:due )?((?:on|at|by|next|this|today|tomorrow)\b[^",.?]{0,40}?),? (?:so |and )?(?:please )?remind me(?: (?:of|about) (?:it|that|this))?( (?:every|each|yearly|monthly|weekly|daily)\b[^",.?]{0,30})?[.!]*$/i;

/** "… - put that on my list please" is an "add" at the end. */
function moveCommand(text: string): string {
  const [, event, on = "", often = ""] = toRemindOf.exec(text) ?? [];
  if (event !== undefined) return `remind me of ${event} ${on}${often}`;
  const [, duty, when = ""] = dutyToAdd.exec(text) ?? [];
  if (duty !== undefined) return `add ${duty.replace(/[.!,]$/, "")}${when}`;
  const match =
    /^(.+?)(?:\s+[-–—]+\s*|[,.;]\s*)(?:and )?(?:please |can you |could you )*(?:add|put|note|write) (?:that|this|it)(?: down)?(?: (?:on|to|in|onto) (?:my|the)(?: to-?do)? ?list)?(?:,? please)?[.!]?$/is.exec(
      text,
    );
  const [, task = ""] = match ?? [];
  return task !== "" && !/^(?:add|the|deadline|is|are)\b/i.test(task) ? `add ${task}` : text;
}

/** Titles keep the quotes that were typed. */
function withQuotes(intent: Intent, single: readonly string[]): Intent {
  const typed = (title: string): string =>
    single.reduce((text, quoted) => text.replace(`"${quoted}"`, `'${quoted}'`), title);
  if (single.length === 0 || intent.kind !== "add") return intent;
  return { ...intent, tasks: intent.tasks.map((task) => ({ ...task, title: typed(task.title) })) };
}

/** A command without an object. */
const bareCommand =
  /^(?:(?:add|create|make|remind me|new)(?: (?:an? )?(?:new )?(?:task|todo|reminder))?|(?:delete|remove|rename|change|update|edit|move|reschedule|postpone|mark|set|prioriti[sz]e)(?: (?:an? |the )?(?:task|todo|#?\d+|it|one))?)[.:?!]*$/i;

/** "Remind me which one's overdue" asks, unlike "remind me what to buy". */
const askedAgain =
  /^remind me (?=(?:which|what)(?:'s| is| are| do| did| was| ones?(?:'s| is| are))\b)/i;

/** "Thursday... no hang on, Friday": the first date is taken back. */
function withoutTakenBack(text: string, clock: WallClock): string {
  const [, before = "", after = ""] =
    /^([^"]{2,200}?)[\s.,–-]+(?:(?:no|oh|sorry|actually|wait|hang on|hold on|i mean|scratch that|make that|rather)\b[\s,.–-]*)+([^"]+)$/i.exec(
      text,
    ) ?? [];
  if (addCommand.test(before) && beginsWithVerb(after)) return `add ${after}`;
  if (after === "" || readDateParts(after, clock) === undefined) return text;
  const dated = takeDate(before, clock);
  const [, short] = /^(.+) (?:for|on|by) \w{3,5}$/i.exec(before) ?? [];
  const rest = dated.due === undefined ? (short ?? before) : dated.rest;
  return rest === before && short === undefined ? text : `${rest} ${after}`;
}

/** Tries the readers in order, the more specific ones first. */
function readClause(clause: string, clock: WallClock): Intent {
  const talk = readTalk(clause) ?? readCorrection(clause, clock);
  if (talk) return talk;
  const polite = stripPoliteness(clause).replace(askedAgain, "");
  // "Can you make that tomorrow?" is no question.
  const isRequest = /^(?:please |and |so )*(?:can|could|would|will) (?:you|u)\b/i.test(clause);
  const text = isRequest ? polite.replace(/\?+$/, "") : polite;
  const change = isRequest ? readCorrection(text, clock) : undefined;
  if (change) return change;
  const calm = text.replace(/[.!]+$/, "");
  if (condition.test(text)) return { kind: "unclear", text };
  const core = withName(withoutReason(calm), clock);
  for (const read of [
    readTalk,
    readShow,
    readUnsupported,
    readUpdate,
    readComplete,
    readDelete,
    readList,
  ]) {
    const intent = read(core, clock);
    if (intent) return isHedged(calm, intent) ? { ...intent, doubt: "always" } : intent;
  }
  if (bareCommand.test(text)) return { kind: "incomplete" };
  return readAdd(text, clock) ?? { kind: "unclear", text };
}
