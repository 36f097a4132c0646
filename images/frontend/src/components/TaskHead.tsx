import type { RefObject } from "react";

import type { TaskUsage } from "../api/types.ts";
import { type Filter, filters } from "../state/tasks.ts";
import type { TaskList } from "../state/useTasks.ts";
import { Icon } from "./Icon.tsx";

const labels: Readonly<Record<Filter, string>> = {
  all: "All",
  pending: "Pending",
  completed: "Completed",
};

export interface TaskHeadProps {
  readonly list: Pick<TaskList, "view" | "setView" | "usage" | "undo" | "lastStep">;
  readonly heading: RefObject<HTMLHeadingElement | null>;
}

/** The heading of the tasks, with undo and filters. */
export function TaskHead({ list, heading }: TaskHeadProps) {
  const { view, setView, usage, undo, lastStep } = list;
  return (
    <div className="tasks-head">
      <div className="tasks-title">
        <h2 id="tasks-title" ref={heading} tabIndex={-1}>
          Tasks
        </h2>
        {lastStep !== undefined && (
          <button
            type="button"
            className="text-button"
            aria-label={`Undo: ${lastStep.text}`}
            title={lastStep.text}
            onClick={() => {
              undo(lastStep.key);
              heading.current?.focus();
            }}
          >
            <Icon name="undo" /> Undo
          </button>
        )}
      </div>
      <div className="segments" role="group" aria-label="Show">
        {filters.map((value) => (
          <button
            key={value}
            type="button"
            aria-pressed={view.status === value}
            onClick={() => {
              setView({ status: value });
            }}
          >
            {labels[value]} <span className="count">{countOf(value, usage)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

function countOf(filter: Filter, usage: TaskUsage | undefined): string {
  if (usage === undefined) return "";
  const { pending, completed } = usage;
  return { all: pending + completed, pending, completed }[filter].toLocaleString("en");
}
