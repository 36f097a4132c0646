import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, statSync, utimesSync } from "node:fs";

import { createFile, replaceFile, withLock } from "../../lib/replace-file.ts";
import { Folder } from "./folder.ts";

describe("replacing a file", () => {
  it("gives it the new text, for its owner only", async () => {
    using folder = new Folder({ file: "old" });

    await replaceFile(folder.at("file"), "new");

    assert.equal(folder.read("file"), "new");
    assert.equal(statSync(folder.at("file")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder.path), ["file"]);
  });

  it("leaves the old one where the new one does not fit on the disk", () => {
    using folder = new Folder({ file: "old" });
    const code = `import { replaceFile } from "./lib/replace-file.ts";
await replaceFile(${JSON.stringify(folder.at("file"))}, "x".repeat(5000)).catch(({ message }) => console.log(message));`;
    // Limits files to one block; a longer write fails, or is killed.
    const { status, signal } = spawnSync("/bin/sh", [
      "-c",
      'ulimit -f 1; exec "$0" --input-type=module --eval "$1"',
      process.execPath,
      code,
    ]);

    assert.ok(status === 0 || signal === "SIGXFSZ", `it ended with ${String(status ?? signal)}`);
    assert.equal(folder.read("file"), "old");
  });

  it("says that it can't be written, and leaves nothing", async () => {
    using folder = new Folder({ "file/inside": "" });

    await assert.rejects(replaceFile(folder.at("file"), "new"), {
      name: "Problem",
      message: /^\S+file can't be written: .* It is unchanged\.$/,
    });
    assert.deepEqual(readdirSync(folder.path), ["file"]);
  });
});

describe("creating a file", () => {
  it("is never partially written, and keeps the first of two", async () => {
    using folder = new Folder();
    const texts = ["a", "b", "c", "d"].map((letter) => letter.repeat(32));
    await Promise.all(texts.map((text) => createFile(folder.at("file"), text)));

    assert.ok(texts.includes(folder.read("file")));
    const first = folder.read("file");
    await createFile(folder.at("file"), "later");
    assert.equal(folder.read("file"), first);
    assert.deepEqual(readdirSync(folder.path), ["file"]);
  });
});

describe("a lock", () => {
  it("is held by one at a time, and goes after a failure too", async () => {
    using folder = new Folder();
    let [inside, most] = [0, 0];
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((go) => setTimeout(go, 5));
      inside -= 1;
      throw new Error("failed");
    };
    const all = [1, 2, 3].map(() => withLock(folder.at("lock"), work));

    for (const { status } of await Promise.allSettled(all)) assert.equal(status, "rejected");
    assert.equal(most, 1);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it("of a command that was killed does not stop the next", async () => {
    using folder = new Folder({ lock: "" });
    utimesSync(folder.at("lock"), 0, 0);

    assert.equal(await withLock(folder.at("lock"), () => Promise.resolve("done")), "done");
  });
});
