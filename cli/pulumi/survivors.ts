import { readlink } from "node:fs/promises";
import { connect } from "node:net";

import { run } from "../../lib/exec.ts";
import { project } from "../../lib/project.ts";

/**
 * Kills the plugins of this project's killed updates. A plugin continues for minutes without its engine,
 * with a Helm release for example, and its result is lost.
 *
 * @returns how many there were
 */
export async function endSurvivors(): Promise<number> {
  const processes = await run("ps", ["-e", "-o", "pid=,args="]);
  // The last argument is the engine's address.
  const plugins = processes.matchAll(/^ *(\d+) .*\bpulumi\b.* 127\.0\.0\.1:(\d+)$/gm);
  let ended = 0;
  for (const [, pid = "", port = ""] of plugins) {
    if ((await answers(Number(port))) || (await folderOf(pid)) !== project) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
      ended += 1;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  return ended;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/** Working directory of a process; undefined if unknown. */
async function folderOf(pid: string): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch {
    // macOS has no /proc.
    const found = await run("lsof", ["-a", "-p", pid, "-d", "cwd", "-F", "n"]).catch(() => "");
    return /^n(.*)$/m.exec(found)?.[1];
  }
}
