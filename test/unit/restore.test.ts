import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { mock } from "node:test";

import { generateIdentity, identityToRecipient } from "age-encryption";

import { restore } from "../../cli/commands/restore.ts";
import { BackupPods, folder as there } from "../../cli/database/backup-pod.ts";
import { encrypt } from "../../images/backend/src/backups/encryption.ts";
import { Folder } from "./folder.ts";

const name = "todo-20261122T030000Z.dump";

/** A PVC and a bucket, and what the script was asked to do with which content. */
class Backups {
  readonly claim = new Folder();
  readonly bucket = new Folder();
  readonly done: (readonly [command: string, content: string])[] = [];
  hasBucket = true;
  readonly context = "kind";

  at = (path: string) => this.claim.at(path.slice(there.length + 1));

  readonly pod = {
    list: () =>
      Promise.resolve(
        readdirSync(this.claim.path)
          .filter((each) => each.endsWith(".dump"))
          .map((each) => ({ name: each, bytes: 1 })),
      ),
    download: (file: string, target: string) => {
      copyFileSync(this.at(file), target);
      return Promise.resolve();
    },
    upload: (file: string, _bytes: number, target: string) => {
      copyFileSync(file, this.at(target));
      return Promise.resolve();
    },
    ask: ([, , file = ""]: readonly string[]) => {
      rmSync(this.at(file));
      return Promise.resolve("");
    },
    exec: ([, , command = "", file = ""]: readonly string[]) => {
      this.done.push([command, readFileSync(this.at(file), "utf8")]);
      return Promise.resolve({ code: 0, errors: "" });
    },
  };

  withPod = <T>(work: (pod: unknown) => Promise<T>) => work(this.pod);

  withCopy = <T>(copy: string, work: (pod: unknown) => Promise<T>) => {
    const end = copy.endsWith(".age") ? ".part" : "";
    copyFileSync(this.bucket.at(copy), this.claim.at(copy + end));
    return work(this.pod);
  };

  listBucket = () => Promise.resolve(readdirSync(this.bucket.path));
}

describe("db restore", () => {
  let backups: Backups;
  let keys: Folder;
  beforeEach(async () => {
    backups = new Backups();
    keys = new Folder();
    const key = await generateIdentity();
    keys.write("key", key);
    keys.write("other", await generateIdentity());
    keys.write("plain", "encrypted copy");
    await encrypt(keys.at("plain"), keys.at("copy"), [await identityToRecipient(key)]);
    mock.method(BackupPods, "of", () => Promise.resolve(backups));
    mock.method(console, "log", () => undefined);
  });
  afterEach(() => {
    mock.restoreAll();
    for (const folder of [backups.claim, backups.bucket, keys]) folder[Symbol.dispose]();
  });

  const restoring = (identity?: string, check = false) =>
    restore(name, {
      stack: "dev",
      yes: true,
      check,
      identity: identity === undefined ? undefined : keys.at(identity),
    });
  const inBucket = () => {
    copyFileSync(keys.at("copy"), backups.bucket.at(`${name}.age`));
  };
  /** What the backup was, in each step. */
  const steps = (content: string) => [
    ["check", content],
    ["restore", content],
  ];

  it("takes the backup on the PVC, or the copy in the bucket if that is gone", async () => {
    backups.bucket.write(name, "plain copy");
    await restoring();
    backups.claim.write(name, "on the PVC");
    await restoring();
    assert.deepEqual(backups.done, [...steps("plain copy"), ...steps("on the PVC")]);
  });

  it("decrypts the copy in the bucket with an identity, and leaves nothing behind", async () => {
    inBucket();
    backups.claim.write(name, "on the PVC");
    await restoring("key");
    assert.deepEqual(backups.done, steps("encrypted copy"));
    assert.deepEqual(readdirSync(backups.claim.path), [name]);
  });

  it("restores a file on this machine, encrypted or not", async () => {
    const options = { stack: "dev", yes: true };
    await restore(keys.at("copy"), { ...options, identity: keys.at("key") });
    assert.ok(existsSync(keys.at("copy")));
    await restore(keys.at("plain"), options);
    assert.ok(existsSync(keys.at("plain")), "only what was decrypted is removed");
    assert.deepEqual(backups.done, [...steps("encrypted copy"), ...steps("encrypted copy")]);
    assert.deepEqual(readdirSync(backups.claim.path), []);
  });

  it("only verifies with --check", async () => {
    inBucket();
    await restoring("key", true);
    assert.deepEqual(backups.done, [["check", "encrypted copy"]]);
  });

  it("changes nothing without the key that fits", async () => {
    inBucket();
    await assert.rejects(restoring(), /The only copy of \S+ is encrypted\. Name the file with its/);
    await assert.rejects(restoring("other"), /No key in \S+ can decrypt todo-20261122T030000Z/);
    writeFileSync(backups.bucket.at(`${name}.age`), "something else");
    await assert.rejects(restoring("key"), /todo-20261122T030000Z\.dump is damaged/);
    assert.deepEqual(readdirSync(backups.claim.path), []);

    rmSync(backups.bucket.at(`${name}.age`));
    backups.claim.write(name, "on the PVC");
    await assert.rejects(
      restoring("key"),
      /There is no encrypted copy of \S+ in the bucket: leave/,
    );
    backups.hasBucket = false;
    await assert.rejects(
      restoring("key"),
      /There is no encrypted copy of \S+, because there is no/,
    );
    assert.deepEqual(backups.done, []);
  });
});
