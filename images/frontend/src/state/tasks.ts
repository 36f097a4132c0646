/** The state of the task list: a pure reducer. */
import type { Task, TaskPatch, TaskUsage, TaskView } from "../api/types.ts";
import { isOverdue, toInputs } from "../lib/dates.ts";
import { wallTimeOf } from "../lib/wall-clock.ts";

export interface TasksState {
  readonly phase: "loading" | "ready" | "failed";
  /** In the server's order. */
  readonly tasks: readonly Task[];
  /** Ids of the tasks that changed in the last refresh, to highlight them. */
  readonly changed: ReadonlySet<string>;
  /** What the tasks are a part of; undefined until they are loaded. */
  readonly shown: Shown | undefined;
  /** Whether the server has more of these tasks. */
  readonly hasMore: boolean;
  /** Undefined if it is not known. */
  readonly usage: TaskUsage | undefined;
}

/** A view, and how many tasks of it are loaded at least. */
export interface Shown extends TaskView {
  readonly count: number;
}

export type TasksAction =
  | {
      readonly type: "loaded";
      readonly tasks: readonly Task[];
      readonly shown: Shown;
      readonly hasMore: boolean;
      readonly usage: TaskUsage | undefined;
    }
  | { readonly type: "failed" }
  | { readonly type: "added"; readonly task: Task; readonly at?: number }
  | { readonly type: "edited"; readonly id: string; readonly patch: TaskPatch | Task }
  | { readonly type: "removed"; readonly id: string };

export const initialTasks: TasksState = {
  phase: "loading",
  tasks: [],
  changed: new Set(),
  shown: undefined,
  hasMore: false,
  usage: undefined,
};

export function tasksReducer(state: TasksState, action: TasksAction): TasksState {
  const { tasks } = state;
  switch (action.type) {
    case "loaded": {
      const { type: _, ...loaded } = action;
      return { phase: "ready", ...loaded, changed: changesOf(state, action) };
    }
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

/** None when other tasks are shown than before. */
function changesOf(before: TasksState, after: Pick<TasksState, "tasks" | "shown">) {
  if (before.phase !== "ready" || JSON.stringify(before.shown) !== JSON.stringify(after.shown)) {
    return new Set<string>();
  }
  const known = new Map(before.tasks.map((task) => [task.id, JSON.stringify(task)]));
  const changed = after.tasks.filter((task) => known.get(task.id) !== JSON.stringify(task));
  return new Set(changed.map((task) => task.id));
}

export const filters = ["all", "pending", "completed"] as const;
export type Filter = (typeof filters)[number];

/** Tasks under a heading. */
export interface Group {
  readonly label: string;
  readonly tasks: readonly Task[];
}

/** Tasks by when they are due, in the order in which they come. */
export function groupByDue(tasks: readonly Task[], now: Date): readonly Group[] {
  const today = wallTimeOf(now).date;
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const label = groupOf(task, today, now);
    groups.set(label, [...(groups.get(label) ?? []), task]);
  }
  const order = ["Overdue", "Today", "Later", "No date", "Completed"];
  return [...groups]
    .map(([label, members]) => ({ label, tasks: members }))
    .sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label));
}

function groupOf(task: Task, today: string, now: Date): string {
  if (task.completed) return "Completed";
  const { date } = toInputs(task);
  if (date === "") return "No date";
  if (isOverdue(task, now)) return "Overdue";
  return date === today ? "Today" : "Later";
}

export function applyFilter(tasks: readonly Task[], filter: Filter): readonly Task[] {
  return filter === "all"
    ? tasks
    : tasks.filter((task) => task.completed === (filter === "completed"));
}
