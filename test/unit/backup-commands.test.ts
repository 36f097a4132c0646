import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { checksum, sizeText, timeText } from "../../cli/database/backup-pod.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Folder } from "./folder.ts";

describe("a backup's", () => {
  it("size has a human-readable unit", () => {
    assert.deepEqual([0, 1023, 1024, 1_572_864, 5 * 1024 ** 3].map(sizeText), [
      "0 bytes",
      "1023 bytes",
      "1.0 KiB",
      "1.5 MiB",
      "5.0 GiB",
    ]);
  });

  it("time is in its name", () => {
    assert.equal(timeText("todo-20261122T030405Z.dump"), "2026-11-22 03:04:05 UTC");
  });

  it("checksum is that of its bytes", async () => {
    using folder = new Folder({ file: "text" });
    const expected = createHash("sha256").update("text").digest("hex");
    assert.equal(await checksum(folder.at("file")), expected);
  });
});

describe("db backup and db restore", function () {
  this.timeout(60_000);

  for (const [what, name, args, words, exit = 2] of [
    [
      "an unknown stack",
      "db backup",
      ["--stack", "prod"],
      /'prod' is invalid\. There is no Pulumi\.prod\.yaml/,
    ],
    [
      "two things at once",
      "db backup",
      ["--list", "--download", "todo-20261122T030000Z.dump"],
      /'--list' cannot be used with option '--download <name>'/,
    ],
    ["a name that is none", "db backup", ["--download", "../../etc/passwd"], /Backup names look/],
    ["nothing to restore", "db restore", [], /missing required argument 'backup'/],
    ["two backups to restore", "db restore", ["a", "b"], /too many arguments/],
    ["what is neither file nor name", "db restore", ["nonsense", "--yes"], /nonsense is neither/],
    ["to ask where there is no terminal", "db restore", ["package.json"], /^Not a terminal/, 1],
  ] as const) {
    it(`refuse ${what}`, async () => {
      const { code, output } = await command(name, args);
      assert.match(output, words);
      assert.equal(code, exit);
    });
  }

  it("refuse a file that is not what its checksum says, before the cluster is asked", async () => {
    using folder = new Folder({ "a.dump": "text", "a.dump.sha256": "00  a.dump\n" });
    const { code, output } = await command("db restore", [folder.at("a.dump"), "--yes"]);
    assert.equal(code, 1);
    assert.match(
      output,
      /a\.dump is damaged: its SHA-256 is .*, expected 00\. Nothing was changed\./,
    );
  });

  it("say that the stack is not deployed", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });
    const { code, output } = await command("db backup", []);
    assert.equal(code, 1);
    assert.equal(
      output,
      "Stack dev is not deployed in kind-todo-chatbot: the namespace todo-chatbot-namespace has no CronJob backup. Run npm start.\n",
    );
  });

  it("say that the cluster does not answer", async () => {
    using _kubeconfig = new Kubeconfig({});
    const { code, output } = await command("db backup", ["--list"]);
    assert.equal(code, 1);
    assert.match(output, /^The kubeconfig has no contexts \(/);
  });
});
