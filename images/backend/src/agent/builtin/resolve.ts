import type { TaskQuery } from "../../tasks/list.ts";
import type { Task } from "../../tasks/schemas.ts";
import { passes, type Toolbox, type ToolCall } from "../../tools/tools.ts";
import type { WallClock } from "../../dates/wall-clock.ts";
import { isDoneBy } from "./deeds.ts";
import type { Reference } from "./intents.ts";
import { matchTasks } from "./matching.ts";
import { wordsOf } from "./references.ts";

/** The result of resolving a reference. */
export type Resolved =
  | { readonly found: readonly Task[] }
  /** Ambiguous; `sure` is false if none of them fits well. */
  | { readonly choices: readonly Task[]; readonly sure: boolean }
  | { readonly missing: string };

/** The context to resolve a reference in. */
export interface Scope {
  /** All current tasks in list order. */
  readonly tasks: readonly Task[];
  /** Ids in the order last shown to the user, for numbers. */
  readonly shown: readonly string[];
  /** The tasks mentioned most recently. */
  readonly recent: readonly string[];
  /** Whether the action makes sense for a task, e.g. completing a pending one. */
  readonly fits: (task: Task) => boolean;
  /** For filters by date. */
  readonly clock: WallClock;
}

/**
 * The tasks that a reference can mean: all, or of a list that is too long to read what is
 * mentioned, newest, or matches the reference. `isCut` if more tasks match.
 *
 * @param mentioned ids of tasks in the conversation.
 */
export async function candidates(
  tools: Toolbox,
  reference: Reference,
  mentioned: readonly string[],
): Promise<{ readonly tasks: readonly Task[]; readonly isCut: boolean }> {
  const first = await tools.list({ status: "all" });
  if (first.next === undefined) return { tasks: first.tasks, isCut: false };
  const pages = await Promise.all([
    ...searchesFor(reference).map((query) => tools.list(query)),
    tools.list({ status: "all", sort: "created", limit: 1 }),
  ]);
  const found = [...pages.flatMap(({ tasks }) => tasks), ...(await tools.byIds(mentioned))];
  const known = new Map([...found, ...first.tasks].map((task) => [task.id, task]));
  return {
    tasks: [...known.values()],
    isCut: reference.kind === "all" && pages[0].next !== undefined,
  };
}

/** Most words of a reference to search for, one by one, and most tasks with each. */
const longestSearch = { words: 5, tasks: 50 };

function searchesFor(reference: Reference): readonly TaskQuery[] {
  switch (reference.kind) {
    case "words":
      return [reference.words, reference.or ?? ""]
        .flatMap((words) => words.split(/[^\p{Letter}\p{Number}]+/u))
        .filter((word) => word.length > 2)
        .slice(0, longestSearch.words)
        .map((q) => ({ status: "all", q, limit: longestSearch.tasks }));
    case "all": {
      const { search: q, label: _, ...filter } = reference.filter;
      return [{ ...filter, q }, ...(reference.except ? searchesFor(reference.except) : [])];
    }
    default:
      return [];
  }
}

/** Resolves a reference to tasks; never guesses between several. */
export function resolve(reference: Reference, scope: Scope): Resolved {
  const { tasks, shown, recent, fits } = scope;
  if (tasks.length === 0) return { missing: "Your list is empty." };
  const byId = (id: string): Task | undefined => tasks.find((task) => task.id === id);

  switch (reference.kind) {
    case "numbers": {
      const found: Task[] = [];
      for (const number of reference.numbers) {
        // "The last one is done" is about the last that was not.
        const isFitting = (id: string) => tasks.some((task) => task.id === id && fits(task));
        const fromEnd = number < 0 ? shown.filter(isFitting) : [];
        const id = number > 0 ? shown[number - 1] : (fromEnd.at(number) ?? shown.at(number));
        const task = id === undefined ? undefined : byId(id);
        if (!task) return { missing: outOfList(number, shown.length, id !== undefined) };
        found.push(task);
      }
      return { found };
    }

    case "all": {
      const { status, ...filter } = reference.filter;
      const found = tasks.filter(
        (task) =>
          passes(task, filter, scope.clock) &&
          (status === "all" || task.completed === (status === "completed")),
      );
      if (reference.except !== undefined) return spare(reference.except, found.filter(fits), scope);
      // "Mark everything done" skips completed tasks; "delete everything" doesn't.
      const fitting = found.filter(fits);
      return fitting.length > 0 ? { found: fitting } : { missing: "There are no such tasks." };
    }

    case "previous": {
      const found = recent.map(byId).filter((task) => task !== undefined);
      if (found.length === 0) return { missing: unsure };
      const isCount = reference.count === undefined || reference.count === found.length;
      return found.length === 1 || (reference.many && isCount)
        ? { found }
        : { choices: found, sure: true };
    }

    case "newest": {
      const newest = [...tasks].sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
      return { found: newest ? [newest] : [] };
    }

    case "words": {
      // "It to Bob" names no task.
      if (/^(?:it|them) /i.test(reference.words)) return { missing: unsure };
      const named = byWords(reference, tasks, fits);
      return reference.except && "found" in named
        ? spare(reference.except, named.found, scope)
        : named;
    }
  }
}

