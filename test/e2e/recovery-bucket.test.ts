import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ApiException, BatchV1Api } from "@kubernetes/client-node";

import type { Person } from "./client.ts";
import { askPod, cluster, eventually, namespace } from "./project.ts";
import { SideServer } from "./side-server.ts";
import { stack } from "./stack.ts";

/** The only keys that the S3 server accepts. */
const keys = { accessKeyId: "key-id", secretAccessKey: "s3cret/with+odd=characters" };
const port = 9000;

describe(`backups in a bucket, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);

  let person: Person;
  let bucket: SideServer;
  const recipients = "todo-chatbot:storage.backup.s3.recipients";

  before(async () => {
    await stack.running();
    // The server of the unit tests.
    const source = "images/backend/test/support/bucket-server.ts";
    bucket = await SideServer.start("bucket", port, {
      "bucket-server.ts": await readFile(join(stack.project.folder, source), "utf8"),
      "main.ts": `import { BucketServer } from "./bucket-server.ts";\nawait BucketServer.start({ host: "0.0.0.0", port: ${port} });\n`,
    });
    await setKeys(keys);
    person = await stack.running(
      `storage.backup.s3.endpoint=${bucket.url}`,
      "storage.backup.s3.bucket=safe",
      "storage.backup.s3.prefix=a&b/",
    );
  });

  after(async () => {
    await stack.todo("pulumi", "config", "rm", "--path", recipients);
    stack.setBack("storage.backup.s3.endpoint=", "storage.backup.s3.bucket=");
    await (bucket as SideServer | undefined)?.remove();
  });

  async function setKeys(values: typeof keys): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      const path = `todo-chatbot:storage.backup.s3.${key}`;
      const { code, output } = await stack.todo(
        "pulumi",
        ...["config", "set", "--path", "--secret", path, value],
      );
      assert.equal(code, 0, output);
    }
  }

  /** The file with the private key. */
  const identity = () => join(stack.project.folder, "identity.txt");

  /** The time of the newest backup that the backend knows of, in seconds since 1970. */
  async function lastBackup(): Promise<number> {
    const { config, core } = cluster(stack.context);
    const labelSelector = "app.kubernetes.io/component=backend";
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    const metrics = await askPod(config, items[0]?.metadata?.name ?? "", 8000, "/metrics");
    return Number(/^backup_last_success_timestamp_seconds (\S+)$/m.exec(metrics)?.[1] ?? 0);
  }

  async function backUp(): Promise<string> {
    const { code, output, took } = await stack.todo("db backup");
    assert.equal(code, 0, output);
    console.log(`      the backup took ${took} s`);
    // Backups of earlier tests may be copied too; the names sort by time.
    const copied = [...output.matchAll(/^copied to the bucket: (\S+)$/gm)].map(([, name]) => name);
    const newest = copied.sort().at(-1);
    assert.ok(newest, output);
    return newest.replace(".age", "");
  }

  it("are stored twice, and can be restored when their PVC is gone", async () => {
    await person.ask("POST", "/api/tasks", { title: "kept" });
    const name = await backUp();
    const both = await stack.todo("db backup", "--list");
    assert.match(both.output, new RegExp(`^${name} .* also in the bucket$`, "m"));
    await person.ask("POST", "/api/tasks", { title: "made later" });

    const { config, core } = cluster(stack.context);
    // Pods keep it, completed ones too.
    await config
      .makeApiClient(BatchV1Api)
      .deleteCollectionNamespacedJob({ namespace, propagationPolicy: "Background" });
    const claim = { name: "todo-chatbot-backups", namespace };
    await core.deleteNamespacedPersistentVolumeClaim(claim);
    await eventually(60, () =>
      assert.rejects(core.readNamespacedPersistentVolumeClaim(claim), ApiException),
    );
    // For the next test: copies from before are restored as they are.
    const key = await stack.project.npm("todo", "db", "key", identity());
    const [, recipient = ""] = /^(age1\w+)$/m.exec(key.output) ?? [];
    await stack.todo("pulumi", "config", "set", "--path", `${recipients}[0]`, recipient);
    const { code, output } = await stack.start();
    assert.equal(code, 0, output);
    assert.match(output, /PVC todo-chatbot-backups is gone/);
    const alone = await stack.todo("db backup", "--list");
    assert.match(alone.output, new RegExp(`^${name} .* in the bucket only$`, "m"));

    const restored = await stack.todo("db restore", name, "--yes");
    assert.equal(restored.code, 0, restored.output);
    console.log(`      the restore took ${restored.took} s`);
    assert.deepEqual(await person.titles(), ["kept"]);
  });

  it("are encrypted for a public key, and restored with the private one", async () => {
    const name = await backUp();
    await person.ask("POST", "/api/tasks", { title: "made later" });
    const restored = await stack.todo("db restore", name, "--identity", identity(), "--yes");
    assert.equal(restored.code, 0, restored.output);
    console.log(`      the restore took ${restored.took} s`);
    assert.deepEqual(await person.titles(), ["kept"]);
    assert.doesNotMatch(restored.output, /AGE-SECRET-KEY/);
  });

  it("don't count if the bucket refuses them, and no output has a key", async () => {
    const name = await backUp();
    const before = await eventually(60, async () => {
      const seen = await lastBackup();
      assert.ok(Date.now() / 1000 - seen < 60, `${seen}`);
      return seen;
    });
    await setKeys({ ...keys, secretAccessKey: "wrong-hush" });
    const started = await stack.start();
    assert.equal(started.code, 0, started.output);

    const { code, output } = await stack.todo("db backup");

    assert.equal(code, 1, output);
    assert.match(output, /the bucket safe at \S+ refuses GET: 403 SignatureDoesNotMatch/);
    assert.match(output, /The backup failed/);
    const listed = await stack.todo("db backup", "--list");
    assert.equal(listed.code, 1, listed.output);
    assert.match(listed.output, new RegExp(`^${name} `, "m"));
    assert.match(
      listed.output,
      /The backups in the bucket can't be listed: .* 403 SignatureDoesNotMatch/,
    );
    assert.ok(!(started.output + output + listed.output).includes("hush"));
    // The backend checks every half minute.
    await new Promise((waited) => setTimeout(waited, 35_000));
    assert.equal(await lastBackup(), before);
  });
});
