import assert from "node:assert/strict";

import { expectedCalls, outcomeOf } from "./phrasing-check.ts";
import { phrasings } from "./phrasings.ts";

describe("the built-in agent", () => {
  for (const phrasing of phrasings) {
    const context = phrasing.after?.length ? ` after "${phrasing.after.join('", "')}"` : "";
    it(`understands "${phrasing.says}"${context}`, async () => {
      const { calls, reply } = await outcomeOf(phrasing);
      assert.deepEqual(calls, expectedCalls(phrasing), `it replied: ${reply}`);
      if (phrasing.reply) assert.match(reply, phrasing.reply);
    });
  }
});
