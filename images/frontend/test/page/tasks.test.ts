import assert from "node:assert/strict";

import type { Task } from "../../src/api/types.ts";
import {
  applyFilter,
  groupByDue,
  initialTasks,
  type Shown,
  type TasksAction,
  tasksReducer,
} from "../../src/state/tasks.ts";

function task(id: string, more: Partial<Task> = {}): Task {
  return {
    id,
    title: `task ${id}`,
    description: "",
    completed: false,
    priority: "medium",
    dueAt: null,
    createdAt: "2026-11-20T10:00:00.000Z",
    updatedAt: "2026-11-20T10:00:00.000Z",
    version: 1,
    ...more,
  };
}

const shown: Shown = { status: "all", q: "", sort: "due", count: 100 };
const load = (tasks: readonly Task[], view = shown): TasksAction => ({
  ...{ type: "loaded", tasks, shown: view, hasMore: false, usage: undefined },
});
const loaded = (...tasks: Task[]) => tasksReducer(initialTasks, load(tasks));
const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id).join("");

describe("the task list", () => {
  it("draws the eye to what a refresh brought, but not on the first look", () => {
    const first = loaded(task("a"), task("b"));
    assert.equal(first.phase, "ready");
    assert.deepEqual([...first.changed], []);
    const tasks = [task("a"), task("b", { completed: true }), task("c")];
    const second = tasksReducer(first, load(tasks));
    assert.deepEqual([...second.changed], ["b", "c"]);
    assert.deepEqual([...tasksReducer(second, load(tasks)).changed], []);
    const found = tasksReducer(second, load([task("d")], { ...shown, q: "d" }));
    assert.deepEqual([...found.changed], []);
  });

  it("keeps what it has when a refresh fails", () => {
    assert.equal(tasksReducer(initialTasks, { type: "failed" }).phase, "failed");
    const state = tasksReducer(loaded(task("a")), { type: "failed" });
    assert.equal(state.phase, "ready");
    assert.equal(ids(state.tasks), "a");
  });

  it("puts a task back where it was", () => {
    const removed = tasksReducer(loaded(task("a"), task("b"), task("c")), {
      type: "removed",
      id: "b",
    });
    assert.equal(ids(removed.tasks), "ac");
    const back = tasksReducer(removed, { type: "added", task: task("b"), at: 1 });
    assert.equal(ids(back.tasks), "abc");
  });

  it("does not show a task twice that a refresh has brought already", () => {
    const state = tasksReducer(loaded(task("a"), task("b")), { type: "added", task: task("a") });
    assert.equal(ids(state.tasks), "ba");
  });

  it("changes one task and leaves the others as they are", () => {
    const before = loaded(task("a"), task("b"));
    const after = tasksReducer(before, { type: "edited", id: "b", patch: { completed: true } });
    assert.equal(after.tasks[0], before.tasks[0]);
    assert.equal(after.tasks[1]?.completed, true);
  });

  it("groups tasks by when they are due, wherever they are in the list", () => {
    const now = new Date("2026-11-22T12:00:00");
    const tasks = [
      task("a", { dueOn: "2026-11-21", dueAt: null }),
      task("b", { dueAt: new Date("2026-11-22T11:00:00").toISOString() }),
      task("c", { dueOn: "2026-11-22" }),
      task("d", { dueAt: new Date("2026-11-22T13:00:00").toISOString() }),
      task("e", { dueOn: "2026-11-23" }),
      task("f"),
      task("g", { dueOn: "2026-11-21", completed: true }),
      task("h"),
    ];
    const groups = groupByDue(tasks, now).map(({ label, tasks }) => [label, ids(tasks)]);
    assert.deepEqual(groups, [
      ["Overdue", "ab"],
      ["Today", "cd"],
      ["Later", "e"],
      ["No date", "fh"],
      ["Completed", "g"],
    ]);
  });

  it("filters", () => {
    const tasks = [task("a"), task("b", { completed: true }), task("c")];
    assert.equal(ids(applyFilter(tasks, "all")), "abc");
    assert.equal(ids(applyFilter(tasks, "pending")), "ac");
    assert.equal(ids(applyFilter(tasks, "completed")), "b");
  });
});
