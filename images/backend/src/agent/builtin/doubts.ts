import type { Task, TaskChange } from "../../tasks/schemas.ts";
import type { Intent } from "./intents.ts";
import { matchTasks, mentions } from "./matching.ts";
import { beginsWithVerb } from "./new-tasks.ts";
import { isForeign } from "./not-english.ts";
import { onlyEnglish } from "./replies.ts";

/** Verbs that change tasks as well as begin them. */
const maybeCommand =
  /^(?:give|take|set|put|move|change|push|pull|bring|drop|turn|mark|make|keep|let|leave|hold|hand|start|stop|skip|swap|switch|split|merge|copy|get|edit|replace|cut|return|fix|update|complete|finish|cancel)\b/i;
/** What can hardly be a task. */
const onlyCommand =
  /^(?:(?:give|let|get|tell|show) me\b|(?:set|change|move|update) .*\b(?:due|deadline|priority|date)\b|take .*\b(?:date|deadline)\b|(?:change|reset|update|turn|switch|set|enable|disable) .*\b(?:password|language|theme|(?:dark|light) mode|notifications?|time ?zone|settings)$|(?:put|move|bring|set|push) (?:it|that|them|this)\b)/i;

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
  const named = matchTasks(
    name,
    known.filter(({ completed }) => !completed),
  );
  const [task] = named.tasks;
  return task && named.by === "title" && named.tasks.length === 1 ? { task, change } : undefined;
}

/** The question to ask before adding tasks, if it is doubtful that they are meant like that. */
export function doubtAbout(
  { tasks, unread, bare }: Extract<Intent, { kind: "add" }>,
  known: readonly Task[],
): string | undefined {
  const names = tasks.map(({ title }) => `"${title}"`).join(" and ");
  if (unread !== undefined)
    return `I can't read "${unread}" as a date. Shall I add ${names} as it stands?`;
  const title = tasks[0]?.title ?? "";
  if (!bare) return undefined;
  if (isForeign(title)) return `${onlyEnglish} Shall I add ${names} as a task, word for word?`;
  const isAboutKnown =
    (maybeCommand.test(title) || !beginsWithVerb(title)) &&
    known.some((task) => mentions(title, task));
  const isPlain = /\s/.test(title) || tasks.some((task) => task.dueOn ?? task.dueAt ?? task.repeat);
  if (!isAboutKnown && !onlyCommand.test(title) && isPlain) return undefined;
  return `I didn't understand what to do there. Shall I add ${names} as a new task?`;
}
