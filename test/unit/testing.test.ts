import assert from "node:assert/strict";

import { completed, isComplete, sum } from "../../tools/testing.ts";

describe("a run of the tests that completes another", () => {
  const before = { passed: 8, failed: ["two"], skipped: ["one"] };

  it("takes up what had skipped a test or did not run, and nothing else", () => {
    assert.equal(isComplete(undefined), false);
    assert.equal(isComplete(before), false);
    assert.equal(isComplete({ passed: 9, failed: [], skipped: [] }), true);
  });

  it("leaves out the files that skipped nothing, and counts what passed in them", () => {
    const whole = { "a.test.ts": 5, "b.test.ts": 1 };
    const now = { passed: 3, failed: [], skipped: [], whole: { "c.test.ts": 3 } };

    const both = completed({ ...before, whole }, now);

    assert.equal(both.passed, 9);
    assert.deepEqual(both.whole, { ...whole, ...now.whole });
  });

  it("counts each test once, and forgives no failure", () => {
    const now = { passed: 10, failed: [], skipped: [] };

    assert.deepEqual(completed(before, now), { ...now, failed: ["two"] });
    assert.deepEqual(completed(before, { ...now, failed: ["two"] }).failed, ["two"]);
    assert.deepEqual(completed(undefined, now), now);
    assert.deepEqual(sum([before, now]), { ...before, passed: 18 });
  });
});
