import { relative } from "node:path";

import { goldenFolder, goldenObjects } from "./lib/golden.ts";
import { writeObjects } from "./lib/rendering.ts";
import { main, Problem, step } from "./lib/say.ts";
import { check } from "./lib/testing.ts";
import { needTool } from "./lib/tools.ts";
import { project, stacks } from "./lib/workspace.ts";

// npm run golden: records anew what the tests compare both stacks with, after a change that is meant.
// `git diff test/golden` then shows what it does: to the resources (<stack>.json) and to the
// objects (<stack>/).
await main(async () => {
  await needTool("helm");
  for (const stack of stacks) {
    const objects = await goldenObjects(stack);
    await writeObjects(goldenFolder(stack), objects);
    step(`${objects.length} objects are in ${relative(project, goldenFolder(stack))}`);
  }
  process.env["UPDATE_GOLDEN"] = "1";
  const mocha = ["node_modules/mocha/bin/mocha.js", "--no-config", "--timeout", "60000"];
  const { failed } = await check("resources", process.execPath, [
    ...mocha,
    ...["--grep", "recorded", "test/unit/stacks.test.ts"],
  ]);
  if (failed > 0) throw new Problem("The resources are not recorded; the words above say why.");
});
