import type { Task } from "../../tasks/schemas.ts";
import { sameDue, type NewDue } from "../../dates/due.ts";
import { repeatedFrom, takeRepeat } from "./repeats.ts";
import { takeDate, type TakenDate } from "./dates.ts";
import type { NewTaskWords } from "./intents.ts";
import { timeSpan } from "./time-patterns.ts";
import { findUnreadDate } from "./unread-dates.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** Verbs that start tasks, to distinguish "buy milk and call mom" from "mac and cheese". */
const verbs = new Set(
  (
    "accept add answer apply approve arrange ask assemble attend back bake bathe begin book borrow bring brush build buy " +
    "call cancel change charge check choose clean collect compare complete confirm contact cook copy create cut " +
    "debug deliver deploy design discuss do donate download draft draw drink drive drop dust eat edit email empty exercise " +
    "feed file fill find finish fix fold follow get give go grab groom hand handle hang help hire host install invite iron join jog " +
    "learn leave listen look mail make measure meditate meet mend message mow move nap negotiate open order organise organize " +
    "pack paint park pay phone pick plan plant play polish pick post practice practise prepare present print proofread publish " +
    "purchase push put read rearrange remind ring record recycle refill register renew rent repair replace reply report request research " +
    "reserve respond return review run scan schedule sell send set sew shave ship shop shower sign sketch skype sort speak " +
    "start stop stretch study submit sweep swim sync take talk teach tell test text thank throw tidy train transfer " +
    "translate treat try tune turn upgrade upload vacuum validate verify visit wait wake walk wash watch water wipe work " +
    "wrap write zoom claim chase defrost descale dig fetch hoover load lock mop prune rake revise rinse shovel trim unload " +
    "unlock unpack unplug weed wish"
  ).split(" "),
);

