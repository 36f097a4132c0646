import { existsSync } from "node:fs";
import { join } from "node:path";

import type { FolderLock } from "../../images/backend/src/database/folder-lock.ts";
import { FolderInUse, lockFolder } from "../../images/backend/src/database/folder-lock.ts";
import { Problem } from "../../lib/problem.ts";
import { workspaceFolder } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { todoCommand } from "../stacks.ts";

const fileOf = (stack: Stack) => join(workspaceFolder(), `watch-${stack}`);

/** @throws Problem if another `todo watch` of the stack is running */
export function lockWatch(stack: Stack): FolderLock {
  try {
    return lockFolder(fileOf(stack), todoCommand("watch", stack));
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    throw new Problem(
      `Nothing was changed. ${todoCommand("watch", stack)} is running, as ${error.owner}, and its pods have edited code: stop it with Ctrl-C first.`,
    );
  }
}

/**
 * For commands that change what it works on.
 *
 * @throws Problem if `todo watch` of the stack is running
 */
export function ensureNoWatch(stack: Stack): void {
  // Creates no file where it never ran.
  if (existsSync(`${fileOf(stack)}.lock`)) lockWatch(stack).release();
}
