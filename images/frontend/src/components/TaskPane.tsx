import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import type { Task, TaskUsage } from "../api/types.ts";
import { applyFilter, type Filter, filters, groupByDue } from "../state/tasks.ts";
import { useMinute } from "../state/useMinute.ts";
import type { TaskList } from "../state/useTasks.ts";
import { AddTask } from "./AddTask.tsx";
import { EditTask } from "./EditTask.tsx";
import { Icon } from "./Icon.tsx";
import { TaskTools } from "./TaskTools.tsx";
import { TaskMarks } from "./TaskMarks.tsx";

const labels: Readonly<Record<Filter, string>> = {
  all: "All",
  pending: "Pending",
  completed: "Completed",
};
const emptyTexts: Readonly<Record<Filter, string>> = {
  all: "Nothing here yet. Tell the chat what you have to do, or add it above.",
  pending: "Nothing left to do. Well done!",
  completed: "Nothing completed yet.",
};

export function TaskPane({ list }: { readonly list: TaskList }) {
  const [editing, setEditing] = useState<Task>();
  const heading = useRef<HTMLHeadingElement>(null);
  const newTask = useRef<HTMLInputElement>(null);
  const { view, setView, usage } = list;
  const filter = view.status;
  // Until the tasks of a new view are loaded, those of the one before stay, as far as they fit.
  const loaded = list.shown?.status ?? "all";
  const visible = applyFilter(list.tasks, loaded === "all" ? filter : loaded);
  const now = useMinute();
  // An open form stays when its task is completed or deleted elsewhere.
  const isEdited = ({ id }: Task) => id === editing?.id;
  const rows = editing === undefined || visible.some(isEdited) ? visible : [editing, ...visible];
  // While a task is edited it stays in its group.
  const inPlace = rows.map((task) => (isEdited(task) && editing ? editing : task));
  const groups = view.sort === "due" ? groupByDue(inPlace, now) : [{ label: "", tasks: inPlace }];

  const { undo, lastStep } = list;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z";
      // In a text field the keys undo typing.
      if (!isUndo || (event.target as Element).matches("textarea, input:not([type=checkbox])")) {
        return;
      }
      event.preventDefault();
      undo();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
    };
  }, [undo]);

  /** Moves focus to the row that takes the place of a removed one. */
  function focusAfter(task: Task): void {
    const at = visible.findIndex(({ id }) => id === task.id);
    const next = visible[at + 1] ?? visible[at - 1];
    const box = next === undefined ? null : document.getElementById(`task-${next.id}`);
    (box ?? heading.current)?.focus();
  }
  function closeEditor(task: Task): void {
    setEditing(undefined);
    requestAnimationFrame(() => document.getElementById(`edit-${task.id}`)?.focus());
  }

  return (
    <section className="tasks" aria-labelledby="tasks-title">
      <div className="tasks-head">
        <div className="tasks-title">
          <h2 id="tasks-title" ref={heading} tabIndex={-1}>
            Tasks
          </h2>
          {lastStep !== undefined && (
            <button
              type="button"
              className="text-button"
              aria-label={`Undo: ${lastStep}`}
              title={lastStep}
              onClick={() => {
                undo();
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
              aria-pressed={filter === value}
              onClick={() => {
                setView({ status: value });
              }}
            >
              {labels[value]} <span className="count">{countOf(value, usage)}</span>
            </button>
          ))}
        </div>
      </div>
      <AddTask list={list} field={newTask} />
      {(hasTasks(usage) || view.q !== "") && <TaskTools view={view} onChange={setView} />}
      <LimitNote usage={usage} />
      {list.phase === "loading" && <p className="quiet tasks-note">Loading your tasks…</p>}
      {list.phase === "failed" && (
        <div className="tasks-note" role="alert">
          <p>Your tasks can’t be loaded right now.</p>
          <button type="button" className="button" onClick={list.refresh}>
            <Icon name="retry" /> Try again
          </button>
        </div>
      )}
      {list.phase === "ready" && list.shown === view && rows.length === 0 && (
        <p className="quiet tasks-note" role="status">
          {view.q === "" ? emptyTexts[filter] : `No task has “${view.q}” in it.`}
        </p>
      )}
      <div className="task-list">
        {groups.map(({ label, tasks }) => (
          <TaskGroup key={label} label={groups.length > 1 ? label : ""}>
            {tasks.map((task) =>
              isEdited(task) ? (
                <li key={task.id} className="task task-editing">
                  <EditTask
                    task={task}
                    list={list}
                    onClose={() => {
                      closeEditor(task);
                    }}
                  />
                </li>
              ) : (
                <TaskRow
                  key={task.id}
                  task={task}
                  isChanged={list.changed.has(task.id)}
                  onToggle={() => {
                    if (filter !== "all") focusAfter(task);
                    list.toggle(task);
                  }}
                  onEdit={() => {
                    setEditing(task);
                  }}
                  onDelete={() => {
                    focusAfter(task);
                    list.remove(task);
                  }}
                />
              ),
            )}
          </TaskGroup>
        ))}
        {list.hasMore && (
          <button type="button" className="button tasks-more" onClick={list.more}>
            Show more
          </button>
        )}
      </div>
    </section>
  );
}

