import type { Task, TaskChange } from "../../tasks/schemas.ts";
import type { Intent, NewTaskWords } from "./intents.ts";
import { matchTasks, mentions } from "./matching.ts";
import { beginsWithVerb } from "./new-tasks.ts";
import { isForeign } from "./not-english.ts";
import { onlyEnglish } from "./replies.ts";

/** Verbs that change tasks as well as begin them. */
const maybeCommand =
  /^(?:do|give|take|set|put|move|change|push|pull|bring|drop|turn|mark|make|keep|let|leave|hold|hand|start|stop|skip|swap|switch|split|merge|copy|get|edit|replace|cut|return|fix|update|complete|finish|cancel)\b/i;
/** What can hardly be a task. */
const onlyCommand =
  /^(?:(?:give|let|get|tell|show) me\b|(?:set|change|move|update) .*\b(?:due|deadline|priority|date)\b|take .*\b(?:date|deadline)\b|(?:change|reset|update|turn|switch|set|enable|disable) .*\b(?:password|language|theme|(?:dark|light) mode|notifications?|time ?zone|settings)$|(?:put|move|bring|set|push|make|change|do|turn|let|keep) (?:it|that|them|this)\b|\w+ (?:it|that|them|this)$)/i;

/** "Make the walk weekly" changes a task of that name, where there is one. */
export function changeInstead(
  { tasks, bare }: Extract<Intent, { kind: "add" }>,
  known: readonly Task[],
): { readonly task: Task; readonly change: TaskChange } | undefined {
  const [first, second] = tasks;
  const [, name = ""] =
    /^(?:make|set|change|do|have) (.+?)(?: to)?$/i.exec(first?.title ?? "") ?? [];
  if (!bare || first?.repeat == null || second !== undefined || name === "") return undefined;
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
  /(?:^|\s)(?:for|at|by|from|of|the|an?|and|or|until|till|before|after|about|than|is|are|my|your|every|each)$|^(?:on|at|by|except|until|and|or|but|of|than|due|is|are|every|each|st|nd|rd|th|self|sure)(?!\w)|\(\s*\)|\s\)|(?:^|\s)[.,;:](?=\w)/i;

const noTitle = /^(?:that|it|this|them)(?:[:,]|$)/i;

function isMangled({ title, ...others }: NewTaskWords): boolean {
  return (
    noTitle.test(title) ||
    !/\p{Letter}{2}|\p{Extended_Pictographic}/u.test(title) ||
    (Object.keys(others).length > 0 && mangled.test(title))
  );
}

/** The question to ask before adding tasks, if it is doubtful that they are meant like that. */
export function doubtAbout(
  { tasks, unread, bare }: Extract<Intent, { kind: "add" }>,
  known: readonly Task[],
): string | undefined {
  const names = tasks.map(({ title }) => `"${title}"`).join(" and ");
  if (unread !== undefined)
    return `I can't read "${unread}" as a date. Shall I add ${names} as it stands?`;
  if (tasks.some(isMangled)) return `I'm not sure that I read that right. Shall I add ${names}?`;
  const title = tasks[0]?.title ?? "";
  const isOnlyTitle = tasks.length === 1 && Object.keys(tasks[0] ?? {}).length === 1;
  const same = isOnlyTitle ? openTaskNamed(title, known) : undefined;
  if (same !== undefined)
    return `There is "${same.title}" already. Shall I add ${names} as another task?`;
  if (!bare) return undefined;
  if (isForeign(title)) return `${onlyEnglish} Shall I add ${names} as a task, word for word?`;
  const isAboutKnown =
    (maybeCommand.test(title) || !beginsWithVerb(title) || !/\s/.test(title)) &&
    known.some((task) => mentions(title, task));
  const isPlain = /\s/.test(title) || tasks.some((task) => task.dueOn ?? task.dueAt ?? task.repeat);
  if (!isAboutKnown && !onlyCommand.test(title) && isPlain) return undefined;
  return `I didn't understand what to do there. Shall I add ${names} as a new task?`;
}
