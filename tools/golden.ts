import { Command } from "@commander-js/extra-typings";
import { relative } from "node:path";

import { goldenFolder, goldenOf, writeGolden } from "../render/golden.ts";
import { runProgram } from "../cli/command-line.ts";
import { step } from "../cli/terminal.ts";
import { needTool } from "../cli/toolchain.ts";
import { stacks } from "../cli/stacks.ts";
import { project } from "../lib/project.ts";

const program = new Command("golden")
  .description("Update the golden files that the tests compare both stacks with.")
  .action(golden);

async function golden(): Promise<void> {
  await needTool("helm");
  for (const stack of stacks) {
    const content = await goldenOf(stack);
    await writeGolden(stack, content);
    const { length } = content.objects;
    step(`stack ${stack}: ${length} objects, in ${relative(project, goldenFolder(stack))}`);
  }
}

await runProgram(program);
