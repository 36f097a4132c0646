import assert from "node:assert/strict";

import { isDayFirst } from "../src/dates/date-order.ts";

describe("the order of day and month", () => {
  for (const [header, expected] of [
    [undefined, false],
    ["*", false],
    ["", false],
    ["en-US,en;q=0.9", false],
    ["en", false],
    ["en-GB,en;q=0.9", true],
    ["de", true],
    ["ja-JP", false],
    ["x-", false],
    ["en-aa-aa-aa-aa", false],
  ] as const) {
    it(`is ${expected ? "day first" : "month first"} for ${header ?? "no header"}`, () => {
      assert.equal(isDayFirst(header), expected);
    });
  }
});
