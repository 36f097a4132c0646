/** Describes an agent's tool calls to the user. */
import type { Task, ToolCall } from "../api/types.ts";

export interface ToolSummary {
  readonly kind: "add" | "list" | "complete" | "update" | "delete" | "other";
  /** Such as `Added`. */
  readonly verb: string;
  /** The task's title, or how many were listed. */
  readonly subject: string;
  readonly task: Partial<Task> | undefined;
  /** Why the call failed. */
  readonly failure: string | undefined;
}

const tools: Readonly<
  Record<string, readonly [ToolSummary["kind"], done: string, failed: string]>
> = {
  add_task: ["add", "Added", "Could not add"],
  list_tasks: ["list", "Listed", "Could not list"],
  complete_task: ["complete", "Completed", "Could not complete"],
  update_task: ["update", "Changed", "Could not change"],
  delete_task: ["delete", "Deleted", "Could not delete"],
};

/** Whether a tool may have changed the task list. */
export function changesTasks(toolName: string): boolean {
  return toolName !== "list_tasks";
}

/** Summarizes a call. Accepts any result, because old conversations keep old formats. */
export function summarize(call: ToolCall): ToolSummary {
  const [kind, done, failed] = tools[call.name] ?? ["other", call.name, call.name];
  const given = asRecord(call.arguments);
  const result = asRecord(call.result);
  const task = result.task ?? result.deleted;
  const failure = textOf(result.error);
  const listed = Array.isArray(result.tasks) ? result.tasks.length : 0;
  const count = listed === 1 ? "1 task" : `${listed} tasks`;
  const reopened = kind === "complete" && given.completed === false;
  return {
    kind: reopened ? "update" : kind,
    verb: failure !== undefined ? failed : reopened ? "Reopened" : done,
    subject:
      textOf(asRecord(task).title) ??
      textOf(given.title) ??
      (kind === "list" && failure === undefined ? count : "a task"),
    task: task === undefined ? undefined : (task as Partial<Task>),
    failure,
  };
}

/** The task that a call deleted, with all fields, for restoring it. */
export function deletedTask({ name, result }: ToolCall): Task | undefined {
  return name === "delete_task" ? (asRecord(result).deleted as Task | undefined) : undefined;
}

/** A sentence of the built-in agent that says no more than its cards. */
const report =
  /^(?:(?:Added|Deleted|Changed|Done:|Open again:) |- )"[^"]*"(?: \([^()]*\))?(?:(?:,| and|, and) "[^"]*"(?: \([^()]*\))?)*\.?$/;
const start = /^(?:Added|Deleted|Changed|Done:|Open again:)/;

/**
 * An answer without what its cards say already.
 *
 * @param isWhole false while it streams: a last line that may become such a sentence waits.
 */
export function withoutReports(text: string, calls: readonly ToolCall[], isWhole: boolean): string {
  const shown = new Set(
    calls.map(summarize).flatMap(({ subject, failure }) => (failure === undefined ? subject : [])),
  );
  if (shown.size === 0) return text;
  const lines = text.split("\n");
  const isShown = (line: string) =>
    report.test(line) &&
    Array.from(line.matchAll(/"([^"]*)"/g), ([, title]) => title ?? "").every((title) =>
      shown.has(title),
    );
  const isReport = (line: string, index: number) =>
    isShown(line) ||
    (/^Added \d+ tasks:$/.test(line) && isShown(lines[index + 1] ?? "")) ||
    (!isWhole && index === lines.length - 1 && start.test(line));
  return lines.filter((line, index) => !isReport(line, index)).join("\n");
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
