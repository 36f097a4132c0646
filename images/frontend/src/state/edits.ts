/** Edits of tasks that may have been changed elsewhere meanwhile. */
import { ApiError } from "../api/client.ts";
import type { Task, TaskFields, TaskPatch } from "../api/types.ts";
import { describeRepeat } from "../lib/repeat.ts";
import { describeDue, type Due, sameDue } from "../lib/dates.ts";
import { dateLocale } from "../lib/preferences.ts";

const simple = ["title", "description", "priority", "repeat"] as const;
type Editable = (typeof simple)[number] | "due";

/** The fields of a task as a form has them. */
export function fieldsOf(task: Task): TaskFields {
  const { title, description, priority, repeat = null } = task;
  return { title, description, priority, repeat, ...sameDue(task) };
}

/** The fields that differ from the task that was opened; only these are sent. */
export function changesOf(opened: TaskFields, fields: TaskFields): TaskPatch {
  const changed = simple.filter((name) => fields[name] !== opened[name]);
  return {
    ...Object.fromEntries(changed.map((name) => [name, fields[name]])),
    ...(dueText(fields) !== dueText(opened) && sameDue(fields)),
  };
}

/** The fields of a change as the task has them, to undo it. */
export function before(task: Task, patch: TaskPatch): TaskPatch {
  const fields = fieldsOf(task);
  const changed = simple.filter((name) => patch[name] !== undefined);
  return {
    ...Object.fromEntries(changed.map((name) => [name, fields[name]])),
    // A rule may have set the date.
    ...((hasDue(patch) || patch.repeat !== undefined) && sameDue(fields)),
  };
}

function hasDue(patch: TaskPatch): boolean {
  return patch.dueOn !== undefined || patch.dueAt !== undefined;
}

function dueText({ dueOn = null, dueAt = null }: Partial<Due>): string | null {
  return dueOn ?? dueAt;
}

/** A field was changed both here and elsewhere, or the task was deleted elsewhere. */
export class EditConflict extends Error {
  override readonly name = "EditConflict";
  /** The task as it is now; undefined if it was deleted. */
  readonly current: Task | undefined;

  constructor(current: Task | undefined, message: string) {
    super(message);
    this.current = current;
  }
}

/**
 * The version to base a refused change on, if it fits together with what was changed elsewhere.
 *
 * @param seen the task that the change was based on.
 * @throws EditConflict if it doesn't fit; `error` if that is not about versions.
 */
export function versionToRetry(seen: Task, patch: TaskPatch, error: unknown): number {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 404) {
    throw new EditConflict(undefined, "This task was deleted elsewhere meanwhile.");
  }
  if (error.current === undefined) throw error;
  const conflict = conflictOf(seen, patch, error.current);
  if (conflict !== undefined) throw conflict;
  return error.current.version;
}

/**
 * The conflict of a change with what was changed elsewhere; undefined if both fit together.
 *
 * @param seen the task that the change is based on.
 * @param current the task as it is now.
 */
export function conflictOf(
  seen: Task,
  patch: TaskPatch,
  current: Task,
  locale = dateLocale(),
): EditConflict | undefined {
  const fields: Editable[] = simple.filter(
    (name) =>
      patch[name] !== undefined && current[name] !== seen[name] && current[name] !== patch[name],
  );
  const [wanted, now, then] = [patch, current, seen].map(dueText);
  if (hasDue(patch) && now !== then && now !== wanted) fields.push("due");
  if (fields.length === 0) return undefined;
  const news = fields.map((name) => describe(name, current, locale));
  return new EditConflict(current, `Changed elsewhere meanwhile: ${news.join(", ")}.`);
}

function describe(name: Editable, task: Task, locale: string): string {
  switch (name) {
    case "title":
      return `the title is now “${task.title}”`;
    case "description":
      return task.description === ""
        ? "the description was removed"
        : `the description is now “${shorten(task.description)}”`;
    case "priority":
      return `the priority is now ${task.priority}`;
    case "repeat":
      return task.repeat == null
        ? "it doesn’t repeat any more"
        : `it now repeats: ${describeRepeat(task.repeat).toLowerCase()}`;
    case "due": {
      const due = describeDue(task, new Date(), locale);
      return due === undefined ? "the due date was removed" : `the due date is now ${due.text}`;
    }
  }
}

const longestQuote = 80;

function shorten(text: string): string {
  return text.length <= longestQuote ? text : `${text.slice(0, longestQuote - 1)}…`;
}
