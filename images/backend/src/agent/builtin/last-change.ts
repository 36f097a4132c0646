import type { Task, TaskChange } from "../../tasks/schemas.ts";
import type { ToolCall } from "../../tools/tools.ts";
import type { PastMessage, TaskAction } from "../agent.ts";
import { hourWord } from "./date-words.ts";
import { readDateParts } from "./dates.ts";
import { takePriority } from "./attributes.ts";
import { isMisspelt } from "./matching.ts";
import { beginsWithVerb } from "./task-verbs.ts";
import { dueOnDay, sameDue, wallTimeOf } from "../../dates/due.ts";
import { repeatText } from "../../dates/repeat.ts";
import { takeRepeat } from "./repeats.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** The successful changes among tool calls. */
export function changesAmong(calls: readonly ToolCall[]): readonly ToolCall[] {
  return calls.filter(({ name, result }) => name !== "list_tasks" && !("error" in result));
}

/**
 * What a change did, to do it to another task; undefined for additions.
 *
 * @param was tasks as they were before: a time that was kept is not what was asked for.
 */
export function actionOf(
  { name, arguments: input, result }: ToolCall,
  was: readonly Task[],
  clock: WallClock,
): TaskAction | undefined {
  const { id, ...change } = input as { readonly id?: string } & TaskChange;
  if (id === undefined) return undefined;
  if (name === "update_task") {
    const before = was.find((task) => task.id === id);
    const [from, to] = [before, change].map((due) => due && wallTimeOf(due, clock));
    const isKept = to?.minutes !== undefined && from?.minutes === to.minutes;
    if (!isKept || from.day === to.day) return { tool: name, change };
    const { dueAt: _, ...others } = change;
    return { tool: name, change: { ...others, ...dueOnDay(to.day, undefined, clock) } };
  }
  if (name === "delete_task") return { tool: name };
  return "task" in result ? { tool: "complete_task", completed: result.task.completed } : undefined;
}

/**
 * The change that takes an update back. Known only if the conversation has the task as it was just
 * before, which its version tells.
 */
export function reverse(
  { arguments: input, result }: ToolCall,
  history: readonly PastMessage[],
): object | undefined {
  if (!("task" in result)) return undefined;
  const { id, version } = result.task;
  const before = history
    .flatMap(({ toolCalls, state }) => [
      ...(state?.asked === "nothing" ? state.was : []),
      ...toolCalls.flatMap(({ result }) =>
        "task" in result ? [result.task] : "tasks" in result ? result.tasks : [],
      ),
    ])
    .find((task) => task.id === id && task.version === version - 1);
  if (before === undefined) return undefined;
  const { id: _, dueOn, dueAt, ...others } = input as Partial<Task>;
  const fields = Object.keys(others) as (keyof Task)[];
  // A rule may have set the date.
  const hadDue = dueOn !== undefined || dueAt !== undefined || others.repeat !== undefined;
  return {
    id,
    ...Object.fromEntries(fields.map((field) => [field, before[field]])),
    ...(hadDue && sameDue(before)),
  };
}

/** The title of a task that was added with a wrong word: "no, the electrician". */
export function corrected(title: string, words: string, instead: string | undefined): string {
  const bare = (text: string): string => text.replace(/^(?:the|my|a|an) /i, "");
  if (instead !== undefined && title.toLowerCase().includes(bare(instead).toLowerCase())) {
    const start = title.toLowerCase().indexOf(bare(instead).toLowerCase());
    const end = start + bare(instead).length;
    return title.slice(0, start) + bare(words) + title.slice(end);
  }
  // "It's Paula", of "dinner with Paul".
  const misspelt = title.split(" ").find((word) => isMisspelt(word, words));
  if (misspelt !== undefined) return title.replace(misspelt, words);
  if (beginsWithVerb(words) || !beginsWithVerb(title)) return words;
  return `${/^\S+/.exec(title)?.[0] ?? ""} ${words}`;
}

const wholeHour = new RegExp(`^${hourWord}$`, "i");

/** The date or priority that a correction names; a part that it leaves out stays as it was set. */
export function correctedAttributes(
  words: string,
  { arguments: input, result }: ToolCall,
  clock: WallClock,
): TaskChange | undefined {
  const { rest, priority } = takePriority(words);
  if (priority !== undefined && rest === "") return { priority };
  const level = /^(?:high|medium|low)$/i.exec(words)?.[0].toLowerCase();
  if (level === "high" || level === "medium" || level === "low") return { priority: level };
  const often = takeRepeat(words);
  if (often?.rest === "") return { repeat: repeatText(often.repeat) };
  const was = "task" in result ? wallTimeOf(result.task, clock) : undefined;
  const hadTime = was?.minutes !== undefined;
  const half = /^([ap])\.?m\.?$/i.exec(words)?.[1]?.toLowerCase();
  if (half !== undefined && was?.minutes !== undefined)
    return dueOnDay(was.day, (was.minutes % 720) + (half === "p" ? 720 : 0), clock);
  // "No, 6" is the hour if the change set one, else the number of a task.
  const isHour = wholeHour.test(words) && hadTime && "dueAt" in (input as object);
  const parts = readDateParts(isHour ? `at ${words}` : words, clock);
  if (parts === undefined || was === undefined) return parts?.due;
  const { day, minutes: said } = parts;
  // "No, 7" after six in the evening is in the evening too.
  const other = said === undefined ? undefined : (said + 720) % 1440;
  const far = (time = 0): number => Math.abs(time - (was.minutes ?? time));
  const minutes = isHour && other !== undefined && far(other) < far(said) ? other : said;
  if (day === undefined && minutes !== undefined) return dueOnDay(was.day, minutes, clock);
  if (day !== undefined && minutes === undefined) return dueOnDay(day, was.minutes, clock);
  return parts.due;
}
