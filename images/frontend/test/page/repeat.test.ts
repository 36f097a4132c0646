import assert from "node:assert/strict";

import { describeRepeat } from "../../src/lib/repeat.ts";

describe("a rule by which a task repeats", () => {
  for (const [rule, words] of [
    ["FREQ=DAILY", "Every day"],
    ["FREQ=DAILY;INTERVAL=3", "Every 3 days"],
    ["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday"],
    ["FREQ=WEEKLY;BYDAY=MO,TH", "Every Monday and Thursday"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "Every 2 weeks on Friday"],
    ["FREQ=MONTHLY;BYMONTHDAY=22", "Every month on the 22nd"],
    ["FREQ=MONTHLY;BYMONTHDAY=11", "Every month on the 11th"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day"],
    ["FREQ=MONTHLY;BYDAY=1MO", "Every month on the 1st Monday"],
    ["FREQ=MONTHLY;BYDAY=-1FR", "Every month on the last Friday"],
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "Every year on 29 February"],
  ] as const) {
    it(`${rule} is "${words}"`, () => {
      assert.equal(describeRepeat(rule), words);
    });
  }
});
