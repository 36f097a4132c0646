import type { Task } from "../../tasks/schemas.ts";
import { isOver, wallTimeOf } from "../../dates/due.ts";
import { describeDate } from "./dates.ts";
import type { WallClock } from "../../dates/wall-clock.ts";

/** Where to start, with the reason; undefined if nothing is open. */
export function advise(tasks: readonly Task[], clock: WallClock): string | undefined {
  const [first, second] = tasks
    .filter(({ completed }) => !completed)
    .map((task) => ({ task, weight: weigh(task, clock) }))
    // Stable: the list's order decides between equals.
    .sort((a, b) => b.weight - a.weight)
    .map(({ task }) => task);
  if (first === undefined) return undefined;
  const then = second === undefined ? "" : ` Then "${second.title}": ${reason(second, clock)}.`;
  return `Start with "${first.title}": ${reason(first, clock)}.${then}`;
}

/** Overdue and due today count most, then a high priority, then a date at all. */
function weigh(task: Task, clock: WallClock): number {
  const days = daysLeft(task, clock);
  const byDate = days === undefined ? 0 : days < 0 ? 8 : days === 0 ? 6 : days <= 2 ? 3 : 1;
  return byDate + { high: 4, medium: 0, low: -2 }[task.priority];
}

function reason(task: Task, clock: WallClock): string {
  const days = daysLeft(task, clock);
  const date = describeDate(task, clock);
  const when =
    days === undefined ? "it has no date" : days < 0 ? `it was due ${date}` : `it is due ${date}`;
  const overdue = days !== undefined && days < 0 ? " (overdue)" : "";
  const priority = {
    high: " and its priority is high",
    medium: "",
    low: " and its priority is low",
  };
  return when + overdue + priority[task.priority];
}

/** Calendar days until a task is due; negative as soon as it is overdue. */
function daysLeft(task: Task, clock: WallClock): number | undefined {
  const due = wallTimeOf(task, clock);
  if (due === undefined) return undefined;
  const days = due.day - clock.today;
  return isOver(task, clock) ? Math.min(days, -1) : days;
}
