import { randomUUID } from "node:crypto";

import type { Database } from "../database/database.ts";
import { dueOnDay, lastMinuteOf, wallTimeOf, type Due, type NewDue } from "../dates/due.ts";
import { anchored, firstDay, nextDay, parseRepeat, repeatText } from "../dates/repeat.ts";
import { WallClock } from "../dates/wall-clock.ts";
import { RequestStore, type Once } from "../http/idempotency.ts";
import { HttpProblem } from "../http/problem.ts";
import { countTasks, listTasks, type TaskPage, type TaskQuery } from "./list.ts";
import { type NewTask, type Task, type TaskChange, type TaskUsage } from "./schemas.ts";
import {
  maximumTasks,
  maximumTextBytes,
  find,
  usage,
  add,
  addOnce,
  update,
  findRepeating,
  completeRepeating,
  reopenRepeating,
  remove,
} from "./statements.ts";

const maxText = `${maximumTextBytes / 1024 / 1024} MiB of titles and descriptions`;

/** The tasks of one user at a time; other users' tasks are invisible to all methods. */
export class TaskStore {
  readonly #database: Database;
  readonly #requests: RequestStore;

  constructor(database: Database) {
    this.#database = database;
    this.#requests = new RequestStore(database);
  }

  /**
   * A page of the tasks that match a query.
   *
   * @param timeZone zone in which days begin and end; default UTC.
   * @throws HttpProblem 400 for a cursor of another list.
   */
  async list(userId: string, query: TaskQuery, timeZone = "UTC"): Promise<TaskPage> {
    return listTasks(this.#database, userId, query, timeZone);
  }

  /** Counts the tasks that match a query. */
  async count(userId: string, query: TaskQuery, timeZone = "UTC"): Promise<number> {
    return countTasks(this.#database, userId, query, timeZone);
  }

  /** All tasks of a user, read page by page. @param status default all. */
  async *all(userId: string, status: TaskQuery["status"] = "all"): AsyncGenerator<Task> {
    let cursor: string | undefined;
    do {
      const page: TaskPage = await this.list(userId, { status, limit: 200, cursor });
      yield* page.tasks;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** How much of the limits a user's tasks take. */
  async usage(userId: string): Promise<TaskUsage> {
    const [used] = await this.#database.query<TaskUsage>(userId, usage, [userId]);
    if (used === undefined) throw new Error("the database counted nothing");
    return { ...used, maximumTasks, maximumTextBytes };
  }

  async find(userId: string, id: string): Promise<Task | undefined> {
    return (await this.findAll(userId, [id]))[0];
  }

  /** The tasks with these ids that exist, in any order. */
  async findAll(userId: string, ids: readonly string[]): Promise<readonly Task[]> {
    return this.#database.query<Task>(userId, find, [userId, ids]);
  }

  /**
   * Adds a task.
   *
   * @param timeZone zone in which a day ends, for clients that know no days.
   * @param once recognizes a repeated request, which gets the task of the first as it is now.
   * @throws HttpProblem 409 at the user's limit of tasks or text; for a repeated request 422 if the
   * first was another, 410 if its task has been deleted.
   */
  async add(userId: string, task: NewTask, timeZone: string, once?: Once): Promise<Task> {
    const { title, description, priority } = task;
    const { due, repeat } = repeating(task, undefined, timeZone);
    const dates = datesOf(due, timeZone);
    const values = [userId, title, description, priority, ...dates, repeat, timeZone];
    const [added] = once
      ? await this.#database.query<Task>(userId, addOnce, [...values, once.key, once.request])
      : await this.#database.query<Task>(userId, add, values);
    if (added) return added;
    const earlier = once && (await this.#requests.resultOf(userId, once));
    if (earlier !== undefined) {
      const task = await this.find(userId, (earlier as { id: string }).id);
      if (task) return task;
      throw new HttpProblem(410, "This request added a task, which has been deleted since.");
    }
    throw new HttpProblem(
      409,
      `You have reached the limit of ${maximumTasks} tasks or ${maxText}; delete some first.`,
    );
  }

  /**
   * Updates the given fields; undefined if there is no such task.
   *
   * @param timeZone as in `add`.
   * @param versions versions that the change may be based on; default any.
   * @throws HttpProblem 409 if the task has another version, or at the user's limit of text.
   */
  async update(
    userId: string,
    id: string,
    change: TaskChange,
    timeZone: string,
    versions?: readonly number[],
  ): Promise<Task | undefined> {
    const { completed: wanted } = change;
    const isAboutDates =
      change.dueOn !== undefined || change.dueAt !== undefined || change.repeat !== undefined;
    const before = wanted !== undefined || isAboutDates ? await this.#found(userId, id) : undefined;
    if (before?.repeat != null && wanted !== undefined && wanted !== before.completed) {
      return this.#turn(userId, before, change, timeZone, versions);
    }
    const { title, description, completed, priority } = change;
    const { due, repeat } = repeating(change, before, timeZone);
    const [dueOn, dueAt] = datesOf(due, timeZone);
    const values = [
      userId,
      id,
      title,
      description,
      completed,
      priority,
      due.dueOn !== undefined || due.dueAt !== undefined,
      dueOn,
      versions,
      dueAt,
      repeat !== undefined,
      repeat,
      timeZone,
    ];
    const [changed] = await this.#database.query<Task>(userId, update, values);
    if (changed) return changed;
    const current = await this.find(userId, id);
    if (current === undefined) return undefined;
    requireVersion(current, versions);
    throw new HttpProblem(
      409,
      `You have reached the limit of ${maxText}; shorten or delete some first.`,
    );
  }

  async #found(userId: string, id: string): Promise<RepeatingTask | undefined> {
    return (await this.#database.query<RepeatingTask>(userId, findRepeating, [userId, id]))[0];
  }

  /** Completes or reopens a task that repeats, after its other changes. */
  async #turn(
    userId: string,
    before: RepeatingTask,
    change: TaskChange,
    timeZone: string,
    versions: readonly number[] | undefined,
  ): Promise<Task | undefined> {
    const { completed = false, ...others } = change;
    requireVersion(before, versions);
    const { id } = before;
    if (Object.keys(others).length > 0) {
      const changed = await this.update(userId, id, others, timeZone, [before.version]);
      return changed && this.update(userId, id, { completed }, timeZone, [changed.version]);
    }
    const start = [userId, id, before.version];
    const [turned] = completed
      ? await this.#database.query<Task>(userId, completeRepeating, [
          ...start,
          randomUUID(),
          ...datesOf(nextDue(before), before.zone),
        ])
      : await this.#database.query<Task>(userId, reopenRepeating, [...start, before.nextId]);
    if (turned) return turned;
    const current = await this.find(userId, id);
    if (current === undefined) return undefined;
    // Somebody was faster: what they did may be what is wanted.
    if (current.version !== before.version)
      return this.update(userId, id, change, timeZone, versions);
    throw new HttpProblem(
      409,
      `You have reached the limit of ${maximumTasks} tasks or ${maxText}; delete some first.`,
    );
  }

  /**
   * Deletes and returns a task; undefined if there is no such task.
   *
   * @param versions versions that may be deleted; default any.
   * @throws HttpProblem 409 if the task has another version.
   */
  async delete(
    userId: string,
    id: string,
    versions?: readonly number[],
  ): Promise<Task | undefined> {
    const [deleted] = await this.#database.query<Task>(userId, remove, [userId, id, versions]);
    if (deleted || versions === undefined) return deleted;
    const current = await this.find(userId, id);
    if (current) requireVersion(current, versions);
    return undefined;
  }
}

interface RepeatingTask extends Task {
  readonly zone: string;
  /** Of the task that completing this one made. */
  readonly nextId: string | null;
}

/** Due date and rule of a new or changed task: a rule needs a date, and goes with it. */
function repeating(
  change: Pick<TaskChange, "dueOn" | "dueAt" | "repeat">,
  before: Due | undefined,
  timeZone: string,
): { readonly due: Due; readonly repeat: string | null | undefined } {
  const { dueOn, dueAt, repeat: text } = change;
  const isChanged = dueOn !== undefined || dueAt !== undefined;
  const due = isChanged ? { dueOn: dueOn ?? null, dueAt: dueAt ?? null } : {};
  const isUndated = isChanged && dueOn == null && dueAt == null;
  const repeat = text == null ? undefined : parseRepeat(text);
  if (repeat === undefined) return { due, repeat: isUndated ? null : text };
  const clock = new WallClock(new Date(), timeZone);
  const given = wallTimeOf(due, clock);
  if (given) return { due, repeat: repeatText(anchored(repeat, given.day)) };
  // The day that it has is kept if the rule has it too.
  const was = isChanged ? undefined : wallTimeOf(before ?? {}, clock);
  const first = firstDay(repeat, was?.day ?? clock.today);
  const day = first === was?.day ? first : firstDay(repeat, Math.max(first, clock.today));
  return {
    due: day === was?.day ? {} : dueOnDay(day, was?.minutes, clock),
    repeat: repeatText(anchored(repeat, day)),
  };
}

/** When the task after this one is due: not in the past, if that was missed. */
function nextDue(task: RepeatingTask): NewDue {
  const clock = new WallClock(new Date(), task.zone);
  const due = wallTimeOf(task, clock);
  const repeat = parseRepeat(task.repeat ?? "");
  if (repeat === undefined) throw new Error(`the task ${task.id} has an unknown rule`);
  const day = nextDay(repeat, due?.day ?? clock.today, clock.today);
  return dueOnDay(day, due?.minutes, clock);
}

/** The values of `due_on` and `due_at`. */
function datesOf({ dueOn, dueAt }: Due, timeZone: string): readonly [string | null, string | null] {
  return dueOn == null
    ? [null, dueAt ?? null]
    : [dueOn, lastMinuteOf(dueOn, new WallClock(new Date(), timeZone))];
}

function requireVersion(current: Task, versions: readonly number[] | undefined): void {
  if (versions === undefined || versions.includes(current.version)) return;
  throw new HttpProblem(
    409,
    "This task has been changed since; `current` is what it is now. Send its ETag to go ahead.",
    { current },
  );
}
