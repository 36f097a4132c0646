import type { ToolName } from "../../cli/toolchain.ts";
import { findTool } from "../../cli/toolchain.ts";

/** Skips the tests of a hook, with a line that says why, where a tool is neither on PATH nor downloaded. */
export async function skipWithout(hook: Mocha.Context, tools: readonly ToolName[]): Promise<void> {
  for (const tool of tools) {
    if ((await findTool(tool)) !== undefined) continue;
    console.log(`    skipped: ${tool} is not on PATH`);
    hook.skip();
  }
}
