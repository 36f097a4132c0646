import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";

import { type Api, ApiError } from "../api/client.ts";
import type {
  ReadLine,
  Task,
  TaskFields,
  TaskLine,
  TaskPage,
  TaskPatch,
  TaskView,
} from "../api/types.ts";
import { newKey } from "../lib/keys.ts";
import { fewAtOnce, nameOf } from "./batches.ts";
import type { Connection } from "./connection.ts";
import { before, EditConflict, fieldsOf, versionToRetry } from "./edits.ts";
import { initialTasks, type Shown, type TasksState, tasksReducer } from "./tasks.ts";
import { createTurns } from "./turns.ts";

/** A toast. */
export interface Notice {
  readonly key: number;
  readonly text: string;
  /** Whether `undo` takes its key. */
  readonly undoable: boolean;
}

/** Something that was done on this page and can be undone. */
export interface Step {
  readonly key: number;
  /** Such as `Completed “bread”`. */
  readonly text: string;
  readonly revert: () => Promise<unknown>;
}

export interface TaskList extends TasksState {
  readonly notices: readonly Notice[];
  readonly dismiss: (key: number) => void;
  /** What to show; `shown` until its tasks are loaded. */
  readonly view: TaskView;
  readonly setView: (change: Partial<TaskView>) => void;
  /** Loads more tasks of the view. */
  readonly more: () => void;
  readonly refresh: () => void;
  /** Rejects with a message for the user, so that a form keeps its input. */
  readonly add: (fields: Partial<TaskFields>) => Promise<void>;
  /** As `add`; the server reads date, repeat and priority in the line. */
  readonly addLine: (line: TaskLine) => Promise<void>;
  /** What `addLine` would add. */
  readonly preview: (line: TaskLine, signal: AbortSignal) => Promise<ReadLine>;
  /**
   * Sends the changed fields of a task. Rejects with `EditConflict` if they don't fit together with
   * what was changed elsewhere since `seen`.
   */
  readonly edit: (seen: Task, patch: TaskPatch) => Promise<void>;
  /** The following act on several tasks as one step to undo, and tell what the server refuses. */
  readonly modify: (tasks: readonly Task[], patchOf: (task: Task) => TaskPatch) => void;
  readonly complete: (tasks: readonly Task[], completed: boolean) => void;
  readonly remove: (tasks: readonly Task[]) => void;
  /** Deletes all completed tasks, also those that are not shown. */
  readonly clearCompleted: () => void;
  /** Recreates a task that the agent deleted. */
  readonly restore: (task: Task) => void;
  /** Undefined if there is nothing to undo. */
  readonly lastStep: Step | undefined;
  /** Undoes the step with a key, or what was done last, once the server has it. */
  readonly undo: (key?: number) => void;
}

const maxNotices = 3;

/** Tasks that are loaded at first, and with each `more`. */
const pageSize = 100;
/** Most tasks that the server sends at once. */
const largestPage = 1000;

