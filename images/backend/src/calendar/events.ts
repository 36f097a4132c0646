import type { Task } from "../tasks/schemas.ts";
import { commonLines, linesOf, repeatOf, time } from "./icalendar.ts";
import { localTimeIn, timeZoneLines } from "./time-zone.ts";

/**
 * Open tasks with a due date as events (RFC 5545), because calendars show no VTODO of a feed; written
 * as they are read.
 *
 * @param tasks by due date, those without one last
 * @param timeZone in which the days of rules are
 */
export async function* feedOf(
  tasks: AsyncIterable<Task>,
  timeZone: string,
  now: Date,
): AsyncGenerator<string> {
  yield linesOf([
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//todo-chatbot//EN", "X-WR-CALNAME:Tasks"],
    ...["REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"],
    ...timeZoneLines(timeZone, now),
  ]);
  for await (const task of tasks) {
    if (task.dueAt === null) break;
    yield linesOf(eventOf(task, task.dueAt, timeZone));
  }
  yield linesOf(["END:VCALENDAR"]);
}

function eventOf(task: Task, dueAt: string, timeZone: string): string[] {
  const { dueOn, version } = task;
  const rule = repeatOf(task);
  return [
    "BEGIN:VEVENT",
    ...commonLines(task),
    `SEQUENCE:${version - 1}`,
    startOf(dueOn, dueAt, rule.length > 0 ? timeZone : undefined),
    ...rule,
    // A task doesn't make its time busy.
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ];
}

/** A rule counts days of a zone; other moments are in UTC. */
function startOf(dueOn: string | null, dueAt: string, timeZone: string | undefined): string {
  if (dueOn !== null) return `DTSTART;VALUE=DATE:${dueOn.replaceAll("-", "")}`;
  if (timeZone === undefined) return `DTSTART:${time(dueAt)}`;
  return `DTSTART;TZID=${timeZone}:${localTimeIn(timeZone, dueAt)}`;
}
