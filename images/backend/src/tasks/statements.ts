import type { Statement } from "../database/database.ts";
import { columns, sizeOf } from "./schemas.ts";

/** Most tasks per user. */
export const maximumTasks = 10_000;
/** Most bytes of a user's titles and descriptions, as JSON. */
export const maximumTextBytes = 2 * 1024 * 1024;

const usedBytes = `coalesce(sum(${sizeOf("title")} + ${sizeOf("description")}), 0)`;

export const find: Statement = {
  name: "find tasks",
  text: `SELECT ${columns} FROM todo.tasks WHERE user_id = $1 AND id = ANY ($2::uuid[])`,
};
export const usage: Statement = {
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
export const add: Statement = {
  name: "add task",
  text: `INSERT INTO todo.tasks (user_id, title, description, priority, due_on, due_at, repeat, repeat_zone)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE ${hasRoom}
    RETURNING ${columns}`,
};
/** In one statement, so that a key is only used up by a task that was added. */
export const addOnce: Statement = {
  name: "add task once",
  text: `WITH once AS (
      INSERT INTO todo.requests (user_id, key, request, result)
      SELECT $1, $9, $10, json_build_object('id', gen_random_uuid()) WHERE ${hasRoom}
      ON CONFLICT DO NOTHING
      RETURNING (result ->> 'id')::uuid AS id
    )
    INSERT INTO todo.tasks
      (id, user_id, title, description, priority, due_on, due_at, repeat, repeat_zone)
    SELECT id, $1, $2, $3, $4, $5, $6, $7, $8 FROM once
    RETURNING ${columns}`,
};
export const update: Statement = {
  name: "update task",
  text: `UPDATE todo.tasks SET
      title = coalesce($3, title),
      description = coalesce($4, description),
      completed = coalesce($5, completed),
      priority = coalesce($6, priority),
      due_on = CASE WHEN $7 THEN $8::date ELSE due_on END,
      -- The day keeps its moment, by which the trigger can tell that it was not replaced.
      due_at = CASE WHEN $7 AND (due_on = $8::date) IS NOT TRUE THEN $10 ELSE due_at END,
      repeat = CASE WHEN $11 THEN $12 ELSE repeat END,
      repeat_zone = CASE WHEN $11 THEN $13 ELSE repeat_zone END,
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
export const findRepeating: Statement = {
  name: "find repeating task",
  text: `SELECT ${columns}, repeat_zone AS "zone", next_id AS "nextId"
    FROM todo.tasks WHERE user_id = $1 AND id = $2`,
};
/** Completes version $3, and adds the next one with id $4. */
export const completeRepeating: Statement = {
  name: "complete repeating task",
  text: `WITH done AS (
      UPDATE todo.tasks SET completed = true, next_id = $4, updated_at = now()
      WHERE user_id = $1 AND id = $2 AND version = $3
        AND (SELECT count(*) < ${maximumTasks} AND ${usedBytes} <= ${maximumTextBytes}
          FROM todo.tasks WHERE user_id = $1)
      RETURNING *
    ), next AS (
      INSERT INTO todo.tasks
        (id, user_id, title, description, priority, due_on, due_at, repeat, repeat_zone)
      SELECT $4, $1, title, description, priority, $5::date, $6::timestamptz, repeat, repeat_zone
      FROM done
    )
    SELECT ${columns} FROM done`,
};
/** Reopens version $3, and takes back the next one, if nothing was done with that. */
export const reopenRepeating: Statement = {
  name: "reopen repeating task",
  text: `WITH next AS (
      DELETE FROM todo.tasks WHERE user_id = $1 AND id = $4 AND version = 1
        AND EXISTS (SELECT FROM todo.tasks WHERE user_id = $1 AND id = $2 AND version = $3)
      RETURNING id
    )
    UPDATE todo.tasks SET completed = false, next_id = NULL, updated_at = now(),
      -- Else the other one goes on repeating.
      repeat = CASE WHEN EXISTS (SELECT FROM next) THEN repeat END
    WHERE user_id = $1 AND id = $2 AND version = $3
    RETURNING ${columns}`,
};
export const remove: Statement = {
  name: "delete task",
  text: `DELETE FROM todo.tasks
    WHERE user_id = $1 AND id = $2 AND ($3::int[] IS NULL OR version = ANY ($3))
    RETURNING ${columns}`,
};
