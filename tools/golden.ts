import { relative } from "node:path";

import { goldenFolder, goldenObjects } from "../render/golden.ts";
import { writeObjects } from "../render/files.ts";
import { main, step } from "../cli/terminal.ts";
import { Problem } from "../lib/problem.ts";
import { check } from "./testing.ts";
import { needTool } from "../cli/toolchain.ts";
import { stacks } from "../cli/pulumi/workspace.ts";
import { project } from "../lib/project.ts";

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
