import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FolderInUse, lockFolder } from "../src/database/folder-lock.ts";

describe("the lock of the embedded database's folder", () => {
  const root = mkdtempSync(join(tmpdir(), "todo-lock-"));
  const folder = join(root, "data", "postgres");
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(root, { recursive: true });
  });

  /** Another process that holds the lock. */
  async function other() {
    const module = new URL("../src/database/folder-lock.ts", import.meta.url).href;
    const code = `
      const { lockFolder } = await import(${JSON.stringify(module)});
      globalThis.lock = lockFolder(${JSON.stringify(folder)}, "http://localhost:3000");
      console.log("locked");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  it("refuses a second process, and names the first", async () => {
    const child = await other();
    assert.throws(() => lockFolder(folder, "port 1"), {
      name: "FolderInUse",
      message: `${folder} is in use by process ${child.pid} (http://localhost:3000)`,
    });
    child.kill();
    await once(child, "exit");
  });

  it("is taken over from a process that was killed", async () => {
    const child = await other();
    child.kill("SIGKILL");
    await once(child, "exit");
    const lock = lockFolder(folder, "port 1");
    assert.throws(() => lockFolder(folder, "port 2"), FolderInUse);
    lock.release();
    lockFolder(folder, "port 2").release();
  });
});