/** Whether a phrase starts like a task. */
export function beginsWithVerb(text: string): boolean {
  return verbs.has(/^[a-z]+(?![\w':])/i.exec(text.trim())?.[0].toLowerCase() ?? "");
}

/** A phrase with the task attributes extracted. */
interface Attributes {
  readonly rest: string;
  readonly priority?: Task["priority"] | undefined;
  readonly description?: string;
}

/** New tasks, and a phrase of theirs that looks like a date but can't be read. */
export interface NewTasks {
  readonly tasks: readonly NewTaskWords[];
  readonly unread: string | undefined;
  readonly notes?: readonly string[];
}

/**
 * Parses one or more new tasks from the text after "add": titles, due dates, priorities, notes.
 *
 * @param plural whether the command was plural ("add tasks: milk and eggs").
 * @param lead due date from before the tasks, for those without their own.
 */
export function readNewTasks(
  text: string,
  clock: WallClock,
  {
    plural = false,
    lead,
  }: { readonly plural?: boolean; readonly lead?: TakenDate | undefined } = {},
): NewTasks {
  const shared = takePriority(takeDescription(text).rest).priority;
  const parts = split(text, plural);
  const isLines = text.trim().includes("\n");
  // "Lunch at 1 and tennis at 5 tomorrow": a time of its own keeps the day of the others.
  const days = parts.map((part) => takeDate(takeDescription(part).rest, clock).day);
  const dayFor = (index: number): number | undefined =>
    isLines
      ? lead?.day
      : (days.slice(0, index).findLast((day) => day !== undefined) ?? lead?.day ?? days.at(-1));
  const read = parts
    .map((part, index) => readTask(part, clock, dayFor(index)))
    .filter(({ task }) => task.title !== "");
  const dues = read.map(({ task }) => dueIn(task));
  const isOneDue = !isLines && dues.slice(0, -1).every((due) => due === undefined);
  const isShared = read.length > 1 && /^(?:all |both )?(?:with )?(?:high|low|urgent)/i.test(text);
  return {
    tasks: read.map(({ task }, index) => {
      // "buy milk and call mom tomorrow" means tomorrow for both, unless another has its own date.
      const due = dues[index] ?? lead?.due ?? (isOneDue ? dues.at(-1) : undefined);
      const priority = task.priority ?? (isShared ? shared : undefined);
      return { ...task, ...due, ...(priority && { priority }) };
    }),
    unread: read.map(({ unread }) => unread).find((phrase) => phrase !== undefined),
    notes: read.flatMap(({ end }) =>
      end === undefined ? [] : [`I keep when it begins, not "${end}".`],
    ),
  };
}

function dueIn(task: NewTaskWords | undefined): NewDue | undefined {
  if (task?.dueOn == null && task?.dueAt == null) return undefined;
  return sameDue(task);
}

function readTask(
  text: string,
  clock: WallClock,
  onDay: number | undefined,
): {
  readonly task: NewTaskWords;
  readonly unread: string | undefined;
  /** "To 4pm", which no task has. */
  readonly end: string | undefined;
} {
  const quoted = /^["“](.+?)["”](?=$|[\s,;.])\s*(.*)$/.exec(text.trim());
  const described = takeDescription(quoted ? (quoted[2] ?? "") : text);
  const prioritized = takePriority(described.rest);
  const repeated = takeRepeat(prioritized.rest);
  const dated = takeDate(repeated?.rest ?? prioritized.rest, clock, repeated ? undefined : onDay);
  const isWhole = quoted !== null && !/^\w/.test(cleanTitle(dated.rest));
  const title = cleanTitle(
    isWhole ? (quoted[1] ?? "") : quoted ? `"${quoted[1] ?? ""}" ${dated.rest}` : dated.rest,
  );
  const end = timeSpan.exec(prioritized.rest)?.[1] ?? "";
  return {
    task: {
      title,
      ...(described.description !== undefined && { description: described.description }),
      ...(prioritized.priority && { priority: prioritized.priority }),
      ...(repeated ? repeatedFrom(repeated, dated, clock) : dated.due),
    },
    end: title.includes(end) ? undefined : end,
    unread: isWhole ? undefined : (findUnreadDate(title) ?? (repeated && ending.exec(text)?.[0])),
  };
}

/** A repetition has no end. */
const ending =
  /\b(?:except|but not|until|till|through|for (?:the next )?\w+ (?:days|weeks|months|years))\b.*$/i;

/** Extracts "with note …", "description: …" from the end. */
export function takeDescription(text: string): Attributes {
  const match =
    /[,;.(-]?\s*\b(?:with (?:the |a )?|and )?(?:description|notes?|details?|comment)(?::| that says| saying| of)?\s+["“']?(.+?)["”']?\)?$/is.exec(
      text,
    );
  const [phrase, description] = match ?? [];
  if (phrase === undefined || description === undefined || match?.index === 0)
    return { rest: text };
  // "take notes in class" is a title; a note needs "with" or a colon.
  if (!/\bwith\b|:/.test(phrase.slice(0, phrase.length - description.length)))
    return { rest: text };
  return { rest: text.slice(0, match?.index).trim(), description: description.trim() };
}

const levels: Readonly<Record<string, Task["priority"]>> = {
  ...{ top: "high", highest: "high", high: "high", urgent: "high", important: "high", "1": "high" },
  ...{ medium: "medium", normal: "medium", "2": "medium" },
  ...{ low: "low", lowest: "low", "3": "low" },
};

const priorityPhrases: readonly (readonly [RegExp, Task["priority"] | undefined])[] = [
  [
    /[,;(-]?\s*\b(?:with |at |as |of |it's |it is |make it |and )*(?:a |an )?(top|highest|high|medium|normal|low|lowest)[- ]?(?:prio(?:rity)?)\b\)?:?/i,
    undefined,
  ],
  [
    /[,;(-]?\s*\b(?:with |and )?prio(?:rity)?(?: is| to|:|=| of)? ?(high|medium|normal|low|top)\b\)?/i,
    undefined,
  ],
  [/(?:^|\s)!(high|medium|low)\b/i, undefined],
  [/\s\((high|medium|low|urgent|important)\)/i, undefined],
  [/(?:^|[\s(])p([123])\b\)?/i, undefined],
  [
    /[,;(-]?\s*\b(?:no rush|not urgent|not important|whenever(?: i can| possible)?|someday)\b\)?/i,
    "low",
  ],
  [
    /^(?:(?:this|that|it)(?: is|'s) |an? )?(?:very |really |super )?(?:urgent|important|critical)(?:\s*[:!,-]+|(?=\s+(?:task|item|todo)\b))\s*/i,
    "high",
  ],
  [
    /[,;(-]?\s*\b(?:and )?(?:it'?s |it is |this is |that'?s )?(?:very |really |super )?(?:urgent(?:ly)?|asap|as soon as possible|important|critical|right away)\)?(?=\s*(?:$|[.!]|by\b|before\b|today|tomorrow))/i,
    "high",
  ],
  [/\s*!{2,}$/, "high"],
];

/** Extracts "high priority", "urgent", "asap", "p1", "no rush" and the like. */
export function takePriority(text: string): Attributes {
  for (const [pattern, fixed] of priorityPhrases) {
    const match = pattern.exec(text);
    if (!match) continue;
    const priority = fixed ?? levels[(match[1] ?? "").toLowerCase()];
    if (priority === undefined) continue;
    const rest = `${text.slice(0, match.index)} ${text.slice(match.index + match[0].length)}`;
    return { rest: rest.replaceAll(/\s+/g, " ").trim(), priority };
  }
  return { rest: text };
}

/** Separator of two tasks, or of two words of one. */
const joint =
  /\s*,\s*(?:and\s+|then\s+|also\s+)*(?:to\s+)?|\s+(?:and|&|plus)\s+(?:(?:then|also)\s+)*(?:(?:an?(?:other)?\s+)?task\s+)?(?:to\s+)?/gi;

/** Splits the text into tasks; quoted text stays whole. */
function split(text: string, plural: boolean): readonly string[] {
  const lines = text
    .split(/\n+|;\s+/)
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, "").trim())
    .filter((line) => line !== "");
  if (lines.length > 1) return lines.flatMap((line) => split(line, false));

  const quoted = text.split(/(?:\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+)(?="[^"]+")/);
  if (quoted.length > 1 || /"[^"]+"/.test(text)) return quoted;
  const numbered = text.split(/(?:^|\s)\(?\d[.)]\s+/).filter((part) => part.trim() !== "");
  if (numbered.length > 1) return numbered.map((part) => part.replace(/[,;]?(?:\s+and)?\s*$/, ""));

  const described = takeDescription(text);
  if (described.description !== undefined) return [text];
  const parts = text.split(joint);
  const joints = text.match(joint) ?? [];
  const isList = plural || (joints.length > 1 && !beginsWithVerb(parts[0] ?? ""));
  // "Monday dentist, Tuesday physio".
  const day = /^(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day (?!at\b)\w/i;
  const isByDay = day.test(parts[0] ?? "");
  const tasks: string[] = [];
  for (const [index, part] of parts.entries()) {
    const joint = joints[index - 1];
    if (
      joint === undefined ||
      beginsWithVerb(part) ||
      (isList && !isAttribute(part)) ||
      (isByDay && day.test(part))
    )
      tasks.push(part);
    else tasks.push(`${tasks.pop() ?? ""}${joint}${part}`);
  }
  return tasks.filter((part) => part.trim() !== "");
}

/** Dates and priorities after a comma belong to the task before it. */
function isAttribute(part: string): boolean {
  return /^(?:due|by|on|before|at|high|low|medium|urgent|asap|important|today|tomorrow|tonight|next|priority|no rush|p[123]|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)(?!\w)/i.test(
    part,
  );
}

/** Removes words that are not part of the title: "to my list", "as a task", "please". */
function cleanTitle(text: string): string {
  let title = text.trim();
  for (let before = ""; before !== title;) {
    before = title;
    title = title
      .replace(
        /[\s,]+(?:please|pls|thanks|thank you|for me|too|as well|ok|okay|instead)[.!]*$/i,
        "",
      )
      .replace(
        /\s+(?:to|on|in|into|onto)(?: my| the| our)?(?: to-?do| task| todo| shopping| grocery)*[ -]?(?:list|tasks|todos|to-dos)$/i,
        "",
      )
      .replace(/\s+as an?(?: new)?(?: high| low)? ?(?:task|todo|to-do|item|reminder)$/i, "")
      .replace(/^(?:and|then|also|that|to|:)\s+/i, "")
      .replace(/^["“'‘](.+)["”'’]$/, "$1")
      .replace(/[\s,;:.!?(-]+$/, "")
      .replace(/^[\s,;:.!?-]+/, "")
      .trim();
  }
  return title;
}
