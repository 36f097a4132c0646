import assert from "node:assert/strict";

import { differentRows, rowsOf } from "../../scripts/lib/rows.ts";

describe("the rows of two databases", () => {
  const source = rowsOf("backed up: x (1 bytes)\naccounts: 2\nbackups: 7\ntasks: 31\n");

  it("are read table by table, without the records of backups", () => {
    assert.deepEqual(
      [...source],
      [
        ["accounts", 2],
        ["tasks", 31],
      ],
    );
  });

  it("are equal when every table has as many", () => {
    assert.deepEqual(differentRows(source, rowsOf("tasks: 31\naccounts: 2\nbackups: 0")), []);
  });

  it("differ in each table that has another number, or is missing on one side", () => {
    assert.deepEqual(differentRows(source, rowsOf("tasks: 30\nmessages: 1")), [
      "accounts has 2 here and is missing there",
      "tasks has 31 here and has 30 there",
      "messages is missing here and has 1 there",
    ]);
  });
});
