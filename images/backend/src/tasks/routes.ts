import type { FastifyReply } from "fastify";
import * as z from "zod";

import { lineParts, readLine, type Line } from "../agent/builtin/quick-add.ts";
import { isDayFirst, languageHeader } from "../dates/date-order.ts";
import { zoneHeader } from "../dates/time-zone.ts";
import { WallClock } from "../dates/wall-clock.ts";
import { onceHeader, onceOf } from "../http/idempotency.ts";
import { HttpProblem } from "../http/problem.ts";
import { text } from "../http/text.ts";
import type { App } from "../http/zod-fastify.ts";
import {
  changeHeaders,
  newTask,
  task,
  taskChange,
  taskId,
  taskUsage,
  type Task,
} from "./schemas.ts";
import { largestPage, search, taskFilter } from "./list.ts";
import type { TaskStore } from "./store.ts";

const tags = ["tasks"];
const params = z.strictObject({ id: taskId });
const listQuery = z.strictObject({
  ...taskFilter,
  q: search.optional(),
  // Query parameters are texts.
  limit: z.coerce.number().pipe(taskFilter.limit).default(largestPage.tasks),
});

const line = z.strictObject({
  text: text({ min: 1, max: 200 }).describe(
    "A task as one would write it: pay rent tomorrow 9am !high every month",
  ),
  keep: z
    .array(z.enum(lineParts))
    .max(lineParts.length)
    .default([])
    .describe("What is not to be read; its words stay in the title"),
});
const readTask = z.object({
  title: z.string(),
  dueOn: task.shape.dueOn,
  dueAt: z.iso.datetime().nullable().describe("The time at which it is due"),
  repeat: task.shape.repeat,
  priority: task.shape.priority.nullable().describe("Null if the text names none"),
});

/** Adds the routes under /api/tasks, which expect `request.userId`. */
export function addTaskRoutes(app: App, tasks: TaskStore): void {
  app.get(
    "/api/tasks",
    {
      schema: {
        summary: "List tasks",
        description:
          "Pending tasks first, by due date (without one last), priority and age. " +
          "Then completed ones, last changed first. A page has at most `limit` tasks and " +
          `${largestPage.bytes / 1024} KiB; if there are more, the header \`Link\` has the URL of the ` +
          'next page (rel="next") and `X-Next-Cursor` its cursor.',
        tags,
        querystring: listQuery,
        headers: z.looseObject(zoneHeader),
        response: { 200: z.array(task).readonly() },
      },
    },
    async ({ userId, query, headers, url }, reply) => {
      const page = await tasks.list(userId, query, headers["x-timezone"]);
      if (page.next !== undefined) {
        const next = new URLSearchParams(url.split("?")[1]);
        next.set("cursor", page.next);
        reply.header("link", `</api/tasks?${next.toString()}>; rel="next"`);
        reply.header("x-next-cursor", page.next);
      }
      return page.tasks;
    },
  );

  app.get(
    "/api/tasks/usage",
    {
      schema: {
        summary: "Count the tasks, beside the limits",
        tags,
        response: { 200: taskUsage },
      },
    },
    async ({ userId }) => tasks.usage(userId),
  );

  app.post(
    "/api/tasks",
    {
      schema: {
        summary: "Add a task",
        description:
          "409 if the list has as many tasks, or as much text, as /api/tasks/usage allows.",
        tags,
        headers: z.looseObject({ ...onceHeader, ...zoneHeader }),
        errors: [409, 410, 422],
        body: newTask,
        response: { 201: task },
      },
    },
    async ({ userId, headers, body }, reply) => {
      const once = onceOf(headers, "POST /api/tasks", body);
      const added = await tasks.add(userId, body, headers["x-timezone"], once);
      reply.code(201).header("location", `/api/tasks/${added.id}`);
      return tagged(reply, added);
    },
  );

  app.post(
    "/api/tasks/quick",
    {
      schema: {
        summary: "Add a task from one line of text",
        description:
          "Reads date, time, repeat and priority in it, as /api/tasks/quick/preview shows.",
        tags,
        headers: z.looseObject({ ...onceHeader, ...zoneHeader, ...languageHeader }),
        errors: [409, 410, 422],
        body: line,
        response: { 201: task },
      },
    },
    async ({ userId, headers, body }, reply) => {
      const zone = headers["x-timezone"];
      const once = onceOf(headers, "POST /api/tasks/quick", body);
      const { title, due, repeat, priority } = read(body, headers);
      const fields = newTask.parse({ title, ...due, repeat, priority });
      const added = await tasks.add(userId, fields, zone, once);
      reply.code(201).header("location", `/api/tasks/${added.id}`);
      return tagged(reply, added);
    },
  );

  app.post(
    "/api/tasks/quick/preview",
    {
      schema: {
        summary: "Show what is read in one line of text, without adding a task",
        tags,
        headers: z.looseObject({ ...zoneHeader, ...languageHeader }),
        body: line,
        response: { 200: readTask },
      },
    },
    ({ headers, body }) => {
      const { title, due, repeat = null, priority = null } = read(body, headers);
      return { title, dueOn: null, dueAt: null, ...due, repeat, priority };
    },
  );

  app.get(
    "/api/tasks/:id",
    { schema: { summary: "Show a task", tags, params, errors: [404], response: { 200: task } } },
    async ({ userId, params: { id } }, reply) => tagged(reply, found(await tasks.find(userId, id))),
  );

  app.patch(
    "/api/tasks/:id",
    {
      schema: {
        summary: "Change some fields of a task",
        description:
          "With If-Match the change is refused with 409 if the task has changed since; `current` " +
          "in the problem is the task as it is now.",
        tags,
        params,
        headers: changeHeaders.extend(zoneHeader),
        errors: [404, 409],
        body: taskChange,
        response: { 200: task },
      },
    },
    async ({ userId, params: { id }, body, headers }, reply) => {
      const { "if-match": versions, "x-timezone": timeZone } = headers;
      return tagged(reply, found(await tasks.update(userId, id, body, timeZone, versions)));
    },
  );

  app.delete(
    "/api/tasks/:id",
    {
      schema: {
        summary: "Delete a task",
        tags,
        params,
        headers: changeHeaders,
        errors: [404, 409],
        response: { 204: z.void() },
      },
    },
    async ({ userId, params: { id }, headers }, reply) => {
      found(await tasks.delete(userId, id, headers["if-match"]));
      return reply.code(204).send();
    },
  );
}

interface ReaderHeaders {
  readonly "x-timezone": string;
  readonly "accept-language"?: string | undefined;
}

function read({ text, keep }: z.output<typeof line>, headers: ReaderHeaders): Line {
  const dayFirst = isDayFirst(headers["accept-language"]);
  return readLine(text, new WallClock(new Date(), headers["x-timezone"], dayFirst), keep);
}

function tagged(reply: FastifyReply, shown: Task): Task {
  reply.header("etag", `"${shown.version}"`);
  return shown;
}

function found(wanted: Task | undefined): Task {
  if (wanted) return wanted;
  throw new HttpProblem(404, "There is no such task.");
}
