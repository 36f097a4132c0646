import assert from "node:assert/strict";

import { compareStacks, isUnchanged } from "../../cli/preview/comparison.ts";
import { comparisonText } from "../../cli/preview/comparison-text.ts";
import { goldenFolder, goldenObjects } from "../../render/golden.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { readObjects } from "../../render/files.ts";
import { stacks } from "../../cli/pulumi/workspace.ts";
import { describeWith } from "./tools.ts";

const content = (stack: string, objects: readonly Manifest[]) => ({
  ...{ stack, objects },
  ...{ resources: [], secrets: [] },
});

describeWith(["helm"], "the recorded objects", () => {
  for (const stack of stacks) {
    it(`are those of stack ${stack}`, async () => {
      const comparison = compareStacks(
        content(stack, await readObjects(goldenFolder(stack))),
        content(stack, await goldenObjects(stack)),
      );

      assert.ok(
        isUnchanged(comparison),
        `${comparisonText(comparison)}\nIs that meant? Then record it: npm run golden`,
      );
    });
  }

  it("do not depend on the mirrors of this machine", async () => {
    const before = { ...process.env };
    process.env["TODO_IMAGE_POSTGRES"] = "mirror.example.org/postgres:1";
    try {
      assert.doesNotMatch(JSON.stringify(await goldenObjects("dev")), /mirror\.example\.org/);
    } finally {
      process.env = before;
    }
  });
});
