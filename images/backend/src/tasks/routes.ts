import * as z from "zod";

import { HttpProblem } from "../http/problem.ts";
import type { App } from "../http/zod-fastify.ts";
import { newTask, task, taskChange, taskId, taskStatus, type Task } from "./schemas.ts";
import type { TaskStore } from "./store.ts";

const tags = ["tasks"];
const params = z.strictObject({ id: taskId });

/** Adds the routes under /api/tasks, which expect `request.userId`. */
export function addTaskRoutes(app: App, tasks: TaskStore): void {
  app.get(
    "/api/tasks",
    {
      schema: {
        summary: "List tasks",
        description:
          "Pending tasks first, by due date (without one last), priority and age. " +
          "Then completed ones, last changed first.",
        tags,
        querystring: z.strictObject({ status: taskStatus.default("all") }),
        response: { 200: z.array(task).readonly() },
      },
    },
    async ({ userId, query }) => tasks.list(userId, query.status),
  );

  app.post(
    "/api/tasks",
    { schema: { summary: "Add a task", tags, body: newTask, response: { 201: task } } },
    async ({ userId, body }, reply) => {
      const added = await tasks.add(userId, body);
      reply.code(201).header("location", `/api/tasks/${added.id}`);
      return added;
    },
  );

  app.get(
    "/api/tasks/:id",
    { schema: { summary: "Show a task", tags, params, response: { 200: task } } },
    async ({ userId, params: { id } }) => found(await tasks.find(userId, id)),
  );

  app.patch(
    "/api/tasks/:id",
    {
      schema: {
        summary: "Change some fields of a task",
        tags,
        params,
        body: taskChange,
        response: { 200: task },
      },
    },
    async ({ userId, params: { id }, body }) => found(await tasks.update(userId, id, body)),
  );

  app.delete(
    "/api/tasks/:id",
    { schema: { summary: "Delete a task", tags, params, response: { 204: z.void() } } },
    async ({ userId, params: { id } }, reply) => {
      found(await tasks.delete(userId, id));
      return reply.code(204).send();
    },
  );
}

function found(wanted: Task | undefined): Task {
  if (wanted) return wanted;
  throw new HttpProblem(404, "There is no such task.");
}
