import type { Task, TaskChange } from "../../tasks/schemas.ts";
import type { WallClock } from "../../dates/wall-clock.ts";
import { describeDate } from "./dates.ts";
import type { Intent, NewTaskWords } from "./intents.ts";
import { isPartOf, matchTasks, sharesWord } from "./matching.ts";
import { isForeign } from "./not-english.ts";
import { onlyEnglish } from "./replies.ts";
import { hideQuotes } from "./taking-out.ts";
import { isSentence } from "./sentences.ts";
import { beginsWithVerb } from "./task-verbs.ts";

type Addition = Extract<Intent, { kind: "add" }>;

/** Verbs that change tasks as well as begin them. */
const maybeCommand =
  /^(?:do|give|take|set|put|move|change|push|pull|bring|drop|turn|mark|make|keep|let|leave|hold|hand|start|stop|skip|swap|switch|split|merge|copy|get|edit|replace|cut|return|fix|update|complete|finish|cancel|check)\b/i;
/** What is said to the agent, or about the list: it can hardly be a task. */
const onlyCommand =
  /^(?:(?!wake|pick)\w+ me\b|(?:set|change|move|update) .*\b(?:due|deadline|priority|date)\b|take .*\b(?:date|deadline)\b|(?:change|reset|update|turn|switch|set|enable|disable) .*\b(?:password|language|theme|(?:dark|light) mode|notifications?|time ?zone|settings|volume|alarm|timer)\b|(?:put|move|bring|set|push|make|change|do|turn|let|keep) (?:it|that|them|this)\b|do (?:what|nothing|so|your|as)\b|\w+(?: \w+)? (?:it|that|them|this)$|stop \w+ing\b|\w+ (?:it|them)\b|\w+ #?\d{1,2}$|(?:move|push|shift|bump|bring) (?:the|my) .* (?:to|by|until|till|forward|back) (?:at )?\d{1,2}(?::\d\d)?$|(?:plan|organi[sz]e|prioriti[sz]e|review|check|clear|start) (?:my |the )?(?:day|week|month|schedule|agenda|calendar)\b)|\b(?:everything|tasks|to-?dos|(?:my|the|this|your) (?:to-?do )?list)\b/i;
/** After "I need to", "I have to": of the mind, not something to do. */
const noDeed =
  /^(?:have \w+|be|say|admit|confess|know|see|think|feel|understand|believe|wonder|mention|sleep|rest|relax|(?:an? |some |more |your )*(?:break|help|hand|minute|moment|rest|nap|sleep|time|list|summary|overview|advice|ideas?)(?= (?:with|for|of|from|on)\b|$))\b/i;
const isPronoun = /(?:^|\s)(?:it|that|this|them|those|these)$/i;
/** "The salt, no wait, the pepper". */
const isTakenBack =
  /\b(?:no wait|wait no|no sorry|scratch that|i mean|or rather|correction|actually no)\b/i;
const isQuestion = /^(?:what|which|who|whose|why|where|when|how)\b/i;
/** "Buy milk if the shop is open tomorrow": whose date it is, is not clear. */
const isConditional =
  /(?<!\b(?:check|see|ask|know|out|decide|confirm|verify)(?: [\w']+)?) (?:if|unless|once|in case|depending on)\b/i;

/** "Make the walk weekly" changes a task of that name, where there is one. */
export function changeInstead(
  { tasks, said }: Addition,
  known: readonly Task[],
): { readonly task: Task; readonly change: TaskChange } | undefined {
  const [first, second] = tasks;
  const [, name = ""] =
    /^(?:make|set|change|do|have) (.+?)(?: to)?$/i.exec(first?.title ?? "") ?? [];
  if (said !== "bare" || first?.repeat == null || second !== undefined || name === "")
    return undefined;
  const { title: _, ...change } = first;
  const task = openTaskNamed(name, known);
  return task && { task, change };
}

function openTaskNamed(name: string, known: readonly Task[]): Task | undefined {
  const open = known.filter(({ completed }) => !completed);
  const { by, tasks } = matchTasks(name, open);
  return by === "title" && tasks.length === 1 ? tasks[0] : undefined;
}

/** Titles that lack something, or have a rest of something: taking out the date went wrong. */
const mangled =
  /(?:^|\s)(?:for|at|by|from|of|the|an?|and|or|until|till|before|after|about|than|but|is|are|my|your|every|each|due)$|, \d{1,2}$|^(?:on|at|by|except|until|and|or|but|of|than|due|is|are|every|each|st|nd|rd|th|self|sure)(?!\w)|\(\s*\)|\s\)|(?:^|\s)[.,;:](?=\w)|,? (?:but )?not (?:\S+|on \S+)$/i;

/** What can follow a reference to a task, unlike the noun that "2 tickets" needs. */
const more =
  "(?:on|off|in|out|up|down|back|for|a|again|and|until|till|by|before|after|at|to|with|without|unless|if|as|not|now|later|instead)\\b";
const noTitle = new RegExp(
  `^(?:(?:that|this)(?:[:,]| (?:down|up|in|on|out|off|back)$|$)|(?:it|them|everything)\\b|#?\\d{1,2} ${more}|(?:(?:an|the )?other(?: one)?|one|later|again|soon|(?:the )?same|something|anything|nothing|all|both)$)`,
  "i",
);
/** "Leave 2 for now", unlike "order 2 tickets". */
const ofNumber = new RegExp(`^\\w+ #?\\d{1,2} ${more}`, "i");
/** "The milk for now": a task of the list, and what to do with it. */
const isThe = new RegExp(`^(?:the|my) [\\w'-]+(?: [\\w'-]+)? ${more}`, "i");

/** "Water the plants - do that daily", "rent and tax, both sorted": of something said before. */
const ofOthers =
  /[-–,;:] (?:do|make|let|have|set|move|push|postpone|mark|change) (?:that|it|this)\b|, (?:both|all|same|neither)\b|^(?:the )?\d{1,2}(?:st|nd|rd|th)$|^(?:hang on|hold on|asap|oops|wait)$/i;
/** "Send it again", with nothing before it that "it" can be. */
const ofNothing =
  /^[\w-]+ (?:(?:it|them)\b|(?:this|that) (?:with|to|for|on|in|into|from|by|again|back|until|before)\b)/i;
/** What is in quotes is a whole title, and the rest was not read. */
const quoteWithRest =
  /^["'][^"']+ [^"']+["'] (?:for|by|on|in|at|from|until)\b|^\w+ #?\d{1,2} ["']/i;

function isMangled({ title, ...others }: NewTaskWords): boolean {
  return (
    noTitle.test(title) ||
    ofOthers.test(hideQuotes(title)) ||
    quoteWithRest.test(title) ||
    isTakenBack.test(title) ||
    /^(?:do|make|set|put|take|get|let|move)$/i.test(title) ||
    /^(?:(?:an?|one|two|\d+|half an|the) (?:minute|hour|day|week|evening|night)s? before|on|by|except|until|and|or|but|of|than|is|are) /i.test(
      title,
    ) ||
    !/\p{Letter}{2}|\p{Extended_Pictographic}/u.test(title) ||
    (Object.keys(others).length > 0 && (mangled.test(title) || isConditional.test(title)))
  );
}

/**
 * The question to ask before adding tasks, if it is doubtful that they are meant like that.
 *
 * @param isFirst whether nothing was done before in the same message.
 */
export function doubtAbout(
  addition: Addition,
  known: readonly Task[],
  clock: WallClock,
  isFirst: boolean,
): string | undefined {
  const { tasks, unread, stray, said } = addition;
  const names = tasks.map((task) => nameWithDate(task, clock)).join(" and ");
  if (unread !== undefined)
    return `I can't read "${unread}" as a date. Shall I add ${names} as it stands?`;
  const isAlone = isFirst && tasks.length === 1;
  if (tasks.some(isMangled) || (isAlone && tasks.some(({ title }) => ofNothing.test(title))))
    return `I'm not sure that I read that right. Shall I add ${names}?`;
  if (stray !== undefined)
    return `I'm not sure what "${stray}" says about the task. Shall I add ${names} as it stands?`;
  const same = alreadyThere(addition, known);
  if (same !== undefined)
    return `There is "${same.title}" already. Shall I add ${names} as another task?`;
  const [{ title } = { title: "" }] = tasks;
  if (said === "bare" && isForeign(title))
    return `${onlyEnglish} Shall I add ${names} as a task, word for word?`;
  const isOdd =
    said === "bare"
      ? isNoTask(title, known) || (!/\s/.test(title) && !tasks.some(isDated))
      : tasks.some((task) => isNoWish(task.title, said));
  if (!isOdd) return undefined;
  return `I didn't understand what to do there. Shall I add ${names} as a new task?`;
}

function nameWithDate({ title, ...due }: NewTaskWords, clock: WallClock): string {
  const date = describeDate(due, clock);
  return date === "" ? `"${title}"` : `"${title}" (due ${date})`;
}

function isDated({ dueOn, dueAt, repeat }: NewTaskWords): boolean {
  return (dueOn ?? dueAt ?? repeat) != null;
}

/** The task that a new one would be a second of. */
function alreadyThere({ tasks, said }: Addition, known: readonly Task[]): Task | undefined {
  const [first, second] = tasks;
  if (first === undefined || second !== undefined) return undefined;
  const isOnlyTitle = Object.keys(first).length === 1;
  const namesTask = (text: string) => known.find((task) => !task.completed && isPartOf(text, task));
  // "Add Friday to the report", "don't forget the milk".
  const [, the, object = the] =
    /^((?:the|my) [\w' ]+)$| to (?:the |my )?([\w' ]+)$/i.exec(first.title) ?? [];
  const target =
    object === undefined || beginsWithVerb(first.title) ? undefined : namesTask(object);
  if (target !== undefined) return target;
  if (isThe.test(first.title)) {
    const named = known.find((task) => !task.completed && sharesWord(first.title, objectOf(task)));
    if (named) return named;
  }
  // "Need milk on Friday".
  const isThing = said === "wished" && !beginsWithVerb(first.title);
  const other = isThing ? namesTask(first.title) : undefined;
  if (other !== undefined) return other;
  if (isOnlyTitle || said === "wished") return openTaskNamed(first.title, known);
  if (said !== "bare" || first.repeat != null) return undefined;
  // "Buy milk after work, today" may be about the task of that name.
  const [, bare = ""] =
    /^(.+?),? (?:after|before|during|when|then|first)\b/i.exec(first.title) ?? [];
  if (bare !== "") return openTaskNamed(bare, known);
  // "Pay the rent on Friday" may be about the task of that name.
  return namesTask(first.title);
}

/** Whether words without "add" or the like may be something else than a task. */
function isNoTask(title: string, known: readonly Task[]): boolean {
  const isKnown = known.some((task) => sharesWord(title, objectOf(task)));
  // "Rent to high": what looks like a verb is what a task is about.
  const [, first = ""] =
    /^(\w+) (?:to|without|by|at|on|for|from|until|in|not|no|high|low|medium|urgent|important|done|paid|now|later)\b/i.exec(
      title,
    ) ?? [];
  if (first !== "" && known.some((task) => sharesWord(first, objectOf(task)))) return true;
  const isCommand =
    maybeCommand.test(title) || !/\s/.test(title) || /^(?:\w+ing|the|my)\b/i.test(title);
  return (
    (isKnown && isCommand) || ofNumber.test(title) || onlyCommand.test(title) || isSentence(title)
  );
}

/** Whether a text has all the words of what a task is about. */
export function namesObject(text: string, task: Task): boolean {
  return isPartOf(objectOf(task), { ...task, title: text });
}

/** "The report" of "write the report". */
function objectOf({ title }: Task): string {
  return beginsWithVerb(title) ? title.replace(/^\S+ ?/, "") : title;
}

/** Whether what is wished, or noted, is nothing to do. */
function isNoWish(title: string, said: Addition["said"]): boolean {
  if (isQuestion.test(title)) return true;
  if (said === "told") return false;
  return isSentence(title) || (said === "wished" && (noDeed.test(title) || isPronoun.test(title)));
}

/** Words that begin no title, where a command was read wrongly. */
const noName =
  /^(?:of|now|by|hand|on|off|again|with|without|before|after|until|not)\b|^(?:it|that|this|them)$/i;

/** Whether a new title may be meant otherwise: "swap the milk with the plants". */
export function isOddName(title: string, known: readonly Task[]): boolean {
  return (
    noName.test(title) ||
    !/\p{Letter}{2}/u.test(title) ||
    known.some((task) => isPartOf(title, task))
  );
}
