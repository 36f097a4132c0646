import type { Task } from "../api/types.ts";
import { Icon } from "./Icon.tsx";

export interface SelectionBarProps {
  readonly tasks: readonly Task[];
  readonly onComplete: (completed: boolean) => void;
  readonly onPick: (what: "due" | "priority", anchor: HTMLElement) => void;
  readonly onDelete: () => void;
  readonly onClose: () => void;
}

/** What can be done with the selected tasks. */
export function SelectionBar({ tasks, onComplete, onPick, onDelete, onClose }: SelectionBarProps) {
  const isNone = tasks.length === 0;
  const isDone = !isNone && tasks.every(({ completed }) => completed);
  return (
    <div className="selection-bar" role="group" aria-label="Selected tasks">
      <span className="selection-count" role="status">
        {isNone ? "Select tasks" : `${tasks.length} selected`}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label="End the selection"
        title="End the selection"
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
      <div className="selection-actions">
        <button
          type="button"
          className="button button-small"
          disabled={isNone}
          onClick={() => {
            onComplete(!isDone);
          }}
        >
          {isDone ? "Reopen" : "Complete"}
        </button>
        {(["due", "priority"] as const).map((what) => (
          <button
            key={what}
            type="button"
            className="button button-small"
            aria-haspopup="dialog"
            disabled={isNone}
            onClick={(event) => {
              onPick(what, event.currentTarget);
            }}
          >
            {what === "due" ? "Due" : "Priority"}
          </button>
        ))}
        <button type="button" className="button button-small" disabled={isNone} onClick={onDelete}>
          Delete
        </button>
      </div>
    </div>
  );
}
