import { parseRepeat, rruleOf } from "../dates/repeat.ts";
import type { Task } from "../tasks/schemas.ts";

export const priorities = { high: 1, medium: 5, low: 9 } as const;

/** Tasks as iCalendar (RFC 5545), one VTODO each; written as they are read. */
export async function* calendarOf(
  tasks: AsyncIterable<Task> | Iterable<Task>,
): AsyncGenerator<string> {
  yield linesOf(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//todo-chatbot//EN"]);
  for await (const task of tasks) yield linesOf(todoOf(task));
  yield linesOf(["END:VCALENDAR"]);
}

export function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${fold(line)}\r\n`).join("");
}

function todoOf(task: Task): string[] {
  const { id, title, description, completed, priority, createdAt, updatedAt } = task;
  return [
    "BEGIN:VTODO",
    `UID:${id}`,
    `DTSTAMP:${time(updatedAt)}`,
    `CREATED:${time(createdAt)}`,
    `LAST-MODIFIED:${time(updatedAt)}`,
    `SUMMARY:${escape(title)}`,
    ...(description === "" ? [] : [`DESCRIPTION:${escape(description)}`]),
    ...dueOf(task),
    `PRIORITY:${priorities[priority]}`,
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

/** Only of an open task: completing it has made the next one. */
export function repeatOf({ repeat, completed }: Task): string[] {
  const rule = repeat === null || completed ? undefined : parseRepeat(repeat);
  return rule === undefined ? [] : [`RRULE:${rruleOf(rule)}`];
}

/** ISO 8601 in UTC to the basic format without fractions. */
export function time(iso: string): string {
  return `${iso.slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

export function escape(text: string): string {
  return text.replaceAll(/[\\;,]/g, "\\$&").replaceAll(/\r\n|\r|\n/g, "\\n");
}

/** Lines have at most 75 bytes; a longer one goes on after a line break and a space. */
function fold(line: string): string {
  let length = 0;
  return Array.from(line, (character) => {
    const bytes = Buffer.byteLength(character);
    const isFull = length + bytes > 75;
    length = isFull ? 1 + bytes : length + bytes;
    return isFull ? `\r\n ${character}` : character;
  }).join("");
}
