import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Command } from "@commander-js/extra-typings";

import { runProgram } from "../cli/command-line.ts";
import { committedStacks } from "../cli/stacks.ts";
import { step } from "../cli/terminal.ts";
import { ensureTool } from "../cli/toolchain.ts";
import { project } from "../lib/project.ts";
import { goldenOf, writeGolden } from "../render/golden.ts";
import { generatedFiles } from "./generated/files.ts";

const program = new Command("generate")
  .description("Rewrite the generated files, and the golden files that tests compare with.")
  .action(generate);

async function generate(): Promise<void> {
  for (const { file, make } of generatedFiles) {
    const path = join(project, file);
    const before = await readFile(path, "utf8").catch(() => "");
    const text = await make();
    if (text === before) continue;
    await writeFile(path, text);
    step(file);
  }
  await ensureTool("helm");
  for (const stack of await committedStacks()) {
    await writeGolden(stack, await goldenOf(stack));
    step(`golden files of stack ${stack}`);
  }
}

await runProgram(program);
