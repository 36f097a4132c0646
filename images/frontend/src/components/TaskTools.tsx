import { useEffect, useRef, useState } from "react";

import { taskSorts, type TaskView } from "../api/types.ts";

const sortLabels: Readonly<Record<TaskView["sort"], string>> = {
  due: "By due date",
  priority: "By priority",
  title: "By title",
  created: "Newest first",
};

/** Pause in typing after which the search begins. */
const pauseMs = 250;

export interface TaskToolsProps {
  readonly view: TaskView;
  readonly onChange: (change: Partial<TaskView>) => void;
  /** Begins to select tasks. */
  readonly onSelect: () => void;
}

/** Search and order of the task list. */
export function TaskTools({ view, onChange, onSelect }: TaskToolsProps) {
  const [words, setWords] = useState(view.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    return () => {
      clearTimeout(timer.current);
    };
  }, []);

  function search(text: string, afterMs = pauseMs): void {
    setWords(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (text.trim() !== view.q) onChange({ q: text.trim() });
    }, afterMs);
  }

  return (
    <div className="task-tools">
      <input
        id="search-tasks"
        type="search"
        aria-label="Search tasks"
        placeholder="Search"
        maxLength={200}
        value={words}
        onChange={(event) => {
          search(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") search("", 0);
          if (event.key === "Enter") search(words, 0);
        }}
      />
      <select
        aria-label="Order of the tasks"
        value={view.sort}
        onChange={(event) => {
          onChange({ sort: event.target.value as TaskView["sort"] });
        }}
      >
        {taskSorts.map((sort) => (
          <option key={sort} value={sort}>
            {sortLabels[sort]}
          </option>
        ))}
      </select>
      <button type="button" className="text-button" onClick={onSelect}>
        Select
      </button>
    </div>
  );
}