/** The task list, with optimistic updates that are rolled back when the server refuses them. */
export function useTasks(api: Api, connection: Connection): TaskList {
  const [state, dispatch] = useReducer(tasksReducer, initialTasks);
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const counter = useRef(0);
  const tasks = useRef(state.tasks);
  useEffect(() => {
    tasks.current = state.tasks;
  });

  const steps = useRef<readonly Step[]>([]);
  const [lastStep, setLastStep] = useState<Step>();
  const setSteps = useCallback((all: readonly Step[]) => {
    steps.current = all;
    setLastStep(all.at(-1));
  }, []);
  /** Remembers how to undo something. */
  const record = useCallback(
    (text: string, revert: Step["revert"]) => {
      const key = ++counter.current;
      setSteps([...steps.current, { key, text, revert }]);
      return key;
    },
    [setSteps],
  );
  const notify = useCallback(
    (text: string, revert?: Step["revert"]) => {
      const undoable = revert !== undefined;
      const key = undoable ? record(text, revert) : ++counter.current;
      setNotices((all) => [...all, { key, text, undoable }].slice(-maxNotices));
    },
    [record],
  );
  const dismiss = useCallback((key: number) => {
    setNotices((all) => all.filter((notice) => notice.key !== key));
  }, []);

  const latest = useRef(0);
  const changes = useRef(new Set<Promise<unknown>>());
  const [shown, setShown] = useState<Shown>(initialView);
  const refresh = useCallback(() => {
    const request = ++latest.current;
    Promise.all([load(api, shown), api.taskUsage().catch(() => undefined)]).then(
      // Stale responses are dropped: one that a later request has overtaken, or one from before the
      // end of a change, which would bring back a task that was just deleted.
      ([{ tasks, next }, usage]) => {
        if (request === latest.current && changes.current.size === 0)
          dispatch({ type: "loaded", tasks, shown, hasMore: next !== undefined, usage });
      },
      () => {
        dispatch({ type: "failed" });
      },
    );
  }, [api, shown]);
  // The refresh after a change is of what is shown by then.
  const refreshed = useRef(refresh);
  useEffect(() => {
    refreshed.current = refresh;
  });
  const setView = useCallback((change: Partial<TaskView>) => {
    setShown((before) => ({ ...before, ...change, count: pageSize }));
  }, []);
  const more = useCallback(() => {
    setShown((before) => ({ ...before, count: before.count + pageSize }));
  }, []);

  /** Sends a change; refreshes the list after the last pending one. */
  const change = useCallback(async <T>(sent: Promise<T>): Promise<T> => {
    changes.current.add(sent);
    try {
      return await sent;
    } finally {
      changes.current.delete(sent);
      if (changes.current.size === 0) refreshed.current();
    }
  }, []);

  useEffect(() => {
    refresh();
    return connection.onRetry(refresh);
  }, [refresh, connection]);

  /** Keys of tasks that may have been added without a response, for a retry. */
  const unanswered = useRef(new Map<string, string>());
  /** Ids of tasks that were recreated, by their former id. */
  const recreated = useRef(new Map<string, string>());

  const revert = useCallback(
    (step: Omit<Step, "key">) => {
      step.revert().catch((error: unknown) => {
        notify(`${step.text}, and that was not undone: ${reasonOf(error)}`, step.revert);
      });
    },
    [notify],
  );
  /** What becomes steps once the server has answered. */
  const coming = useRef(new Set<Promise<unknown>>());
  const undo = useCallback(
    async (key?: number) => {
      while (key === undefined && coming.current.size > 0) await Promise.allSettled(coming.current);
      const step = steps.current.findLast((each) => key === undefined || each.key === key);
      if (step === undefined) return;
      setSteps(steps.current.filter((each) => each !== step));
      dismiss(step.key);
      revert(step);
    },
    [setSteps, dismiss, revert],
  );

  const actions = useMemo(() => {
    const idOf = (id: string): string => {
      const later = recreated.current.get(id);
      return later === undefined ? id : idOf(later);
    };
    /** The id that a task had at first. */
    const firstIdOf = (id: string): string => {
      const former = [...recreated.current].find(([, later]) => later === id)?.[0];
      return former === undefined ? id : firstIdOf(former);
    };
    const inTurn = createTurns();
    /** Sends a change of a task, after what was changed in it before. */
    const changeOf = <T>(id: string, send: () => Promise<T>) => change(inTurn(firstIdOf(id), send));

    /** Keeps `undo` waiting. */
    async function become<T>(step: Promise<T>): Promise<T> {
      coming.current.add(step);
      try {
        return await step;
      } finally {
        coming.current.delete(step);
      }
    }

    const add = (fields: Partial<TaskFields>) =>
      become(addOnce(JSON.stringify(fields), (key) => api.addTask(fields, key)));
    const addLine = (line: TaskLine) =>
      become(addOnce(JSON.stringify(line), (key) => api.addLine(line, key)));

    async function addOnce(text: string, send: (key: string) => Promise<Task>): Promise<void> {
      const key = unanswered.current.get(text) ?? newKey();
      // The same again, while this one is on its way, is another task.
      unanswered.current.delete(text);
      let task: Task;
      try {
        task = await change(send(key));
      } catch (error) {
        unanswered.current.set(text, key);
        throw error;
      }
      dispatch({ type: "added", task });
      record(`Added “${task.title}”`, () => erase(task));
    }

    const edit = (seen: Task, patch: TaskPatch) => become(editOnce(seen, patch));

    async function editOnce(seen: Task, patch: TaskPatch): Promise<void> {
      if (Object.keys(patch).length === 0) return;
      const edited = await send(seen, patch);
      record(`Changed “${edited.title}”`, () => send(edited, before(seen, patch)));
    }

    const send = (seen: Task, patch: TaskPatch): Promise<Task> =>
      changeOf(seen.id, async () => {
        const id = idOf(seen.id);
        for (let version = id === seen.id ? seen.version : undefined; ;) {
          try {
            const edited = await api.editTask(id, patch, version);
            dispatch({ type: "edited", id, patch: edited });
            return edited;
          } catch (error) {
            version = versionToRetry(seen, patch, error);
          }
        }
      });

    function modify(chosen: readonly Task[], patchOf: (task: Task) => TaskPatch): void {
      void forAll(chosen, { done: "Changed", refused: "changed" }, async (task) => {
        const patch = patchOf(task);
        const id = idOf(task.id);
        dispatch({ type: "edited", id, patch });
        try {
          const edited = await send(task, patch);
          return () => send(edited, before(task, patch));
        } catch (error) {
          dispatch({ type: "edited", id, patch: task });
          throw error;
        }
      });
    }

    async function setCompleted(task: Task, completed: boolean): Promise<void> {
      const id = idOf(task.id);
      dispatch({ type: "edited", id, patch: { completed } });
      try {
        await changeOf(task.id, () => api.editTask(idOf(task.id), { completed }));
      } catch (error) {
        dispatch({ type: "edited", id, patch: { completed: !completed } });
        throw error;
      }
    }

    function complete(chosen: readonly Task[], completed: boolean): void {
      const others = chosen.filter((task) => task.completed !== completed);
      const verb = completed ? "Completed" : "Reopened";
      void forAll(others, { done: verb, refused: "changed" }, async (task) => {
        await setCompleted(task, completed);
        return () => setCompleted(task, !completed);
      });
    }

    async function erase(task: Task): Promise<void> {
      const id = idOf(task.id);
      const at = tasks.current.findIndex((each) => each.id === id);
      dispatch({ type: "removed", id });
      try {
        await changeOf(task.id, () => api.deleteTask(idOf(task.id)));
      } catch (error) {
        if (isGone(error)) return;
        dispatch({ type: "added", task: { ...task, id }, at });
        throw error;
      }
    }

    function remove(chosen: readonly Task[]): void {
      void forAll(chosen, { done: "Deleted", refused: "deleted" }, async (task) => {
        const at = tasks.current.findIndex(({ id }) => id === task.id);
        const key = newKey();
        await erase(task);
        return () => recreate(task, key, at < 0 ? undefined : at);
      });
    }

    function clearCompleted(): void {
      const view = { status: "completed", q: "", sort: "due" } as const;
      // What the page shows as completed may still be on its way to the server.
      const sent = Promise.allSettled(changes.current);
      const loaded = sent.then(() => load(api, { ...view, count: Infinity }));
      const cleared = loaded.then(
        (page) => {
          remove(page.tasks);
        },
        (error: unknown) => {
          notify(`Completed tasks were not deleted: ${reasonOf(error)}`);
        },
      );
      void become(cleared);
    }

    /** Does something to tasks, as one step to undo; says which of them were refused. */
    const forAll = (...step: Parameters<typeof forEach>) => become(forEach(...step));

    async function forEach(
      chosen: readonly Task[],
      verbs: { readonly done: string; readonly refused: string },
      act: (task: Task) => Promise<Step["revert"]>,
    ): Promise<void> {
      const failed: Task[] = [];
      let reason: unknown;
      const done: { readonly task: Task; readonly revert: Step["revert"] }[] = [];
      await fewAtOnce(chosen, async (task) => {
        try {
          done.push({ task, revert: await act(task) });
        } catch (error) {
          failed.push(task);
          reason = error;
        }
      });
      if (done.length > 0) {
        const text = `${verbs.done} ${nameOf(done.map(({ task }) => task))}`;
        const revert = () => fewAtOnce(done.toReversed(), (each) => each.revert());
        // What stays in sight needs no notice.
        if (verbs.done === "Completed" || verbs.done === "Deleted" || done.length > 1)
          notify(text, revert);
        else record(text, revert);
      }
      if (failed.length > 0) {
        const verb = `${failed.length === 1 ? "was" : "were"} not ${verbs.refused}`;
        notify(`${nameOf(failed)} ${verb}: ${reasonOf(reason)}`);
      }
    }

    /** The server has no undelete, so the recreated task has a new id. */
    async function recreate(task: Task, key: string, at?: number): Promise<void> {
      await changeOf(task.id, async () => {
        // Completing it again must not add another next one.
        const fields = { ...fieldsOf(task), ...(task.completed && { repeat: null }) };
        const added = await api.addTask(fields, key);
        const restored = task.completed ? await api.editTask(added.id, { completed: true }) : added;
        recreated.current.set(idOf(task.id), restored.id);
        dispatch({ type: "added", task: restored, ...(at !== undefined && { at }) });
      });
    }

    function restore(task: Task): void {
      // Always the same, so that a second click, also after a reload, finds the task of the first.
      const key = `restore-${task.id}`;
      revert({ text: `Deleted “${task.title}”`, revert: () => recreate(task, key) });
    }

    return {
      ...{ add, addLine, preview: api.previewLine },
      ...{ edit, modify, complete, remove, clearCompleted, restore },
    };
  }, [api, change, notify, record, revert]);

  return {
    ...state,
    ...actions,
    notices,
    dismiss,
    view: shown,
    setView,
    more,
    refresh,
    lastStep,
    undo: (key) => void undo(key),
  };
}

const initialView: Shown = { status: "all", q: "", sort: "due", count: pageSize };

/** The first tasks of a view. */
async function load(api: Api, { count, ...view }: Shown): Promise<TaskPage> {
  const tasks: Task[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await api.tasks(view, Math.min(count - tasks.length, largestPage), cursor);
    tasks.push(...page.tasks);
    cursor = page.next;
    if (cursor === undefined || tasks.length >= count) return { tasks, next: cursor };
  }
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
  if (error.status === 500) {
    const { requestId = "unknown" } = error;
    return `Something went wrong on the server. If it happens again, tell who runs it this request id: ${requestId}.`;
  }
  return error.message;
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
