import type { Priority } from "../api/types.ts";
import { describeDue, pageLocale, type Due } from "../lib/dates.ts";
import { describeRepeat } from "../lib/repeat.ts";
import { useMinute } from "../state/useMinute.ts";
import { Icon } from "./Icon.tsx";

const locale = pageLocale(navigator.languages);

export interface TaskMarksProps {
  readonly due: Due;
  readonly repeat: string | null | undefined;
  readonly priority: Priority | undefined;
  readonly completed: boolean;
}

/** Due date and priority; nothing for no date and medium priority. */
export function TaskMarks({ due: task, repeat, priority, completed }: TaskMarksProps) {
  const now = useMinute();
  const due = describeDue(task, now, locale);
  const overdue = due?.overdue === true && !completed;
  const notable = priority === "high" || priority === "low";
  if (due === undefined && !notable) return null;
  return (
    <span className="marks">
      {due !== undefined && (
        <span className={overdue ? "mark mark-overdue" : "mark"}>
          <Icon name="calendar" />
          <time dateTime={task.dueOn ?? task.dueAt ?? ""}>{due.text}</time>
          {overdue && " · overdue"}
        </span>
      )}
      {repeat != null && !completed && (
        <span className="mark">
          <Icon name="retry" />
          {describeRepeat(repeat)}
        </span>
      )}
      {notable && (
        <span className={`mark mark-${priority}`}>
          <Icon name="flag" />
          {priority === "high" ? "High" : "Low"}
          <span className="visually-hidden"> priority</span>
        </span>
      )}
    </span>
  );
}
