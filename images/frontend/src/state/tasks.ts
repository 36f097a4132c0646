/** The state of the task list: a pure reducer. */
import type { Task, TaskPatch } from "../api/types.ts";

export interface TasksState {
  readonly phase: "loading" | "ready" | "failed";
  /** In the server's order. */
  readonly tasks: readonly Task[];
  /** Ids of the tasks that changed in the last refresh, to highlight them. */
  readonly changed: ReadonlySet<string>;
}

export type TasksAction =
  | { readonly type: "loaded"; readonly tasks: readonly Task[] }
  | { readonly type: "failed" }
  | { readonly type: "added"; readonly task: Task; readonly at?: number }
  | { readonly type: "edited"; readonly id: string; readonly patch: TaskPatch | Task }
  | { readonly type: "removed"; readonly id: string };

export const initialTasks: TasksState = { phase: "loading", tasks: [], changed: new Set() };

export function tasksReducer(state: TasksState, action: TasksAction): TasksState {
  const { tasks } = state;
  switch (action.type) {
    case "loaded":
      return { phase: "ready", tasks: action.tasks, changed: changesOf(state, action.tasks) };
    case "failed":
      // Keep a loaded list: the banner says that the server is unreachable.
      return state.phase === "ready" ? state : { ...state, phase: "failed" };
    case "added": {
      const others = tasks.filter((task) => task.id !== action.task.id);
      const list = others.toSpliced(action.at ?? others.length, 0, action.task);
      return { ...state, tasks: list, changed: new Set([action.task.id]) };
    }
    case "edited": {
      const edit = (task: Task) => (task.id === action.id ? { ...task, ...action.patch } : task);
      return { ...state, tasks: tasks.map(edit) };
    }
    case "removed":
      return { ...state, tasks: tasks.filter((task) => task.id !== action.id) };
  }
}

function changesOf(before: TasksState, after: readonly Task[]): ReadonlySet<string> {
  if (before.phase !== "ready") return new Set();
  const known = new Map(before.tasks.map((task) => [task.id, JSON.stringify(task)]));
  const changed = after.filter((task) => known.get(task.id) !== JSON.stringify(task));
  return new Set(changed.map((task) => task.id));
}

export const filters = ["all", "pending", "completed"] as const;
export type Filter = (typeof filters)[number];

export function applyFilter(tasks: readonly Task[], filter: Filter): readonly Task[] {
  return filter === "all"
    ? tasks
    : tasks.filter((task) => task.completed === (filter === "completed"));
}
