import assert from "node:assert/strict";

import { completed, isComplete, sum } from "../../tools/testing.ts";

describe("a run of the tests that completes another", () => {
  const before = { passed: 8, failed: ["two"], skipped: ["one"] };

  it("takes up what had skipped a test or did not run, and nothing else", () => {
    assert.equal(isComplete(undefined), false);
    assert.equal(isComplete(before), false);
    assert.equal(isComplete({ passed: 9, failed: [], skipped: [] }), true);
  });

  it("counts each test once, and forgives no failure", () => {
    const now = { passed: 10, failed: [], skipped: [] };

    assert.deepEqual(completed(before, now), { passed: 10, failed: ["two"], skipped: [] });
    assert.deepEqual(completed(before, { ...now, failed: ["two"] }).failed, ["two"]);
    assert.deepEqual(completed(undefined, now), now);
    assert.deepEqual(sum([before, now]), { passed: 18, failed: ["two"], skipped: ["one"] });
  });
});
