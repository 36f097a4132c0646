import * as z from "zod";

import type { Database, Statement } from "../database/database.ts";
import { isoDay } from "../dates/due.ts";
import { WallClock } from "../dates/wall-clock.ts";
import { HttpProblem } from "../http/problem.ts";
import { text } from "../http/text.ts";
import { columns, priorities, sizeOf, taskStatus, type Task } from "./schemas.ts";

/** Orders of lists. */
export const taskSorts = ["due", "priority", "title", "created"] as const;
export type TaskSort = (typeof taskSorts)[number];

/** Most tasks and bytes of JSON of one page; enough for the longest list of earlier releases. */
export const largestPage = { tasks: 1000, bytes: 640 * 1024 };

const moment = z.iso.datetime({ offset: true });

/** Which tasks to list, beside the limits of a page. */
export const taskFilter = {
  status: taskStatus.default("all"),
  priority: z.enum(priorities).optional(),
  dueAfter: moment.describe("Only tasks due at or after; a day is due all day").optional(),
  dueBefore: moment.describe("Only tasks due before; a day is due all day").optional(),
  sort: z
    .enum(taskSorts)
    .default("due")
    .describe(
      "Order of the pending tasks, which come first: by due date (without one last), priority, " +
        "title, or newest first. Completed ones are last changed first, or by title",
    ),
  limit: z.int().min(1).max(largestPage.tasks),
  cursor: z
    .string()
    .max(2000)
    .describe("Continues a list of the same order after its last page")
    .optional(),
};
export const search = text({ max: 200 }).describe("Only titles and descriptions with these words");

