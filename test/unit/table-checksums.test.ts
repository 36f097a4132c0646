import assert from "node:assert/strict";

import { differences, tablesOf } from "../../cli/database/table-checksums.ts";

describe("the tables of two databases", () => {
  const source = tablesOf("something else\naccounts: 2 -17\nempty: 0 0\ntasks: 31 9\n");

  it("are parsed line by line", () => {
    assert.deepEqual(
      [...source],
      [
        ["accounts", { rows: 2, sum: "-17" }],
        ["empty", { rows: 0, sum: "0" }],
        ["tasks", { rows: 31, sum: "9" }],
      ],
    );
  });

  it("are equal if all tables have the same number of rows and checksum", () => {
    assert.deepEqual(differences(source, tablesOf("tasks: 31 9\nempty: 0 0\naccounts: 2 -17")), []);
  });

  it("differ in each table with another number or checksum, or that is missing on one side", () => {
    assert.deepEqual(differences(source, tablesOf("tasks: 30 9\nempty: 0 1\nmessages: 1 1")), [
      "accounts has 2 here and is missing there",
      "empty has other content there",
      "tasks has 31 here and has 30 there",
      "messages is missing here and has 1 there",
    ]);
  });
});
