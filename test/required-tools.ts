import type { ToolName } from "../cli/toolchain.ts";
import { findTool } from "../cli/toolchain.ts";
import { skip } from "./skip.ts";

/** Skips where a tool is neither on PATH nor downloaded. */
export async function skipWithout(context: Mocha.Context, ...tools: ToolName[]): Promise<void> {
  for (const tool of tools) {
    if ((await findTool(tool)) === undefined) skip(context, `${tool} is not on PATH`);
  }
}
