import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";

import { generateIdentity, identityToRecipient } from "age-encryption";

import { createKey, decrypt, readIdentity } from "../../cli/database/age.ts";
import { checksum, sizeText, timeText } from "../../cli/database/backup-pod.ts";
import { encrypt } from "../../images/backend/src/backups/encryption.ts";
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

describe("an encrypted backup", () => {
  const content = "a row of somebody's\n".repeat(20_000);
  const encrypted = async (folder: Folder, ...keys: readonly string[]) => {
    folder.write("plain", content);
    const recipients = await Promise.all(keys.map(identityToRecipient));
    await encrypt(folder.at("plain"), folder.at("b.age"), recipients);
  };

  it("is decrypted on this machine by a key of its time, among others", async () => {
    using folder = new Folder();
    const [old, present] = [await generateIdentity(), await generateIdentity()];
    await encrypted(folder, old);
    folder.write("keys", `# a comment\n\n${present}\r\n${old}\n`);
    await decrypt(
      folder.at("b.age"),
      folder.at("back"),
      await readIdentity(folder.at("keys")),
      "b",
    );
    assert.equal(folder.read("back"), content);
    assert.equal(statSync(folder.at("back")).mode & 0o777, 0o600);
  });

  it("is refused with another key, and if it was changed or cut off anywhere", async () => {
    using folder = new Folder();
    const key = await generateIdentity();
    await encrypted(folder, key);
    const read = (identity: string) =>
      decrypt(folder.at("b.age"), folder.at("x"), { file: "keys", keys: [identity] }, "b.dump");
    await assert.rejects(
      read(await generateIdentity()),
      /^Problem: No key in keys can decrypt b\.dump: it was encrypted for others\. Nothing was changed\./,
    );
    const whole = readFileSync(folder.at("b.age"));
    for (const place of [0, 60, 150, 200, 70_000, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[place]! ^= 1;
      writeFileSync(folder.at("b.age"), changed);
      await assert.rejects(
        read(key),
        /damaged: it can't be decrypted .* Nothing was changed\.|encrypted for others/,
      );
      writeFileSync(folder.at("b.age"), whole.subarray(0, place));
      await assert.rejects(read(key), /damaged: it can't be decrypted/);
    }
  });

  it("has a key pair that the program creates, and never overwrites", async () => {
    using folder = new Folder();
    const { code, output } = await command("db key", [folder.at("key.txt")]);
    assert.equal(code, 0, output);
    const [recipient = ""] = output.split("\n");
    assert.match(recipient, /^age1[0-9a-z]{58}$/);
    assert.equal(statSync(folder.at("key.txt")).mode & 0o777, 0o600);
    const text = folder.read("key.txt");
    const { keys } = await readIdentity(folder.at("key.txt"));
    assert.equal(await identityToRecipient(keys[0] ?? ""), recipient);
    assert.ok(text.includes(`# public key: ${recipient}\n`));
    assert.doesNotMatch(output, /AGE-SECRET-KEY/);

    const again = await command("db key", [folder.at("key.txt")]);
    assert.equal(again.code, 1);
    assert.match(again.output, /key\.txt already exists, and was not changed\. Name a file that/);
    assert.equal(folder.read("key.txt"), text);
    await assert.rejects(createKey(folder.at("no/key")), /The key was not created: ENOENT/);
  });

  it("is refused before the cluster is asked, without its key, with another and with none", async () => {
    using folder = new Folder({ "plain.dump": "text", "none.txt": "AGE-SECRET-KEY-1HUSH\n" });
    await encrypted(folder, await generateIdentity());
    writeFileSync(folder.at("key.txt"), await generateIdentity());
    for (const [args, words] of [
      [["b.age"], /b\.age is encrypted\. Name the file with its private key: --identity <file>/],
      [["b.age", "key.txt"], /No key in .*key\.txt can decrypt .*b\.age/],
      [["b.age", "none.txt"], /none\.txt is not a file with private keys of age/],
      [["b.age", "away.txt"], /--identity .*away\.txt can't be read: ENOENT/],
      [["plain.dump", "key.txt"], /plain\.dump is not encrypted: leave out --identity/],
    ] as const) {
      const [file, ...identity] = args.map((name) => folder.at(name));
      const options = identity.flatMap((path) => ["--identity", path]);
      const { code, output } = await command("db restore", [file ?? "", "--yes", ...options]);
      assert.match(output, words);
      assert.equal(code, 1);
      assert.doesNotMatch(output, /HUSH/);
    }
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
