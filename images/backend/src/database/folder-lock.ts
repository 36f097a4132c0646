import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Another process uses the folder. */
export class FolderInUse extends Error {
  /** The other process, such as `process 4242 (http://localhost:3000)`. */
  readonly owner: string;

  constructor(folder: string, owner: string) {
    super(`${folder} is in use by ${owner}`);
    this.name = "FolderInUse";
    this.owner = owner;
  }
}

export interface FolderLock {
  readonly release: () => void;
}

/** How long a process that is stopping may take to release the lock, in milliseconds. */
const patienceMs = 2000;

/** SQLITE_BUSY. */
const busy = 5;

/**
 * Locks a folder until `release`, or until this process ends. The lock is SQLite's on a file beside
 * the folder: the system releases it when a process is killed, which it doesn't do with lock files.
 *
 * @param address where this process is reached, to name it to others.
 * @throws FolderInUse if another process holds the lock.
 */
export function lockFolder(folder: string, address: string): FolderLock {
  mkdirSync(dirname(folder), { recursive: true });
  const ownerFile = `${folder}.owner`;
  // Not imported: the bundle would load it in production too, where nothing needs it.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const lock = new DatabaseSync(`${folder}.lock`, { timeout: patienceMs });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    throw new FolderInUse(folder, readFileSync(ownerFile, "utf8"));
  }
  writeFileSync(ownerFile, `process ${process.pid} (${address})`);
  return {
    release: () => {
      lock.close();
    },
  };
}
