import assert from "node:assert/strict";

import { assignment, backupName, integer, seconds } from "../../cli/options.ts";

describe("the value of an option", () => {
  for (const [text, expected] of [
    ["90s", 90],
    ["10m", 600],
    ["2h", 7200],
    ["1d", 86_400],
  ] as const) {
    it(`${text} is ${expected} seconds`, () => {
      assert.equal(seconds(text), expected);
    });
  }

  for (const text of ["", "10", "0m", "m", "-1h", "10 m", "1w"]) {
    it(`"${text}" is no duration`, () => {
      assert.throws(() => seconds(text), /a number and a unit, like 90s, 10m, 2h or 1d/);
    });
  }

  it("is a whole number within bounds", () => {
    assert.deepEqual(["1", "10"].map(integer(1, 10)), [1, 10]);
    for (const text of ["", "0", "11", "1.5", "1e1", " 1", "0x2"]) {
      assert.throws(() => integer(1, 10)(text), /a whole number from 1 to 10/, text);
    }
  });

  it("is a key and a value, added to the earlier ones", () => {
    const labels = 'monitoring.labels["a=b/c.d"]';

    assert.deepEqual(assignment("backend.replicas=3", { "a.b": "1" }), {
      "a.b": "1",
      "backend.replicas": "3",
    });
    assert.deepEqual(assignment("a.url=x=y\n", {}), { "a.url": "x=y\n" });
    assert.deepEqual(assignment(`${labels}=e`, {}), { [labels]: "e" });
    for (const text of ["", "a", "=3", "a b=3"]) {
      assert.throws(() => assignment(text, {}), /a key and a value/, text);
    }
  });

  it("is the name of a backup, and no path", () => {
    assert.equal(backupName("todo-20261122T030000Z.dump"), "todo-20261122T030000Z.dump");
    for (const text of ["../todo-20261122T030000Z.dump", "todo-20261122T030000Z.dump.sha256"]) {
      assert.throws(() => backupName(text), /Backup names look like/, text);
    }
  });
});
