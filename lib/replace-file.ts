import { randomBytes } from "node:crypto";
import { link, rename, rm, stat, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { messageOf, Problem } from "./problem.ts";

/**
 * Replaces a file atomically, so that a full disk or a kill leaves the old one. Only its owner can
 * read it.
 *
 * @throws Problem when the text can't be written
 */
export function replaceFile(file: string, text: string): Promise<void> {
  return withCopy(file, text, (copy) => rename(copy, file));
}

/** Creates a file with its full text, unless it exists. */
export async function createFile(file: string, text: string): Promise<void> {
  await withCopy(file, text, (copy) =>
    link(copy, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }),
  );
}

async function withCopy(file: string, text: string, use: (copy: string) => Promise<void>) {
  const copy = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(copy, text, { mode: 0o600, flag: "wx", flush: true });
    await use(copy);
  } catch (error) {
    throw new Problem(`${file} can't be written: ${messageOf(error)}. It is unchanged.`);
  } finally {
    await rm(copy, { force: true });
  }
}

/** A lock older than this, in milliseconds, is from a killed process. */
const longest = 10_000;

/** Runs short work under a lock file, in one process at a time. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!(await isCreated(file))) {
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > longest) await rm(file, { force: true });
    else await sleep(20);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function isCreated(file: string): Promise<boolean> {
  try {
    await writeFile(file, "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