/** Tasks under a heading, if there is one. */
function TaskGroup({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <>
      {label !== "" && (
        <h3 id={id} className="task-group">
          {label}
        </h3>
      )}
      <ul aria-labelledby={label === "" ? "tasks-title" : id}>{children}</ul>
    </>
  );
}

function countOf(filter: Filter, usage: TaskUsage | undefined): string {
  if (usage === undefined) return "";
  const { pending, completed } = usage;
  return { all: pending + completed, pending, completed }[filter].toLocaleString("en");
}

function hasTasks(usage: TaskUsage | undefined): boolean {
  return usage !== undefined && usage.pending + usage.completed > 0;
}

/** Share of a limit from which on it is told. */
const nearly = 0.9;

/** Tells how near the limits are, before they are reached. */
function LimitNote({ usage }: { readonly usage: TaskUsage | undefined }) {
  if (usage === undefined) return null;
  const { pending, completed, maximumTasks, textBytes, maximumTextBytes } = usage;
  const tasks = pending + completed;
  const number = (count: number): string => count.toLocaleString("en");
  const full =
    tasks >= nearly * maximumTasks
      ? `You have ${number(tasks)} of at most ${number(maximumTasks)} tasks.`
      : textBytes >= nearly * maximumTextBytes
        ? `Your tasks’ texts take ${Math.floor((textBytes / maximumTextBytes) * 100)} % of their space.`
        : undefined;
  if (full === undefined) return null;
  return (
    <p className="limit-note" role="status">
      {full} Delete some that are done to make room.
    </p>
  );
}

interface TaskRowProps {
  readonly task: Task;
  readonly isChanged: boolean;
  readonly onToggle: () => void;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

function TaskRow({ task, isChanged, onToggle, onEdit, onDelete }: TaskRowProps) {
  const classes = ["task", task.completed && "is-done", isChanged && "is-changed"];
  return (
    <li className={classes.filter(Boolean).join(" ")}>
      <input
        type="checkbox"
        id={`task-${task.id}`}
        className="tick"
        aria-labelledby={`title-${task.id}`}
        checked={task.completed}
        onChange={onToggle}
      />
      <div className="task-text">
        <button type="button" id={`edit-${task.id}`} className="task-open" onClick={onEdit}>
          <span className="visually-hidden">Edit </span>
          <span id={`title-${task.id}`} className="task-title">
            {task.title}
          </span>
        </button>
        {task.description !== "" && <p className="task-description">{task.description}</p>}
        <TaskMarks
          due={task}
          repeat={task.repeat}
          priority={task.priority}
          completed={task.completed}
        />
      </div>
      <div className="task-actions">
        <button
          type="button"
          className="icon-button"
          aria-label={`Delete ${task.title}`}
          onClick={onDelete}
        >
          <Icon name="trash" />
        </button>
      </div>
    </li>
  );
}
