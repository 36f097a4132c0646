import assert from "node:assert/strict";

import type { ToolCall } from "../../src/api/types.ts";
import { withoutReports, changesTasks, deletedTask, summarize } from "../../src/lib/toolcalls.ts";

const milk = { id: "1", title: "Buy milk", priority: "high", dueAt: null, completed: false };
const words = (call: ToolCall) => {
  const { kind, verb, subject, failure } = summarize(call);
  return [kind, `${verb} ${subject}`, ...(failure === undefined ? [] : [failure])];
};

describe("what the agent did, in words", () => {
  for (const [call, expected] of [
    [
      { name: "add_task", arguments: { title: "x" }, result: { task: milk } },
      ["add", "Added Buy milk"],
    ],
    [
      { name: "complete_task", arguments: { id: "1" }, result: { task: milk } },
      ["complete", "Completed Buy milk"],
    ],
    [
      { name: "complete_task", arguments: { id: "1", completed: false }, result: { task: milk } },
      ["update", "Reopened Buy milk"],
    ],
    [
      { name: "update_task", arguments: { id: "1" }, result: { task: milk } },
      ["update", "Changed Buy milk"],
    ],
    [
      { name: "delete_task", arguments: { id: "1" }, result: { deleted: milk } },
      ["delete", "Deleted Buy milk"],
    ],
    [{ name: "list_tasks", arguments: {}, result: { tasks: [milk] } }, ["list", "Listed 1 task"]],
    [{ name: "list_tasks", arguments: {}, result: { tasks: [] } }, ["list", "Listed 0 tasks"]],
    [
      {
        name: "delete_task",
        arguments: { id: "9" },
        result: { error: "There is no task with this id." },
      },
      ["delete", "Could not delete a task", "There is no task with this id."],
    ],
    [
      { name: "add_task", arguments: { title: "Buy tea" }, result: { error: "The list is full." } },
      ["add", "Could not add Buy tea", "The list is full."],
    ],
    [{ name: "format_disk", arguments: null, result: null }, ["other", "format_disk a task"]],
    [{ name: "add_task", arguments: "{broken", result: "text" }, ["add", "Added a task"]],
    [{ name: "list_tasks", arguments: [], result: { tasks: "none" } }, ["list", "Listed 0 tasks"]],
  ] as const) {
    it(`${JSON.stringify(call)} is "${expected[1]}"`, () => {
      assert.deepEqual(words(call), [...expected]);
    });
  }

  it("offers a deleted task to be restored, and nothing else", () => {
    assert.deepEqual(
      deletedTask({ name: "delete_task", arguments: {}, result: { deleted: milk } }),
      milk,
    );
    assert.equal(
      deletedTask({ name: "delete_task", arguments: {}, result: { error: "x" } }),
      undefined,
    );
    assert.equal(
      deletedTask({ name: "list_tasks", arguments: {}, result: { deleted: milk } }),
      undefined,
    );
  });

  it("knows which tools leave the list as it is", () => {
    assert.equal(changesTasks("list_tasks"), false);
    assert.equal(changesTasks("delete_task"), true);
    assert.equal(changesTasks("something_new"), true);
  });

  it("says no sentence again that a card says, but keeps all others", () => {
    const call = (name: string, title: string, result?: object) => ({
      ...{ name, arguments: {} },
      result: result ?? { [name === "delete_task" ? "deleted" : "task"]: { ...milk, title } },
    });
    const added = [call("add_task", "buy milk"), call("add_task", "buy tea")];
    const rest = (text: string, calls = added, isWhole = true) =>
      withoutReports(text, calls, isWhole);
    assert.equal(rest('Added "buy milk" (due tomorrow, high priority).'), "");
    assert.equal(rest('Added 2 tasks:\n- "buy milk"\n- "buy tea" (due today)'), "");
    assert.equal(rest('Done: "buy milk" and "buy tea".\nWell done!'), "Well done!");
    assert.equal(rest('Deleted "buy milk".', [call("delete_task", "buy milk")]), "");
    for (const text of [
      'Added "buy bread".',
      'Renamed "buy milk" to "buy tea".',
      'Added "buy milk". Anything else?',
      '"buy milk" is done already.',
    ]) {
      assert.equal(rest(text), text);
    }
    assert.equal(rest('Deleted "buy milk".', []), 'Deleted "buy milk".');
    const failed = [call("delete_task", "buy milk", { error: "no" })];
    assert.equal(rest('Deleted "buy milk".', failed), 'Deleted "buy milk".');
    assert.equal(rest('Sure.\nAdded "buy', added, false), "Sure.");
    assert.equal(rest('Sure.\nAdded "buy', added, true), 'Sure.\nAdded "buy');
  });
});
