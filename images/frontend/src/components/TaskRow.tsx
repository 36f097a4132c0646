import { memo, type MouseEvent } from "react";

import type { Task } from "../api/types.ts";
import { Icon } from "./Icon.tsx";
import { TaskMarks } from "./TaskMarks.tsx";

/** What can be done with a row; the same object at every render, so that rows are not repeated. */
export interface RowActions {
  readonly complete: (task: Task) => void;
  readonly edit: (task: Task) => void;
  readonly remove: (task: Task) => void;
  readonly pick: (what: "due" | "priority", task: Task, anchor: HTMLElement) => void;
  /** @param how of a click that selects instead of opening. */
  readonly select: (task: Task, how: "toggle" | "extend") => void;
}

export interface TaskRowProps {
  readonly task: Task;
  readonly isChanged: boolean;
  readonly isSelected: boolean;
  /** Clicks select. */
  readonly isSelecting: boolean;
  readonly actions: RowActions;
}

export const TaskRow = memo(function TaskRow(props: TaskRowProps) {
  const { task, isChanged, isSelected, isSelecting, actions } = props;
  const { id, title, description, completed, priority } = task;
  const classes = [
    "task",
    completed && "is-done",
    isChanged && "is-changed",
    isSelected && "is-selected",
  ];
  const onPick = (what: "due" | "priority", anchor: HTMLElement) => {
    actions.pick(what, task, anchor);
  };
  const button = (what: "due" | "priority") => (
    <button
      type="button"
      className="icon-button"
      data-pick={what}
      aria-haspopup="dialog"
      aria-label={`${what === "due" ? "Due date" : "Priority"} of ${title}`}
      title={what === "due" ? "Due date" : "Priority"}
      onClick={(event) => {
        onPick(what, event.currentTarget);
      }}
    >
      <Icon name={what === "due" ? "calendar" : "flag"} />
    </button>
  );
  const isDated = task.dueAt !== null;

  function onClick(event: MouseEvent): void {
    const how = event.shiftKey
      ? "extend"
      : event.ctrlKey || event.metaKey || isSelecting
        ? "toggle"
        : undefined;
    if (how === undefined || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    event.stopPropagation();
    actions.select(task, how);
  }

  return (
    // The keyboard selects by its own keys.
    <li
      className={classes.filter(Boolean).join(" ")}
      data-task={id}
      onClickCapture={onClick}
      onMouseDown={(event) => {
        // It would select text.
        if (event.shiftKey) event.preventDefault();
      }}
    >
      <input
        type="checkbox"
        id={`task-${id}`}
        className="tick"
        aria-labelledby={`title-${id}`}
        checked={completed}
        onChange={() => {
          actions.complete(task);
        }}
      />
      <div className="task-text">
        <button
          type="button"
          id={`edit-${id}`}
          className="task-open"
          aria-pressed={isSelecting ? isSelected : undefined}
          onClick={() => {
            actions.edit(task);
          }}
        >
          <span className="visually-hidden">{isSelecting ? "Select " : "Edit "}</span>
          <span id={`title-${id}`} className="task-title">
            {title}
          </span>
        </button>
        {description !== "" && <p className="task-description">{description}</p>}
        {/* When it was due says nothing once it is done. */}
        {!completed && (
          <TaskMarks due={task} repeat={task.repeat} priority={priority} onPick={onPick} />
        )}
      </div>
      <div className="task-actions">
        {!completed && !isDated && button("due")}
        {!completed && priority === "medium" && button("priority")}
        <button
          type="button"
          className="icon-button"
          aria-label={`Delete ${title}`}
          title="Delete"
          onClick={() => {
            actions.remove(task);
          }}
        >
          <Icon name="trash" />
        </button>
      </div>
    </li>
  );
});
