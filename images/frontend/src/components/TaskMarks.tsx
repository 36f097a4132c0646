import type { ReactNode } from "react";

import type { Priority } from "../api/types.ts";
import { describeDue, type Due } from "../lib/dates.ts";
import { describeRepeat } from "../lib/repeat.ts";
import { useMinute } from "../state/useMinute.ts";
import { usePreferences } from "../state/usePreferences.ts";
import { Icon } from "./Icon.tsx";

export interface TaskMarksProps {
  readonly due: Due;
  readonly repeat: string | null | undefined;
  readonly priority: Priority | undefined;
  /** Changes what was clicked; without it, nothing can be clicked. */
  readonly onPick?: (what: "due" | "priority", anchor: HTMLElement) => void;
}

/** Due date, repetition and priority; nothing for no date and medium priority. */
export function TaskMarks({ due: task, repeat, priority, onPick }: TaskMarksProps) {
  const now = useMinute();
  usePreferences();
  const due = describeDue(task, now);
  const notable = priority === "high" || priority === "low";
  if (due === undefined && !notable) return null;

  const mark = (what: "due" | "priority", kind: string, children: ReactNode) =>
    onPick === undefined ? (
      <span className={`mark ${kind}`}>{children}</span>
    ) : (
      <button
        type="button"
        className={`mark ${kind}`}
        data-pick={what}
        aria-haspopup="dialog"
        onClick={(event) => {
          onPick(what, event.currentTarget);
        }}
      >
        {children}
      </button>
    );
  return (
    <span className="marks">
      {due !== undefined &&
        mark(
          "due",
          due.overdue ? "mark-overdue" : "",
          <>
            <Icon name="calendar" />
            <span>
              {onPick && <span className="visually-hidden">Due </span>}
              <time dateTime={task.dueOn ?? task.dueAt ?? ""}>{due.text}</time>
              {due.overdue && " · overdue"}
            </span>
          </>,
        )}
      {repeat != null && (
        <span className="mark">
          <Icon name="retry" />
          {describeRepeat(repeat)}
        </span>
      )}
      {notable &&
        mark(
          "priority",
          `mark-${priority}`,
          <>
            <Icon name="flag" />
            {priority === "high" ? "High" : "Low"}
            <span className="visually-hidden"> priority</span>
          </>,
        )}
    </span>
  );
}
