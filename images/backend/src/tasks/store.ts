import type { Database, Statement } from "../database/database.ts";
import { lastMinuteOf } from "../dates/due.ts";
import { WallClock } from "../dates/wall-clock.ts";
import { RequestStore, type Once } from "../http/idempotency.ts";
import { HttpProblem } from "../http/problem.ts";
import { countTasks, listTasks, type TaskPage, type TaskQuery } from "./list.ts";
import {
  columns,
  sizeOf,
  type NewTask,
  type Task,
  type TaskChange,
  type TaskUsage,
} from "./schemas.ts";

/** Most tasks per user. */
export const maximumTasks = 10_000;
/** Most bytes of a user's titles and descriptions, as JSON. */
export const maximumTextBytes = 2 * 1024 * 1024;

const usedBytes = `coalesce(sum(${sizeOf("title")} + ${sizeOf("description")}), 0)`;

const find: Statement = {
  name: "find tasks",
  text: `SELECT ${columns} FROM todo.tasks WHERE user_id = $1 AND id = ANY ($2::uuid[])`,
};
const usage: Statement = {
  name: "usage of tasks",
  text: `SELECT count(*) FILTER (WHERE NOT completed)::int AS pending,
      count(*) FILTER (WHERE completed)::int AS completed, ${usedBytes}::int AS "textBytes"
    FROM todo.tasks WHERE user_id = $1`,
};
/** Whether there is room for a task of user $1 with title $2 and description $3. */
const hasRoom = `(
      SELECT count(*) < ${maximumTasks}
        AND ${usedBytes} + ${sizeOf("$2::text")} + ${sizeOf("$3::text")} <= ${maximumTextBytes}
      FROM todo.tasks WHERE user_id = $1
    )`;
const add: Statement = {
  name: "add task",
  text: `INSERT INTO todo.tasks (user_id, title, description, priority, due_on, due_at)
    SELECT $1, $2, $3, $4, $5, $6 WHERE ${hasRoom}
    RETURNING ${columns}`,
};
/** In one statement, so that a key is only used up by a task that was added. */
const addOnce: Statement = {
  name: "add task once",
  text: `WITH once AS (
      INSERT INTO todo.requests (user_id, key, request, result)
      SELECT $1, $7, $8, json_build_object('id', gen_random_uuid()) WHERE ${hasRoom}
      ON CONFLICT DO NOTHING
      RETURNING (result ->> 'id')::uuid AS id
    )
    INSERT INTO todo.tasks (id, user_id, title, description, priority, due_on, due_at)
    SELECT id, $1, $2, $3, $4, $5, $6 FROM once
    RETURNING ${columns}`,
};
const update: Statement = {
  name: "update task",
  text: `UPDATE todo.tasks SET
      title = coalesce($3, title),
      description = coalesce($4, description),
      completed = coalesce($5, completed),
      priority = coalesce($6, priority),
      due_on = CASE WHEN $7 THEN $8::date ELSE due_on END,
      -- The day keeps its moment, by which the trigger can tell that it was not replaced.
      due_at = CASE WHEN $7 AND (due_on = $8::date) IS NOT TRUE THEN $10 ELSE due_at END,
      updated_at = now()
    WHERE user_id = $1 AND id = $2 AND ($9::int[] IS NULL OR version = ANY ($9)) AND (
      ($3::text IS NULL AND $4::text IS NULL)
      OR ${sizeOf("coalesce($3, title)")} + ${sizeOf("coalesce($4, description)")}
        <= greatest(
          ${sizeOf("title")} + ${sizeOf("description")},
          ${maximumTextBytes} - (SELECT ${usedBytes} FROM todo.tasks WHERE user_id = $1 AND id <> $2)
        )
    )
    RETURNING ${columns}`,
};
const remove: Statement = {
  name: "delete task",
  text: `DELETE FROM todo.tasks
    WHERE user_id = $1 AND id = $2 AND ($3::int[] IS NULL OR version = ANY ($3))
    RETURNING ${columns}`,
};

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

  /** All tasks of a user, read page by page. */
  async *all(userId: string): AsyncGenerator<Task> {
    let cursor: string | undefined;
    do {
      const page: TaskPage = await this.list(userId, { status: "all", limit: 200, cursor });
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
    const values = [userId, title, description, priority, ...datesOf(task, timeZone)];
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
    const { title, description, completed, priority } = change;
    const [dueOn, dueAt] = datesOf(change, timeZone);
    const values = [
      userId,
      id,
      title,
      description,
      completed,
      priority,
      change.dueOn !== undefined || change.dueAt !== undefined,
      dueOn,
      versions,
      dueAt,
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

/** The values of `due_on` and `due_at`. */
function datesOf(
  { dueOn, dueAt }: Pick<TaskChange, "dueOn" | "dueAt">,
  timeZone: string,
): readonly [string | null, string | null] {
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
