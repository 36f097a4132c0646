import assert from "node:assert/strict";

import { readLine, type LinePart } from "../../src/agent/builtin/quick-add.ts";
import { WallClock } from "../../src/dates/wall-clock.ts";
import { now, timeZone } from "./phrasing.ts";

const clock = new WallClock(now, timeZone);
const today = clock.wallTime.day;
const day = (later: number) => new Date((today + later) * 86_400_000).toISOString().slice(0, 10);
const at = (later: number, hour: number) =>
  clock.toMoment({ day: today + later, minutes: hour * 60 }).toISOString();

/** What the line says, without what it doesn't. */
function read(text: string, ...keep: LinePart[]): Record<string, unknown> {
  const { title, due, repeat, priority } = readLine(text, clock, keep);
  return {
    title,
    ...due,
    ...(repeat !== undefined && { repeat }),
    ...(priority !== undefined && { priority }),
  };
}

describe("a line for a new task", () => {
  const lines: readonly (readonly [string, Record<string, unknown>])[] = [
    ["pay rent", { title: "pay rent" }],
    ["buy milk tomorrow", { title: "buy milk", dueOn: day(1) }],
    ["tomorrow 9am: call mom", { title: "call mom", dueAt: at(1, 9) }],
    [
      "water plants every day !low",
      { title: "water plants", dueOn: day(0), repeat: "FREQ=DAILY", priority: "low" },
    ],
    ["buy milk and call mom today", { title: "buy milk and call mom", dueOn: day(0) }],
    ["add salt please", { title: "add salt please" }],
    ['read "Tomorrow" today', { title: 'read "Tomorrow"', dueOn: day(0) }],
    ["read “Every day” today", { title: "read “Every day”", dueOn: day(0) }],
    ["tomorrow", { title: "tomorrow" }],
    ["!high", { title: "!high" }],
  ];
  for (const [text, expected] of lines) {
    it(`is read: ${text}`, () => {
      assert.deepEqual(read(text), expected);
    });
  }

  it("can say everything at once", () => {
    const { repeat, ...rest } = read("pay rent tomorrow 9am !high every month");
    assert.deepEqual(rest, { title: "pay rent", dueAt: at(1, 9), priority: "high" });
    assert.match(String(repeat), /^FREQ=MONTHLY;BYMONTHDAY=\d+$/);
  });

  it("keeps the words of what is not meant", () => {
    const text = "call mom every friday 9am !high";
    assert.equal(read(text, "repeat", "due", "priority")["title"], text);
    assert.deepEqual(read("plan may 5 trip !high", "due"), {
      title: "plan may 5 trip",
      priority: "high",
    });
    assert.deepEqual(read("call mom every friday tomorrow", "repeat"), {
      title: "call mom every friday",
      dueOn: day(1),
    });
    assert.equal(read("read tomorrow !high", "priority")["title"], "read !high");
  });
});