/** A query of a list; `q` has the words to search for. */
export interface TaskQuery {
  readonly status: z.output<typeof taskStatus>;
  readonly q?: string | undefined;
  readonly priority?: Task["priority"] | undefined;
  readonly dueAfter?: string | undefined;
  readonly dueBefore?: string | undefined;
  readonly sort?: TaskSort | undefined;
  /** Default and at most {@link largestPage}. */
  readonly limit?: number | undefined;
  readonly bytes?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** Cursor of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/** About the bytes of a task's JSON without its title and description. */
const overhead = 400;
const rank = "CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END";
const due = "coalesce(extract(epoch FROM due_at), 'Infinity')";
const lastChanged = "-extract(epoch FROM updated_at)";

/** Expressions of the keys `word`, `first` and `second` of each order; all ascend. */
const keys: Readonly<Record<TaskSort, readonly [string, string, string]>> = {
  due: ["''", `CASE WHEN completed THEN ${lastChanged} ELSE ${due} END`, rank],
  priority: ["''", `CASE WHEN completed THEN ${lastChanged} ELSE ${rank} END`, due],
  title: ["lower(title)", "0", "0"],
  created: [
    "''",
    `CASE WHEN completed THEN ${lastChanged} ELSE -extract(epoch FROM created_at) END`,
    "0",
  ],
};

const order = "completed, word, first, second, third, id";

const filters = `user_id = $1
      AND ($2::boolean IS NULL OR completed = $2)
      AND ($3::text[] IS NULL OR title || ' ' || description ILIKE ALL ($3))
      AND ($4::text IS NULL OR priority = $4)
      AND ($5::timestamptz IS NULL
        OR CASE WHEN due_on IS NULL THEN due_at >= $5 ELSE due_on >= $6::date END)
      AND ($7::timestamptz IS NULL
        OR CASE WHEN due_on IS NULL THEN due_at < $7 ELSE due_on < $8::date END)`;

function listStatement(sort: TaskSort): Statement {
  const [word, first, second] = keys[sort];
  return {
    name: `list tasks by ${sort}`,
    text: `SELECT ${columns}, CASE WHEN place < fetched AND (place = $9 OR longer > $10)
        THEN json_build_array(completed, word, first::text, second::text, third::text, id)::text
      END AS next
    FROM (
      SELECT *, row_number() OVER list AS place, count(*) OVER () AS fetched,
        sum(size) OVER list AS total, sum(size) OVER list + lead(size) OVER list AS longer
      FROM (
        SELECT *, ${sizeOf("title")} + ${sizeOf("description")} + ${overhead} AS size
        FROM (
          SELECT *, ${word} AS word, ${first} AS first, ${second} AS second,
            extract(epoch FROM created_at) AS third
          FROM todo.tasks WHERE ${filters}
        ) AS matching
        WHERE $11::boolean IS NULL OR (${order})
          > ($11, $12::text, $13::numeric, $14::numeric, $15::numeric, $16::uuid)
        ORDER BY ${order} LIMIT $9 + 1
      ) AS page WINDOW list AS (ORDER BY ${order})
    ) AS sized
    WHERE place <= $9 AND total <= $10 ORDER BY place`,
  };
}

const statements = Object.fromEntries(
  taskSorts.map((sort) => [sort, listStatement(sort)]),
) as Readonly<Record<TaskSort, Statement>>;

const count: Statement = {
  name: "count matching tasks",
  text: `SELECT count(*)::int AS number FROM todo.tasks WHERE ${filters}`,
};

/** Lists a page of a user's tasks. */
export async function listTasks(
  database: Database,
  userId: string,
  query: TaskQuery,
  timeZone: string,
): Promise<TaskPage> {
  const { statement, values } = taskList(userId, query, timeZone);
  const rows = await database.query<Task & { next: string | null }>(userId, statement, values);
  const last = rows.at(-1)?.next ?? null;
  return {
    tasks: rows.map(({ next: _, ...task }) => task),
    next: last === null ? undefined : toCursor(query.sort ?? "due", last),
  };
}

/** Counts a user's tasks that match a query, on all pages. */
export async function countTasks(
  database: Database,
  userId: string,
  query: TaskQuery,
  timeZone: string,
): Promise<number> {
  const values = filterValues(userId, query, timeZone);
  return (await database.query<{ number: number }>(userId, count, values))[0]?.number ?? 0;
}

/** The SQL of a list; exported for the benchmark's bare server. */
export function taskList(
  userId: string,
  query: TaskQuery,
  timeZone: string,
): { readonly statement: Statement; readonly values: readonly unknown[] } {
  const { sort = "due", limit = largestPage.tasks, bytes = largestPage.bytes, cursor } = query;
  const from = cursor === undefined ? Array<null>(6).fill(null) : fromCursor(sort, cursor);
  return {
    statement: statements[sort],
    values: [...filterValues(userId, query, timeZone), limit, bytes, ...from],
  };
}

function filterValues(userId: string, query: TaskQuery, timeZone: string): readonly unknown[] {
  const { status, q = "", priority = null, dueAfter, dueBefore } = query;
  const words = q.split(/\s+/).filter((word) => word !== "");
  const patterns = words.map((word) => `%${word.replaceAll(/[\\%_]/g, "\\$&")}%`);
  const clock = new WallClock(new Date(), timeZone);
  const limits = [dueAfter, dueBefore].flatMap((limit) =>
    limit === undefined ? [null, null] : [limit, dayAt(limit, clock)],
  );
  return [
    userId,
    status === "all" ? null : status === "completed",
    patterns.length > 0 ? patterns : null,
    priority,
    ...limits,
  ];
}

/** The day of a moment: where its offset is in use, or else in the user's time zone. */
export function dayAt(moment: string, clock: WallClock): string {
  if (!/z$/i.test(moment)) return moment.slice(0, 10);
  return isoDay(clock.toWallTime(new Date(moment)).day);
}

const number = z.string().regex(/^(?:-?\d{1,20}(?:\.\d{1,20})?|Infinity)$/);
const position = z.tuple([z.boolean(), z.string(), number, number, number, z.uuid()]);

function toCursor(sort: TaskSort, position: string): string {
  return `${sort}.${Buffer.from(position).toString("base64url")}`;
}

function fromCursor(sort: TaskSort, cursor: string): readonly unknown[] {
  const [start, encoded = ""] = cursor.split(".");
  try {
    const parsed = position.parse(JSON.parse(Buffer.from(encoded, "base64url").toString()));
    if (start === sort && parsed[1].isWellFormed() && !parsed[1].includes("\0")) return parsed;
  } catch {
    // The same words are right for all that is no cursor.
  }
  const error = "must be the cursor of a page with the same sort; leave it out to start again";
  throw new HttpProblem(400, `The request is not valid. cursor: ${error}.`);
}
