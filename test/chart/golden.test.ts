import assert from "node:assert/strict";

import { compareStacks, isUnchanged } from "../../cli/preview/comparison.ts";
import { comparisonText } from "../../cli/preview/comparison-text.ts";
import { goldenOf, readGolden } from "../../render/golden.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { committedStacks } from "../../cli/stacks.ts";
import { describeWith } from "./tools.ts";

const stacks = await committedStacks();

const content = (stack: string, objects: readonly Manifest[]) => ({
  ...{ stack, objects },
  ...{ resources: [], secrets: [] },
});

describeWith(["helm"], "the golden files", () => {
  const remedy = "Is that meant? Then record it: npm run generate";
  for (const stack of stacks) {
    it(`are what stack ${stack} makes`, async () => {
      const [golden, actual] = [await readGolden(stack), await goldenOf(stack)];
      const comparison = compareStacks(
        content(stack, golden.objects),
        content(stack, actual.objects),
      );

      assert.ok(isUnchanged(comparison), `${comparisonText(comparison)}\n${remedy}`);
      assert.deepEqual(actual.resources, golden.resources, remedy);
    });
  }

  it("do not depend on the mirrors of this machine", async () => {
    const before = { ...process.env };
    process.env["TODO_IMAGE_POSTGRES"] = "mirror.example.org/postgres:1";
    try {
      assert.doesNotMatch(JSON.stringify(await goldenOf("dev")), /mirror\.example\.org/);
    } finally {
      process.env = before;
    }
  });
});
