import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

import { Folder } from "./folder.ts";

/**
 * Runs a command like `db backup`, with nobody to ask and a workspace of its own.
 *
 * @param cwd folder of the project; default: this one
 */
export async function command(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd?: string,
) {
  using home = new Folder();
  const child = spawn(process.execPath, ["cli/main.ts", ...name.split(" "), ...args], {
    cwd,
    env: { ...process.env, TODO_CHATBOT_HOME: home.path, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 50_000,
  });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { code, output: output + errors };
}
