/** What an agent did, in words for a person. */
import type { Task, ToolCall } from "../api/types.ts";

export interface ToolSummary {
  readonly kind: "add" | "list" | "complete" | "update" | "delete" | "other";
  /** Such as `Added`. */
  readonly verb: string;
  /** The task's title, or how many were listed. */
  readonly subject: string;
  readonly task: Partial<Task> | undefined;
  readonly tasks: readonly Partial<Task>[];
  /** Why it didn't work. */
  readonly failure: string | undefined;
}

const tools: Readonly<
  Record<string, readonly [ToolSummary["kind"], done: string, failed: string]>
> = {
  add_task: ["add", "Added", "Could not add"],
  list_tasks: ["list", "Looked at", "Could not list"],
  complete_task: ["complete", "Completed", "Could not complete"],
  update_task: ["update", "Changed", "Could not change"],
  delete_task: ["delete", "Deleted", "Could not delete"],
};

/** Whether a tool may have changed the task list. */
export function changesTasks(toolName: string): boolean {
  return toolName !== "list_tasks";
}

/** Sums a call up; made for any shape of result, because models and tools change. */
export function summarize(call: ToolCall): ToolSummary {
  const [kind, done, failed] = tools[call.name] ?? ["other", call.name, call.name];
  const result = asRecord(call.result);
  const task = asRecord(result.task ?? (result.title === undefined ? undefined : result));
  const list = [call.result, result.tasks].find(Array.isArray) as unknown[] | undefined;
  const tasks = (list ?? []).map((item) => asRecord(item) as Partial<Task>);
  const title = textOf(task.title) ?? textOf(asRecord(call.arguments).title);
  const failure = textOf(result.error) ?? textOf(asRecord(result.error).message);
  const count = tasks.length === 1 ? "1 task" : `${tasks.length} tasks`;
  return {
    kind,
    verb: failure === undefined ? done : failed,
    subject: title ?? (kind === "list" && failure === undefined ? count : "a task"),
    task: "title" in task ? (task as Partial<Task>) : undefined,
    tasks,
    failure,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
