import { type SubmitEvent, useRef, useState } from "react";

import type { TaskFields } from "../api/types.ts";
import { reasonOf } from "../state/useTasks.ts";
import { Icon } from "./Icon.tsx";
import { TaskForm } from "./TaskForm.tsx";

const emptyTask: TaskFields = {
  title: "",
  description: "",
  priority: "medium",
  dueOn: null,
  dueAt: null,
  repeat: null,
};

export interface AddTaskProps {
  /** Rejects on failure. */
  readonly onAdd: (fields: Partial<TaskFields>) => Promise<void>;
}

/** Adds a task with just a title, or with all fields. */
export function AddTask({ onAdd }: AddTaskProps) {
  const [title, setTitle] = useState("");
  const [detailed, setDetailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const field = useRef<HTMLInputElement>(null);

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (title.trim() === "" || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await onAdd({ title: title.trim() });
      setTitle("");
    } catch (error) {
      setFailure(reasonOf(error));
    }
    setBusy(false);
  }
  function close(): void {
    setDetailed(false);
    requestAnimationFrame(() => field.current?.focus());
  }

  if (detailed) {
    return (
      <div className="add-task-detailed">
        <TaskForm
          initial={{ ...emptyTask, title }}
          submitLabel="Add"
          onSubmit={async (fields) => {
            await onAdd(fields);
            setTitle("");
            close();
          }}
          onCancel={close}
        />
      </div>
    );
  }
  return (
    <form className="add-task" onSubmit={(event) => void add(event)}>
      <div className="add-task-line">
        <input
          ref={field}
          aria-label="New task"
          placeholder="New task"
          maxLength={200}
          value={title}
          onChange={(event) => {
            setTitle(event.target.value);
          }}
        />
        <button
          type="button"
          className="text-button"
          onClick={() => {
            setDetailed(true);
          }}
        >
          Details
        </button>
        <button
          type="submit"
          className="icon-button"
          aria-label="Add"
          disabled={title.trim() === ""}
        >
          <Icon name="add" />
        </button>
      </div>
      {failure !== undefined && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}
