import { useEffect, useMemo, useRef, useState } from "react";

import type { Priority, Task } from "../api/types.ts";
import { movedTo } from "../lib/dates.ts";
import { applyFilter, type Filter, groupByDue } from "../state/tasks.ts";
import { useMinute } from "../state/useMinute.ts";
import { useSelection } from "../state/useSelection.ts";
import { useShortcuts } from "../state/useShortcuts.ts";
import type { TaskList } from "../state/useTasks.ts";
import { AddTask } from "./AddTask.tsx";
import { EditTask } from "./EditTask.tsx";
import { Icon } from "./Icon.tsx";
import { LimitNote } from "./LimitNote.tsx";
import { Pickers, type Picking } from "./Pickers.tsx";
import { SelectionBar } from "./SelectionBar.tsx";
import { TaskGroup } from "./TaskGroup.tsx";
import { TaskHead } from "./TaskHead.tsx";
import { type RowActions, TaskRow } from "./TaskRow.tsx";
import { TaskTools } from "./TaskTools.tsx";

const emptyTexts: Readonly<Record<Filter, string>> = {
  all: "Nothing here yet. Tell the chat what you have to do, or add it above.",
  pending: "Nothing left to do. Well done!",
  completed: "Nothing completed yet.",
};

export interface TaskPaneProps {
  readonly list: TaskList;
  /** The server can't be reached, which is said elsewhere. */
  readonly isAway: boolean;
}