const unsure = "I'm not sure which task you mean; tell me its name or number.";

/** All but the exception; unsure what to spare, asking is the only safe way. */
function spare(exception: Reference, found: readonly Task[], scope: Scope): Resolved {
  const kept = resolve(exception, { ...scope, fits: () => true });
  if (!("found" in kept)) return "missing" in kept ? kept : { missing: whichToSpare(kept) };
  return { found: found.filter((task) => !kept.found.includes(task)) };
}

function byWords(
  { words, many, or, verb }: Extract<Reference, { kind: "words" }>,
  tasks: readonly Task[],
  fits: Scope["fits"],
): Resolved {
  const whole = lookUp(words, many, tasks, fits);
  if ("found" in whole || ("choices" in whole && whole.sure)) return whole;
  if (or !== undefined) {
    const other = lookUp(or, many, tasks, fits);
    const isDone = (task: Task) => verb === undefined || isDoneBy(verb, task.title);
    if ("found" in other && !other.found.every(isDone))
      return { choices: other.found, sure: false };
    if (!("choices" in other) || other.sure) return other;
  }
  // "Milk and eggs" can be one task or two, and there is no such single task.
  const parts = words.split(/\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*/i).filter((part) => part !== "");
  if (parts.length < 2) return whole;
  const each = parts.map((part) => {
    const own = wordsOf(part.replace(/^(?:the|my) /i, ""));
    return lookUp(own.words, many || own.many, tasks, fits);
  });
  const unsure = each.find((result) => !("found" in result));
  if (unsure)
    return "choices" in unsure || each.some((result) => "found" in result) ? unsure : whole;
  const found = each.flatMap((result) => ("found" in result ? result.found : []));
  return { found: [...new Set(found)] };
}

function lookUp(
  phrase: string,
  many: boolean,
  tasks: readonly Task[],
  fits: Scope["fits"],
): Resolved {
  const match = matchTasks(phrase, tasks);
  const fitting = match.tasks.filter(fits);
  const candidates = fitting.length > 0 ? fitting : match.tasks;
  if (match.by === "similar" && candidates.length > 0) return { choices: candidates, sure: false };
  if (candidates.length === 0)
    return { missing: `I found no task like "${phrase}"; say "list" to see all.` };
  return candidates.length === 1 || many
    ? { found: candidates }
    : { choices: candidates, sure: true };
}

function whichToSpare({ choices }: Extract<Resolved, { choices: readonly Task[] }>): string {
  const names = choices.map(({ title }) => `"${title}"`).join(" or ");
  return `I'm not sure which one to leave out: ${names}? Say it again with its full name.`;
}

function outOfList(number: number, length: number, gone: boolean): string {
  if (gone) return `Number ${number} of that list no longer exists.`;
  return `There is no number ${Math.abs(number)}; the list has ${length === 1 ? "one task" : `${length} tasks`}.`;
}

/** The tasks of tool calls, in order and without duplicates. */
export function tasksOf(calls: readonly ToolCall[]): readonly string[] {
  return [
    ...new Set(
      calls.flatMap(({ result }) => {
        if ("task" in result) return [result.task.id];
        return "tasks" in result ? result.tasks.map(({ id }) => id) : [];
      }),
    ),
  ];
}
