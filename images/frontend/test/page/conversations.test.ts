import assert from "node:assert/strict";

import { groupByDay } from "../../src/state/conversations.ts";

describe("the list of conversations", () => {
  it("is grouped by when they were used last", () => {
    const now = new Date(2026, 10, 28, 0, 30);
    const used = [
      new Date(2026, 10, 28, 0, 5),
      new Date(2026, 10, 27, 23, 55),
      new Date(2026, 10, 27, 0, 5),
      new Date(2026, 10, 22, 12),
      new Date(2026, 10, 1, 12),
      new Date(2026, 8, 3, 12),
      new Date(2025, 8, 3, 12),
    ];
    const list = used.map((date, index) => ({
      ...{ id: String(index), title: "", createdAt: "" },
      updatedAt: date.toISOString(),
    }));
    const groups = groupByDay(list, now).map(({ label, conversations }) => [
      label,
      conversations.map(({ id }) => id).join(),
    ]);
    assert.deepEqual(groups, [
      ["Today", "0"],
      ["Yesterday", "1,2"],
      ["Last 7 days", "3"],
      ["Last 30 days", "4"],
      ["September", "5"],
      ["September 2025", "6"],
    ]);
  });
});
