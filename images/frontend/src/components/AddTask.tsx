import { type SubmitEvent, useRef, useState } from "react";

import type { LinePart, TaskFields, TaskLine } from "../api/types.ts";
import { usePreview } from "../state/usePreview.ts";
import { reasonOf, type TaskList } from "../state/useTasks.ts";
import { Icon } from "./Icon.tsx";
import { LineChips } from "./LineChips.tsx";
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
  readonly list: Pick<TaskList, "add" | "addLine" | "preview">;
}

/** A line that could not be added while the next one was typed. */
interface Refused extends TaskLine {
  readonly reason: string;
}

/** Adds a task by a line like "pay rent tomorrow 9am !high", or with all fields. */
export function AddTask({ list }: AddTaskProps) {
  const [text, setText] = useState("");
  const [keep, setKeep] = useState<readonly LinePart[]>([]);
  const [detailed, setDetailed] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const field = useRef<HTMLInputElement>(null);
  const typed = useRef("");
  const preview = usePreview({ text, keep }, list.preview);

  function type(next: string, kept = next.trim() === "" ? [] : keep): void {
    typed.current = next;
    setText(next);
    setKeep(kept);
  }
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (text.trim() !== "") add({ text: text.trim(), keep });
  }
  /** The next one can be typed at once. */
  function add(line: TaskLine): void {
    type("");
    setFailure(undefined);
    list.addLine(line).catch((error: unknown) => {
      const reason = reasonOf(error);
      if (typed.current === "") {
        type(line.text, [...line.keep]);
        setFailure(reason);
      } else setRefused((all) => [...all, { ...line, reason }]);
    });
  }
  function retry(line: Refused): void {
    setRefused((all) => all.filter((each) => each !== line));
    const { text, keep } = line;
    list.addLine({ text, keep }).catch((error: unknown) => {
      setRefused((all) => [...all, { ...line, reason: reasonOf(error) }]);
    });
  }
  function close(): void {
    setDetailed(false);
    requestAnimationFrame(() => field.current?.focus());
  }

  if (detailed) {
    const read = preview.isCurrent ? preview.read : undefined;
    const { priority, ...fields } = read ?? { title: text, priority: null };
    return (
      <div className="add-task-detailed">
        <TaskForm
          initial={{ ...emptyTask, ...fields, ...(priority && { priority }) }}
          submitLabel="Add"
          onSubmit={async (fields) => {
            await list.add(fields);
            type("");
            close();
          }}
          onCancel={close}
        />
      </div>
    );
  }
  return (
    <form className="add-task" onSubmit={submit}>
      <div className="add-task-line">
        <input
          ref={field}
          id="new-task"
          aria-label="New task"
          placeholder="New task: rent Friday 9am"
          autoCapitalize="sentences"
          maxLength={200}
          value={text}
          onChange={(event) => {
            type(event.target.value);
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
          disabled={text.trim() === ""}
        >
          <Icon name="add" />
        </button>
      </div>
      {text.trim() !== "" && <LineChips read={preview.read} keep={keep} onKeep={setKeep} />}
      {failure !== undefined && (
        <p className="failure" role="alert">
          {failure}
        </p>
      )}
      {refused.map((line, index) => (
        <p key={index} className="failure add-task-refused" role="alert">
          <span>
            “{line.text}” was not added: {line.reason}
          </span>
          <button
            type="button"
            className="button button-small"
            onClick={() => {
              retry(line);
            }}
          >
            <Icon name="retry" /> Try again
          </button>
        </p>
      ))}
    </form>
  );
}
