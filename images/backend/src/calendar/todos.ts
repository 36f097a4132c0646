import type { Task } from "../tasks/schemas.ts";
import { commonLines, linesOf, repeatOf, time } from "./icalendar.ts";

/** Tasks as iCalendar (RFC 5545), one VTODO each; written as they are read. */
export async function* calendarOf(
  tasks: AsyncIterable<Task> | Iterable<Task>,
): AsyncGenerator<string> {
  yield linesOf(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//todo-chatbot//EN"]);
  for await (const task of tasks) yield linesOf(todoOf(task));
  yield linesOf(["END:VCALENDAR"]);
}

function todoOf(task: Task): string[] {
  const { completed, updatedAt } = task;
  return [
    "BEGIN:VTODO",
    ...commonLines(task),
    ...dueOf(task),
    ...(completed ? ["STATUS:COMPLETED", `COMPLETED:${time(updatedAt)}`] : ["STATUS:NEEDS-ACTION"]),
    "END:VTODO",
  ];
}

function dueOf(task: Task): string[] {
  const { dueOn, dueAt } = task;
  if (dueAt === null) return [];
  const due = dueOn === null ? `:${time(dueAt)}` : `;VALUE=DATE:${dueOn.replaceAll("-", "")}`;
  const rule = repeatOf(task);
  // A rule needs a start.
  return [...(rule.length > 0 ? [`DTSTART${due}`] : []), `DUE${due}`, ...rule];
}
