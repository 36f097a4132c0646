import { useState } from "react";

import type { Priority, Task } from "../api/types.ts";
import { dueChoices, toInputs } from "../lib/dates.ts";
import { Icon } from "./Icon.tsx";
import { Popover } from "./Popover.tsx";

/** What a click on a row's due date or priority, or in the bar of selected tasks, opens. */
export interface Picking {
  readonly what: "due" | "priority";
  readonly tasks: readonly Task[];
  readonly anchor: HTMLElement;
}

export interface PickersProps {
  readonly picking: Picking;
  /** @param date of a date input; empty for none. */
  readonly onDate: (date: string) => void;
  readonly onPriority: (priority: Priority) => void;
  readonly onClose: () => void;
}

const priorities: readonly (readonly [Priority, label: string])[] = [
  ["high", "High"],
  ["medium", "Medium"],
  ["low", "Low"],
];

export function Pickers({ picking, onDate, onPriority, onClose }: PickersProps) {
  const { what, tasks, anchor } = picking;
  const about = tasks.length === 1 ? (tasks[0]?.title ?? "") : `${tasks.length} tasks`;
  const label = what === "due" ? `Due date of ${about}` : `Priority of ${about}`;
  return (
    <Popover anchor={anchor} label={label} onClose={onClose}>
      {(close) => {
        const then = (act: () => void) => () => {
          close();
          act();
        };
        if (what === "due") {
          return <Dates tasks={tasks} pick={(date) => then(() => onDate(date))} />;
        }
        return priorities.map(([priority, label]) => (
          <button
            key={priority}
            type="button"
            className="popover-item"
            aria-pressed={tasks.every((task) => task.priority === priority)}
            onClick={then(() => {
              onPriority(priority);
            })}
          >
            <span className={`mark mark-${priority}`}>
              <Icon name="flag" />
            </span>
            {label}
          </button>
        ));
      }}
    </Popover>
  );
}

interface DatesProps {
  readonly tasks: readonly Task[];
  readonly pick: (date: string) => () => void;
}

function Dates({ tasks, pick }: DatesProps) {
  const [first] = tasks;
  const [date, setDate] = useState(first === undefined ? "" : toInputs(first).date);
  const isDated = tasks.some((task) => toInputs(task).date !== "");
  return (
    <>
      {dueChoices(new Date()).map(({ label, date, hint }) => (
        <button key={label} type="button" className="popover-item" onClick={pick(date)}>
          {label} <span className="quiet">{hint}</span>
        </button>
      ))}
      <form
        className="popover-date"
        onSubmit={(event) => {
          event.preventDefault();
          if (date !== "") pick(date)();
        }}
      >
        <input
          type="date"
          aria-label="Another day"
          min="1900-01-01"
          max="2200-12-31"
          required
          value={date}
          onChange={(event) => {
            setDate(event.target.value);
          }}
        />
        <button type="submit" className="button button-small">
          Set
        </button>
      </form>
      {isDated && (
        <button type="button" className="popover-item" onClick={pick("")}>
          No date
        </button>
      )}
    </>
  );
}
