import { type RefObject, useState } from "react";

import type { Task, TaskFields } from "../api/types.ts";
import { changesOf, EditConflict, fieldsOf } from "../state/edits.ts";
import type { TaskList } from "../state/useTasks.ts";
import { TaskForm } from "./TaskForm.tsx";

export interface EditTaskProps {
  readonly task: Task;
  readonly list: TaskList;
  /** Set while it is open: whether it may be closed; if not, it asks. */
  readonly mayLeave: RefObject<(() => boolean) | undefined>;
  readonly onClose: () => void;
}

/** Edits a task as it was when opened, whatever a refresh brings meanwhile. */
export function EditTask({ task, list, mayLeave, onClose }: EditTaskProps) {
  const [opened] = useState(task);
  const [seen, setSeen] = useState<Task | undefined>(task);
  const [conflict, setConflict] = useState<EditConflict>();

  async function submit(fields: TaskFields): Promise<void> {
    try {
      if (seen === undefined) await list.add(fields);
      else await list.edit(seen, changesOf(fieldsOf(opened), fields));
    } catch (error) {
      if (error instanceof EditConflict) {
        setConflict(error);
        setSeen(error.current);
      }
      throw error;
    }
    onClose();
  }

  const [submitLabel, cancelLabel] =
    conflict === undefined
      ? ["Save", "Cancel"]
      : conflict.current === undefined
        ? ["Add it again", "Leave it deleted"]
        : ["Keep mine", "Keep theirs"];
  return (
    <TaskForm
      initial={fieldsOf(opened)}
      submitLabel={submitLabel}
      cancelLabel={cancelLabel}
      mayLeave={mayLeave}
      onSubmit={submit}
      onCancel={onClose}
    />
  );
}