export function TaskPane({ list, isAway }: TaskPaneProps) {
  const [editing, setEditing] = useState<Task>();
  const [picking, setPicking] = useState<Picking>();
  const selection = useSelection();
  const heading = useRef<HTMLHeadingElement>(null);
  /** Whether the open form may be closed; else it asks. */
  const mayLeave = useRef<() => boolean>(undefined);
  const { view, usage } = list;
  const filter = view.status;
  // Until the tasks of a new view are loaded, those of the one before stay, as far as they fit.
  const loaded = list.shown?.status ?? "all";
  const visible = applyFilter(list.tasks, loaded === "all" ? filter : loaded);
  const hasTasks = usage !== undefined && usage.pending + usage.completed > 0;
  const now = useMinute();
  // An open form stays when its task is completed or deleted elsewhere.
  const isEdited = ({ id }: Task) => id === editing?.id;
  const rows = editing === undefined || visible.some(isEdited) ? visible : [editing, ...visible];
  // While a task is edited it stays in its group.
  const inPlace = rows.map((task) => (isEdited(task) && editing ? editing : task));
  const groups = view.sort === "due" ? groupByDue(inPlace, now) : [{ label: "", tasks: inPlace }];
  const shown = groups.flatMap(({ tasks }) => tasks);
  const selected = shown.filter(({ id }) => selection.ids.has(id));

  /** Moves the focus on when the row that has it goes, or is moved to another group. */
  function keepFocus(chosen: readonly Task[], wanted = ""): void {
    const isChosen = (task: Task) => chosen.some(({ id }) => id === task.id);
    const at = shown.findLastIndex(isChosen);
    const next = shown.slice(at).find((task) => !isChosen(task));
    const near = next ?? shown.findLast((task) => !isChosen(task));
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body) return;
      const row = near && document.getElementById(`edit-${near.id}`);
      const target = wanted === "" ? null : document.querySelector<HTMLElement>(wanted);
      (target ?? row ?? heading.current)?.focus();
    });
  }
  function complete(chosen: readonly Task[], completed: boolean): void {
    keepFocus(chosen);
    list.complete(chosen, completed);
    selection.clear();
  }
  function remove(chosen: readonly Task[]): void {
    keepFocus(chosen);
    list.remove(chosen);
    selection.clear();
  }
  function modify(what: Picking["what"], patchOf: Parameters<TaskList["modify"]>[1]): void {
    const chosen = picking?.tasks ?? [];
    const [only] = chosen.length === 1 ? chosen : [];
    keepFocus(chosen, only && `[data-task="${only.id}"] [data-pick="${what}"]`);
    list.modify(chosen, patchOf);
  }
  function edit(task: Task): void {
    if (mayLeave.current?.() !== false) setEditing(task);
  }
  function closeEditor(task: Task): void {
    setEditing(undefined);
    requestAnimationFrame(() => document.getElementById(`edit-${task.id}`)?.focus());
  }
  const latest = useRef<RowActions>(undefined);
  useEffect(() => {
    latest.current = {
      complete: (task) => {
        complete([task], !task.completed);
      },
      edit,
      remove: (task) => {
        remove([task]);
      },
      pick: (what, task, anchor) => {
        setPicking({ what, tasks: [task], anchor });
      },
      select: ({ id }, how) => {
        const order = shown.map((task) => task.id);
        if (how === "toggle") selection.toggle(id);
        else selection.extend(id, order);
      },
    };
  });
  const actions = useMemo<RowActions>(
    () => ({
      complete: (task) => latest.current?.complete(task),
      edit: (task) => latest.current?.edit(task),
      remove: (task) => latest.current?.remove(task),
      pick: (what, task, anchor) => latest.current?.pick(what, task, anchor),
      select: (task, how) => latest.current?.select(task, how),
    }),
    [],
  );

  const current = (): Task | undefined => {
    const row = document.activeElement?.closest<HTMLElement>("[data-task]");
    return shown.find(({ id }) => id === row?.dataset["task"]);
  };
  const targets = (): readonly Task[] =>
    selected.length > 0 ? selected : [current() ?? []].flat();
  const onTargets = (act: (chosen: readonly Task[]) => void) => () => {
    const chosen = targets();
    if (chosen.length === 0) return false;
    act(chosen);
    return true;
  };
  const onCurrent = (act: (task: Task) => void) => () => {
    const task = current();
    if (task !== undefined) act(task);
    return task !== undefined;
  };
  const step = (by: 1 | -1) => () => {
    const task = current();
    const at = task === undefined ? (by > 0 ? -1 : shown.length) : shown.indexOf(task);
    const next = shown[at + by];
    document.getElementById(`edit-${next?.id ?? ""}`)?.focus();
  };
  const pick = (what: Picking["what"]) =>
    onTargets((chosen) => {
      const row = document.querySelector<HTMLElement>(`[data-task="${chosen.at(-1)?.id ?? ""}"]`);
      const anchor = row?.querySelector<HTMLElement>(".task-open");
      if (anchor != null) setPicking({ what, tasks: chosen, anchor });
    });
  useShortcuts({
    undo: () => {
      list.undo();
    },
    next: step(1),
    previous: step(-1),
    edit: onCurrent(edit),
    complete: onTargets((chosen) => {
      complete(chosen, !chosen.every(({ completed }) => completed));
    }),
    due: pick("due"),
    priority: pick("priority"),
    select: onCurrent(({ id }) => {
      selection.toggle(id);
    }),
    delete: onTargets(remove),
    clear: () => {
      if (selection.isOn) selection.clear();
      return selection.isOn;
    },
  });

  return (
    <section className="tasks" aria-labelledby="tasks-title">
      <TaskHead list={list} heading={heading} />
      <AddTask list={list} />
      {(hasTasks || view.q !== "") && (
        <TaskTools view={view} onChange={list.setView} onSelect={selection.start} />
      )}
      <LimitNote usage={usage} />
      {list.phase === "loading" && <p className="quiet tasks-note">Loading your tasks…</p>}
      {list.phase === "failed" && (
        <div className="tasks-note" role="alert">
          <p>Your tasks can’t be loaded right now.</p>
          {/* Else the banner has the button. */}
          {!isAway && (
            <button type="button" className="button" onClick={list.refresh}>
              <Icon name="retry" /> Try again
            </button>
          )}
        </div>
      )}
      {list.phase === "ready" && list.shown === view && rows.length === 0 && (
        <p className="quiet tasks-note" role="status">
          {view.q === "" ? emptyTexts[filter] : `No task has “${view.q}” in it.`}
        </p>
      )}
      <div className="task-list">
        {groups.map(({ label, tasks }) => (
          <TaskGroup
            key={label}
            label={groups.length > 1 ? label : ""}
            onClear={
              tasks.every(({ completed }) => completed) && tasks.length > 0 && view.q === ""
                ? list.clearCompleted
                : undefined
            }
          >
            {tasks.map((task) =>
              isEdited(task) ? (
                <li key={task.id} className="task task-editing">
                  <EditTask
                    task={task}
                    list={list}
                    mayLeave={mayLeave}
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
                  isSelected={selection.ids.has(task.id)}
                  isSelecting={selection.isOn}
                  actions={actions}
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
      {selection.isOn && (
        <SelectionBar
          tasks={selected}
          onComplete={(completed) => {
            complete(selected, completed);
          }}
          onPick={(what, anchor) => {
            setPicking({ what, tasks: selected, anchor });
          }}
          onDelete={() => {
            remove(selected);
          }}
          onClose={() => {
            selection.clear();
            heading.current?.focus();
          }}
        />
      )}
      {picking !== undefined && (
        <Pickers
          picking={picking}
          onDate={(date) => {
            modify("due", (task) => movedTo(date, task));
          }}
          onPriority={(priority: Priority) => {
            modify("priority", () => ({ priority }));
          }}
          onClose={() => {
            setPicking(undefined);
          }}
        />
      )}
    </section>
  );
}
