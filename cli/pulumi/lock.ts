import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { run } from "../../lib/exec.ts";
import { backendFolder } from "./backend.ts";
import type { Workspace } from "./workspace.ts";

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly hostname: string;
  readonly username: string;
}

/**
 * The locks on the state of a stack.
 *
 * @returns undefined unless the backend is a local folder: other backends don't show their locks
 */
export async function lockHolders({
  backend,
  stack,
}: Workspace): Promise<readonly LockHolder[] | undefined> {
  const state = backendFolder(backend);
  if (state === undefined) return undefined;
  const folder = join(state, ".pulumi/locks/organization/todo-chatbot", stack);
  const files = await readdir(folder).catch(() => []);
  const locks = files.filter((file) => file.endsWith(".json"));
  return Promise.all(
    locks.map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8")) as LockHolder),
  );
}

/** Whether the process that locked the state has ended, as after a kill. */
export async function isStale({ pid, hostname: host }: LockHolder): Promise<boolean> {
  if (host !== hostname()) return false;
  // The PID may have been reused.
  const found = await run("ps", ["-p", String(pid), "-o", "stat=", "-o", "comm="]).catch(() => "");
  // A killed process stays a zombie until its parent waits for it, which may be never in a container.
  return found.startsWith("Z") || !found.includes("pulumi");
}
