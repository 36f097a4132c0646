import { randomUUID } from "node:crypto";

import { isoDay, lastMinuteOf } from "../../src/dates/due.ts";
import { firstDay, parseRepeat } from "../../src/dates/repeat.ts";
import { WallClock } from "../../src/dates/wall-clock.ts";
import type { TaskPage, TaskQuery } from "../../src/tasks/list.ts";
import type { NewTask, Task, TaskChange } from "../../src/tasks/schemas.ts";
import type { TaskStore } from "../../src/tasks/store.ts";
import { passes } from "../../src/tools/tools.ts";
import { timeZone } from "./phrasing.ts";

const rank = { high: 0, medium: 1, low: 2 };

/** Tasks of one person without a database, in the order of the real store. */
export class MemoryTasks implements Pick<
  TaskStore,
  "list" | "find" | "findAll" | "add" | "update" | "delete"
> {
  readonly #tasks: Task[] = [];
  readonly #now: Date;
  #time: number;

  constructor(now: Date) {
    this.#now = now;
    this.#time = now.getTime() - 86_400_000;
  }

  /** Adds a task as if it had been there before. */
  seed(task: Partial<Task>): Task {
    this.#time += 1000;
    const at = new Date(this.#time).toISOString();
    const added: Task = {
      id: randomUUID(),
      title: "",
      description: "",
      completed: false,
      priority: "medium",
      dueOn: null,
      dueAt: null,
      repeat: null,
      createdAt: at,
      updatedAt: at,
      version: 1,
      ...task,
    };
    this.#tasks.push(added);
    return added;
  }

  list(_userId: string, query: TaskQuery, zone: string): Promise<TaskPage> {
    const { status, q, priority, dueAfter, dueBefore } = query;
    const filter = { search: q, priority, dueAfter, dueBefore };
    const clock = new WallClock(new Date(), zone);
    const due = ({ dueOn, dueAt }: Task): number => {
      const at = dueOn === null ? dueAt : lastMinuteOf(dueOn, new WallClock(new Date(), timeZone));
      return at === null ? Infinity : Date.parse(at);
    };
    const compare = (a: Task, b: Task): number =>
      Number(a.completed) - Number(b.completed) ||
      (a.completed ? b.updatedAt.localeCompare(a.updatedAt) : 0) ||
      (due(a) === due(b) ? 0 : due(a) - due(b)) ||
      rank[a.priority] - rank[b.priority] ||
      a.createdAt.localeCompare(b.createdAt);
    const wanted = this.#tasks.filter(
      (task) =>
        (status === "all" || task.completed === (status === "completed")) &&
        passes(task, filter, clock),
    );
    return Promise.resolve({ tasks: wanted.sort(compare), next: undefined });
  }

  findAll(_userId: string, ids: readonly string[]): Promise<readonly Task[]> {
    return Promise.resolve(this.#tasks.filter(({ id }) => ids.includes(id)));
  }

  find(_userId: string, id: string): Promise<Task | undefined> {
    return Promise.resolve(this.#tasks.find((task) => task.id === id));
  }

  add(_userId: string, task: NewTask): Promise<Task> {
    return Promise.resolve(this.seed(task));
  }

  update(_userId: string, id: string, change: TaskChange): Promise<Task | undefined> {
    const index = this.#tasks.findIndex((task) => task.id === id);
    const task = this.#tasks[index];
    if (!task) return Promise.resolve(undefined);
    this.#time += 1000;
    const isDue = change.dueOn !== undefined || change.dueAt !== undefined;
    const changed = {
      ...task,
      ...(isDue && { dueOn: null, dueAt: null }),
      ...(!isDue && (task.dueOn ?? task.dueAt) === null && this.#firstDue(change)),
      ...change,
      version: task.version + 1,
      updatedAt: new Date(this.#time).toISOString(),
    };
    this.#tasks[index] = changed;
    return Promise.resolve(changed);
  }

  /** A rule needs a date. */
  #firstDue({ repeat: text }: TaskChange): Partial<Task> {
    const repeat = parseRepeat(text ?? "");
    const today = new WallClock(this.#now, timeZone).today;
    return repeat === undefined ? {} : { dueOn: isoDay(firstDay(repeat, today)) };
  }

  delete(_userId: string, id: string): Promise<Task | undefined> {
    const index = this.#tasks.findIndex((task) => task.id === id);
    return Promise.resolve(index < 0 ? undefined : this.#tasks.splice(index, 1)[0]);
  }
}
