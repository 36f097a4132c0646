import assert from "node:assert/strict";

import { ApiError } from "../../src/api/client.ts";
import type { Task } from "../../src/api/types.ts";
import {
  before,
  changesOf,
  conflictOf,
  EditConflict,
  fieldsOf,
  versionToRetry,
} from "../../src/state/edits.ts";

const task: Task = {
  id: "a",
  title: "bread",
  description: "",
  completed: false,
  priority: "medium",
  dueAt: null,
  repeat: null,
  createdAt: "2026-11-20T10:00:00.000Z",
  updatedAt: "2026-11-20T10:00:00.000Z",
  version: 1,
};
const fields = fieldsOf(task);
const conflict = (patch: Partial<Task>, current: Partial<Task>) =>
  conflictOf(task, patch, { ...task, ...current }, "en-GB")?.message;

describe("edits of tasks", () => {
  it("contain only the fields that were changed", () => {
    assert.deepEqual(changesOf(fields, { ...fields, priority: "high" }), { priority: "high" });
    const timed = { dueOn: null, dueAt: "2099-01-02T08:00:00.000Z" };
    const onDay = { dueOn: "2099-01-02", dueAt: null };
    assert.deepEqual(changesOf(fields, { ...fields, ...timed }), timed);
    assert.deepEqual(changesOf({ ...fields, ...timed }, { ...fields, ...onDay }), onDay);
    assert.deepEqual(changesOf(fields, fields), {});
  });

  it("are undone by what the task had, with its day or its time", () => {
    const onDay = { ...task, dueOn: "2099-01-02", dueAt: "2099-01-02T22:59:00.000Z" };
    assert.deepEqual(before(onDay, { dueAt: "2099-05-05T08:00:00.000Z", title: "x" }), {
      title: "bread",
      dueOn: "2099-01-02",
      dueAt: null,
    });
    assert.deepEqual(before(task, { priority: "high" }), { priority: "medium" });
    const none = { repeat: null, dueOn: null, dueAt: null };
    assert.deepEqual(before(task, { repeat: "FREQ=DAILY" }), none);
  });

  it("fit together with changes of other fields, and with the same change", () => {
    assert.equal(conflict({ priority: "high" }, { title: "milk", completed: true }), undefined);
    assert.equal(conflict({ title: "milk" }, { title: "milk" }), undefined);
  });

  it("conflict with a change of the same field, and say what it is now", () => {
    assert.equal(
      conflict({ title: "rolls", priority: "low" }, { title: "milk", priority: "high" }),
      "Changed elsewhere meanwhile: the title is now “milk”, the priority is now high.",
    );
    const due = conflict({ dueAt: "2099-01-02T08:00:00.000Z" }, { dueAt: "2099-03-04T08:00:00Z" });
    assert.match(due ?? "", /the due date is now Wed, 4 Mar 2099/);
    const day = { dueOn: "2099-03-05", dueAt: "2099-03-05T22:59:00Z" };
    assert.match(conflict({ dueOn: "2099-01-02" }, day) ?? "", /is now Thu, 5 Mar 2099\.$/);
    assert.equal(conflict({ dueOn: "2099-03-05" }, day), undefined);
    const long = conflict({ description: "x" }, { description: "y".repeat(200) });
    assert.match(long ?? "", /the description is now “y{79}…”\.$/);
  });

  it("are retried on the current version if they fit", () => {
    const refusal = (current: Partial<Task>) =>
      new ApiError(409, "changed", { current: { ...task, version: 5, ...current } });
    assert.equal(versionToRetry(task, { priority: "high" }, refusal({ title: "milk" })), 5);
    const retry = (error: unknown) => () => versionToRetry(task, { title: "rolls" }, error);
    assert.throws(retry(refusal({ title: "milk" })), EditConflict);
    assert.throws(retry(new ApiError(404, "gone")), /deleted elsewhere/);
    assert.throws(retry(new ApiError(409, "full")), { message: "full" });
    assert.throws(retry(new TypeError("bug")), TypeError);
  });
});
