import assert from "node:assert/strict";

import { understand } from "../../src/agent/builtin/understand.ts";
import { WallClock } from "../../src/dates/wall-clock.ts";
import { now, timeZone } from "./phrasing.ts";

const clock = new WallClock(now, timeZone);
/** Far above what any message takes, far below what a pattern that runs wild does. */
const maxMs = 400;

const beginnings = [
  "",
  "add ",
  "set ",
  "mark ",
  "rename a to ",
  "what ",
  "i ",
  "delete ",
  "move ",
  "remind me ",
];
// prettier-ignore
const fragments = [
  "a ", "and ", ", ", "to ", "is ", "the ", "'a", "' ", '"a', '" ', "1 ", "1, ", "1 and ", "task ", "set ", "mark ",
  "done ", "add ", "please ", "with note ", "note: ", "in the ", "due ", "by the ", "on monday ", "at 5 ", "- ", "\n",
  "\n- ", ". ", "!", "(", "a'a", "priority ", "high ", "change a to ", "move ", "not ", "i have ", "every ", "all the ",
  "for me ", "what ", "show ", "tasks about ", ";", "x.", "1-", "first ", "?", "the the ", "and then also ", "—", "é",
  "to my list ", "is due ", "just ", "12:00 ", "1/", "5pm ", "from 1 to ", "really ",
  "everything ", "except ", "not ", "no, ", "sorry ", "another ", "more ", "days ", "for ", "half past ", "by ", "in a ",
  "watered, ", "can you ", "tick off ", "instead ", "put ", "on my list ", "needs ", "too ", ": ", "first monday of ",
  "a to b and ", "if ", "\n- [ ] ", "(a ", "a, not ", "all a are done except ", "an hour later ", "until ", " 2. ",
];

function check(message: string): void {
  // CPU time, because other tests may run on this machine.
  const start = process.cpuUsage();
  understand(message, clock);
  const ms = process.cpuUsage(start).user / 1000;
  assert.ok(ms < maxMs, `${ms.toFixed(0)} ms for ${JSON.stringify(message.slice(0, 80))}…`);
}

describe("the time that understanding takes", () => {
  for (const beginning of beginnings) {
    it(`stays short for "${beginning}" and one fragment again and again`, () => {
      for (const fragment of fragments) {
        const long = (beginning + fragment.repeat(500)).slice(0, 490);
        check(long);
        check(`${long} \u0001 end`);
        check(Array<string>(8).fill(long).join("\n"));
      }
    });
  }

  it("stays short for fragments in any order", () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let count = 0; count < 1500; count += 1) {
      const pick = Array.from({ length: 60 }, () => fragments[random(fragments.length)] ?? "");
      check((beginnings[random(beginnings.length)] ?? "") + pick.join("").slice(0, 480));
    }
  });

  it("is nothing for a line that is too long", () => {
    assert.deepEqual(understand("add ".repeat(200), clock), [{ kind: "too-long" }]);
  });
});
