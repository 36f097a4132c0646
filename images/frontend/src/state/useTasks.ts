import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";

import { type Api, ApiError } from "../api/client.ts";
import type { Task, TaskFields, TaskPatch } from "../api/types.ts";
import type { Connection } from "./connection.ts";
import { EditConflict, versionToRetry } from "./edits.ts";
import { initialTasks, type TasksState, tasksReducer } from "./tasks.ts";

/** A toast at the bottom of the page, with an optional undo. */
export interface Notice {
  readonly key: number;
  readonly text: string;
  readonly undo?: () => void;
}

export interface TaskList extends TasksState {
  readonly notices: readonly Notice[];
  readonly dismiss: (key: number) => void;
  readonly refresh: () => void;
  /** Rejects with a message for the user, so that a form keeps its input. */
  readonly add: (fields: Partial<TaskFields>) => Promise<void>;
  /**
   * Sends the changed fields of a task. Rejects with `EditConflict` if they don't fit together with
   * what was changed elsewhere since `seen`.
   */
  readonly edit: (seen: Task, patch: TaskPatch) => Promise<void>;
  readonly toggle: (task: Task) => void;
  readonly remove: (task: Task) => void;
  /** Recreates a deleted task. */
  readonly restore: (task: Task) => void;
}

const maxNotices = 3;

/** The task list, with optimistic updates that are rolled back when the server refuses them. */
export function useTasks(api: Api, connection: Connection): TaskList {
  const [state, dispatch] = useReducer(tasksReducer, initialTasks);
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const counter = useRef(0);
  const tasks = useRef(state.tasks);
  useEffect(() => {
    tasks.current = state.tasks;
  });

  const notify = useCallback((text: string, undo?: () => void) => {
    const notice = { key: ++counter.current, text, ...(undo === undefined ? {} : { undo }) };
    setNotices((all) => [...all, notice].slice(-maxNotices));
  }, []);
  const dismiss = useCallback((key: number) => {
    setNotices((all) => all.filter((notice) => notice.key !== key));
  }, []);

  const latest = useRef(0);
  const changes = useRef(0);
  const refresh = useCallback(() => {
    const request = ++latest.current;
    api.tasks().then(
      // Stale responses are dropped: one that a later request has overtaken, or one from before the
      // end of a change, which would bring back a task that was just deleted.
      (list) => {
        if (request === latest.current && changes.current === 0)
          dispatch({ type: "loaded", tasks: list });
      },
      () => {
        dispatch({ type: "failed" });
      },
    );
  }, [api]);

  /** Sends a change; refreshes the list after the last pending one. */
  const change = useCallback(
    async <T>(sent: Promise<T>): Promise<T> => {
      changes.current += 1;
      try {
        return await sent;
      } finally {
        changes.current -= 1;
        if (changes.current === 0) refresh();
      }
    },
    [refresh],
  );

  useEffect(() => {
    refresh();
    const look = () => {
      if (document.visibilityState === "visible") refresh();
    };
    document.addEventListener("visibilitychange", look);
    const unsay = connection.onRetry(refresh);
    return () => {
      document.removeEventListener("visibilitychange", look);
      unsay();
    };
  }, [refresh, connection]);

  const actions = useMemo(() => {
    async function add(fields: Partial<TaskFields>): Promise<void> {
      const task = await change(api.addTask(fields));
      dispatch({ type: "added", task });
    }

    async function edit(seen: Task, patch: TaskPatch): Promise<void> {
      if (Object.keys(patch).length === 0) return;
      for (let { version } = seen; ;) {
        try {
          const edited = await change(api.editTask(seen.id, patch, version));
          dispatch({ type: "edited", id: seen.id, patch: edited });
          return;
        } catch (error) {
          version = versionToRetry(seen, patch, error);
        }
      }
    }

    function toggle(task: Task): void {
      const completed = !task.completed;
      dispatch({ type: "edited", id: task.id, patch: { completed } });
      change(api.editTask(task.id, { completed })).catch((error: unknown) => {
        dispatch({ type: "edited", id: task.id, patch: { completed: task.completed } });
        notify(`“${task.title}” was not changed: ${reasonOf(error)}`);
      });
    }

    function remove(task: Task): void {
      const at = tasks.current.findIndex(({ id }) => id === task.id);
      dispatch({ type: "removed", id: task.id });
      change(api.deleteTask(task.id)).then(
        () => {
          notify(`Deleted “${task.title}”`, () => {
            restore(task, at);
          });
        },
        (error: unknown) => {
          if (isGone(error)) return;
          dispatch({ type: "added", task, at });
          notify(`“${task.title}” was not deleted: ${reasonOf(error)}`);
        },
      );
    }

    /** The server has no undelete, so the restored task has a new id. */
    function restore(task: Task, at?: number): void {
      const { title, description, priority, dueAt } = task;
      const restoring = api
        .addTask({ title, description, priority, dueAt })
        .then((added) => (task.completed ? api.editTask(added.id, { completed: true }) : added));
      change(restoring).then(
        (restored) => {
          dispatch({ type: "added", task: restored, ...(at !== undefined && { at }) });
        },
        (error: unknown) => {
          notify(`“${task.title}” was not restored: ${reasonOf(error)}`, () => {
            restore(task, at);
          });
        },
      );
    }

    return { add, edit, toggle, remove, restore };
  }, [api, change, notify]);

  return { ...state, ...actions, notices, dismiss, refresh };
}

/** The cause of a failure, as a sentence for the user. */
export function reasonOf(error: unknown): string {
  if (error instanceof EditConflict) return error.message;
  if (!(error instanceof ApiError)) return "Something went wrong on this page. Reload it.";
  if (error.status === 401) return "Your session has expired. Sign in again.";
  if (error.status === 429) {
    const wait = error.retryAfterSeconds;
    return wait === undefined ? error.message : `${error.message} You can try again in ${wait} s.`;
  }
  return error.message;
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
