import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import { describeChanges, isFair, see } from "./effects.ts";
import { expectedCalls, outcomeOf } from "./phrasing-check.ts";
import { eighthSight } from "./phrasings-eighth-sight.ts";
import { eleventhSight } from "./phrasings-eleventh-sight.ts";
import { everyday } from "./phrasings-everyday.ts";
import { fifthSight } from "./phrasings-fifth-sight.ts";
import { fourthSight } from "./phrasings-fourth-sight.ts";
import { keptAside } from "./phrasings-kept-aside.ts";
import { ninthSight } from "./phrasings-ninth-sight.ts";
import { repeating } from "./phrasings-repeating.ts";
import { secondSight } from "./phrasings-second-sight.ts";
import { seventhSight } from "./phrasings-seventh-sight.ts";
import { sixthSight } from "./phrasings-sixth-sight.ts";
import { tenthSight } from "./phrasings-tenth-sight.ts";
import { thirdSight } from "./phrasings-third-sight.ts";
import { thirteenthSight } from "./phrasings-thirteenth-sight.ts";
import { twelfthSight } from "./phrasings-twelfth-sight.ts";
import { phrasings } from "./phrasings.ts";

describe("the built-in agent", () => {
  const tables = [phrasings, everyday, repeating, ...Object.values(secondSight)];
  for (const phrasing of tables.flat()) {
    const context = phrasing.after?.length ? ` after "${phrasing.after.join('", "')}"` : "";
    it(`understands "${phrasing.says}"${context}`, async () => {
      const { calls, reply } = await outcomeOf(phrasing);
      assert.deepEqual(calls, expectedCalls(phrasing), `it replied: ${reply}`);
      if (phrasing.reply) assert.match(reply, phrasing.reply);
    });
  }

  const sights = [
    thirdSight,
    fourthSight,
    fifthSight,
    sixthSight,
    seventhSight,
    eighthSight,
    ninthSight,
    tenthSight,
  ];
  for (const wish of sights.flatMap((sight) => Object.values(sight).flat())) {
    const context = wish.after ? ` after "${wish.after.join('", "')}"` : "";
    it(`does what is fair at "${wish.says}"${context}`, async () => {
      const seen = await see(wish);
      assert.ok(isFair(seen, wish), `it did: ${describeChanges(seen)}; it replied: ${seen.reply}`);
    });
  }

  it("understands phrasings that it was not made with, at least as many as at first sight", async () => {
    let right = 0;
    for (const phrasing of keptAside) {
      const { calls, reply } = await outcomeOf(phrasing);
      const isRight = isDeepStrictEqual(calls, expectedCalls(phrasing));
      if (isRight && (phrasing.reply?.test(reply) ?? true)) right += 1;
    }
    console.log(`      ${right} of ${keptAside.length}`);
    assert.ok(right >= 46, `only ${right}`);
  });

  const unseen = [
    { name: "eleventh", wishes: eleventhSight, least: 97 },
    { name: "twelfth", wishes: twelfthSight, least: 116 },
    { name: "thirteenth", wishes: thirteenthSight, least: 71 },
  ];
  for (const { name, wishes, least } of unseen) {
    it(`does what is fair at most phrasings of people who never saw the code, and asks about the others, ${name} set`, async () => {
      const seen = await Promise.all(
        wishes.map(async (wish) => ({ ...wish, seen: await see(wish) })),
      );
      const unfair = seen.filter((wish) => !isFair(wish.seen, wish));
      const fair = wishes.length - unfair.length;
      console.log(`      ${fair} of ${wishes.length}`);
      const wrong = unfair.filter((wish) => describeChanges(wish.seen) !== "");
      assert.deepEqual(
        wrong.map(({ says }) => says),
        [],
      );
      assert.ok(fair >= least, `only ${fair}`);
    });
  }
});
