import { type ReactNode, useId } from "react";

export interface TaskGroupProps {
  readonly label: string;
  /** Deletes all completed tasks; undefined if the group has others. */
  readonly onClear: (() => void) | undefined;
  readonly children: ReactNode;
}

/** Tasks under a heading, if there is one. */
export function TaskGroup({ label, onClear, children }: TaskGroupProps) {
  const id = useId();
  return (
    <>
      {(label !== "" || onClear !== undefined) && (
        <div className="task-group">
          {label !== "" && <h3 id={id}>{label}</h3>}
          {onClear !== undefined && (
            <button type="button" className="text-button" onClick={onClear}>
              Clear completed
            </button>
          )}
        </div>
      )}
      <ul aria-labelledby={label === "" ? "tasks-title" : id}>{children}</ul>
    </>
  );
}
