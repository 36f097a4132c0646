import { parseRepeat, rruleOf } from "../dates/repeat.ts";
import type { Task } from "../tasks/schemas.ts";

/** Texts of iCalendar (RFC 5545) that to-dos and events have in common. */

const priorities = { high: 1, medium: 5, low: 9 } as const;

/** Lines that a to-do and an event of a task share. */
export function commonLines(task: Task): string[] {
  const { id, title, description, priority, createdAt, updatedAt } = task;
  return [
    `UID:${id}`,
    `DTSTAMP:${time(updatedAt)}`,
    `CREATED:${time(createdAt)}`,
    `LAST-MODIFIED:${time(updatedAt)}`,
    `SUMMARY:${escape(title)}`,
    ...(description === "" ? [] : [`DESCRIPTION:${escape(description)}`]),
    `PRIORITY:${priorities[priority]}`,
  ];
}

export function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${fold(line)}\r\n`).join("");
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

function escape(text: string): string {
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
