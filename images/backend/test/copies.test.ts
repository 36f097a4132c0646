import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Decrypter, generateIdentity, identityToRecipient } from "age-encryption";

import { Bucket, BucketError, type BucketConfig } from "../src/backups/bucket.ts";
import { Copies } from "../src/backups/copies.ts";
import { encrypt } from "../src/backups/encryption.ts";
import type { Retention } from "../src/backups/retention.ts";
import { BucketServer } from "./support/bucket-server.ts";
import { certificate } from "./support/certificate.ts";

const names = [20, 21, 22].map((day) => `todo-202611${day}T030000Z.dump`);
const prefix = "my todo+app/ü (1)/<R&D's>/";
const theNewest = (last: number): Retention => ({ last, daily: 0, weekly: 0, monthly: 0 });
const [oldest = "", middle = "", newest = ""] = names;

describe("copies of backups in a bucket", () => {
  let server: BucketServer;
  let folder: string;
  let said: string[];

  /** Makes a backup. */
  const make = (name: string): void => {
    const content = `content of ${name}`.repeat(1000);
    const sum = createHash("sha256").update(content).digest("hex");
    writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, `${name}.sha256`), `${sum}  ${name}\n# accounts: 2 1234\n`);
  };

  beforeEach(async () => {
    server = await BucketServer.start();
    said = [];
    folder = mkdtempSync(join(tmpdir(), "todo-copies-"));
    for (const name of names) make(name);
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const copies = (
    changes: Partial<BucketConfig> = {},
    recipients: readonly string[] = [],
  ): Copies =>
    new Copies(
      new Bucket({
        endpoint: server.endpoint,
        bucket: "safe",
        prefix,
        region: "eu-central-1",
        accessKeyId: server.keyId,
        secretAccessKey: server.secret,
        ...changes,
      }),
      folder,
      (text) => said.push(text),
      recipients,
    );

  it("are made of what is missing there, the oldest first, each after its checksum", async () => {
    await copies({ prefix: "" }).push(theNewest(2));
    assert.deepEqual(server.put, [`${middle}.sha256`, middle, `${newest}.sha256`, newest]);
    await copies({ prefix: "" }).push(theNewest(2));
    assert.equal(server.put.length, 4);
    assert.deepEqual(server.objects.get(newest), readFileSync(join(folder, newest)));
  });

  it("are fetched only if they are newer than all backups in the folder", async () => {
    await copies().push(theNewest(3));
    rmSync(join(folder, oldest));
    await copies().pullNewest();
    assert.ok(!readdirSync(folder).includes(oldest));
    rmSync(join(folder, newest));
    await copies().pullNewest();
    assert.ok(
      readdirSync(folder).includes(newest) && readdirSync(folder).includes(`${newest}.sha256`),
    );
  });

  it("that are dated in the future, by a clock that was wrong, are the first to go", async () => {
    const wrong = "todo-20990101T000000Z.dump";
    for (const end of ["", ".sha256"]) {
      cpSync(join(folder, newest + end), join(folder, wrong + end));
    }
    await copies().push(theNewest(4));
    assert.deepEqual(await copies().list(), [newest, middle, oldest, wrong]);
    await copies().push(theNewest(3));
    assert.deepEqual(await copies().list(), [newest, middle, oldest]);
  });

  it("stay below their prefix, whatever characters it has", async () => {
    server.objects.set("todo-20990101T000000Z.dump", Buffer.from("somebody else's"));
    await copies().push(theNewest(3));
    assert.deepEqual(await copies().list(), [newest, middle, oldest]);
    await copies().push(theNewest(3));
    assert.equal(server.put.length, 6);
    assert.ok(server.objects.has(`${prefix}${newest}`));
  });

  it("go when there are newer ones, and nothing else does", async () => {
    await copies({ prefix: "" }).push(theNewest(3));
    server.objects.set("todo-list.txt", Buffer.from("somebody else's"));
    await copies({ prefix: "" }).push(theNewest(1));
    assert.deepEqual([...server.objects.keys()].sort(), [
      newest,
      `${newest}.sha256`,
      "todo-list.txt",
    ]);
  });

  it("stay there by days, and so does the one that was last proven", async () => {
    await copies().push({ ...theNewest(1), daily: 1 });
    assert.deepEqual(await copies().list(), [newest, middle]);

    await copies().push(theNewest(3));
    writeFileSync(join(folder, "proven"), `${oldest}\n`);
    await copies().push(theNewest(1));
    assert.deepEqual(await copies().list(), [newest, oldest]);
  });

  it("are not made of an old backup that the bucket would not keep", async () => {
    await copies().push(theNewest(1));
    for (const end of ["", ".sha256"]) rmSync(join(folder, newest + end));
    await copies().push(theNewest(1));
    assert.equal(server.put.length, 2);
    assert.deepEqual(await copies().list(), [newest]);
  });

  it("are all found, however many there are", async () => {
    server.pageSize = 2;
    await copies().push(theNewest(3));
    assert.deepEqual(await copies().list(), [newest, middle, oldest]);
  });

  it("come back as they were", async () => {
    await copies().push(theNewest(1));
    const original = readFileSync(join(folder, newest));
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    await copies().pull(newest);
    assert.deepEqual(readdirSync(folder).sort(), [newest, `${newest}.sha256`]);
    assert.deepEqual(readFileSync(join(folder, newest)), original);
  });

  it("come back from a server that hangs up before all of it is read", async () => {
    const content = Buffer.alloc(6e6, "x");
    const sum = createHash("sha256").update(content).digest("hex");
    server.objects.set(newest, content);
    server.objects.set(`${newest}.sha256`, Buffer.from(`${sum}  ${newest}\n`));
    // Node's fetch mostly survives a few.
    for (let time = 1; time <= 20; time += 1) await copies({ prefix: "" }).pull(newest);
    assert.ok(readFileSync(join(folder, newest)).equals(content));
  });

  it("are refused, and leave nothing behind, when the connection breaks half-way", async () => {
    await copies().push(theNewest(1));
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    server.breaksOff = true;
    await assert.rejects(copies().pull(newest), /was not downloaded completely: .*aborted/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("wait for a server that is busy, and not for ever", async () => {
    server.busyFor = 2;
    await copies().push(theNewest(1));
    assert.deepEqual(await copies().list(), [newest]);
    server.busyFor = 3;
    await assert.rejects(copies().list(), /refuses GET: 503 SlowDown/);
  });

  it("go to a server whose certificate is of an authority of its own, and to no other", async function () {
    const [mine, another] = [certificate(this, "mine"), certificate(this, "another")];
    await using encrypted = await BucketServer.start({ tls: mine });
    const to = (caCertificate: string) => copies({ endpoint: encrypted.endpoint, caCertificate });

    await to(mine.cert).push(theNewest(1));
    assert.deepEqual(await to(mine.cert).list(), [newest]);
    for (const other of ["", another.cert]) {
      await assert.rejects(
        to(other).list(),
        /certificate of an unknown CA; set storage\.backup\.s3\.caCertificate/,
      );
    }
  });

  it("are refused, and leave nothing behind, when they come back damaged", async () => {
    await copies({ prefix: "" }).push(theNewest(1));
    server.objects.set(newest, Buffer.from("something else"));
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    await assert.rejects(copies({ prefix: "" }).pull(newest), /The copy of .* is damaged/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("are not made of a backup that is damaged", async () => {
    writeFileSync(join(folder, newest), "something else");
    await assert.rejects(copies().push(theNewest(1)), /is damaged: its SHA-256 is/);
    assert.equal(server.objects.size, 0);
  });

  describe("that are encrypted", () => {
    let [mine, old] = ["", ""];
    let [forMine, forOld] = ["", ""];
    before(async () => {
      [mine, old] = [await generateIdentity(), await generateIdentity()];
      [forMine, forOld] = [await identityToRecipient(mine), await identityToRecipient(old)];
    });
    const encrypted = (...recipients: string[]) => copies({ prefix: "" }, recipients);

    /** The content of a copy, to who has a key. */
    const decrypted = async (name: string, identity: string) => {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      return Buffer.from(await decrypter.decrypt(server.objects.get(name) ?? Buffer.alloc(0)));
    };

    it("can be read with the key of each recipient, and with no other", async () => {
      await encrypted(forMine, forOld).push(theNewest(1));
      assert.deepEqual(server.put, [`${newest}.age.sha256`, `${newest}.age`]);
      const content = readFileSync(join(folder, newest));
      for (const key of [mine, old]) {
        assert.deepEqual(await decrypted(`${newest}.age`, key), content);
      }
      await assert.rejects(decrypted(`${newest}.age`, await generateIdentity()), /no identity/);
      const everything = Buffer.concat([...server.objects.values()]).toString("latin1");
      assert.ok(!everything.includes("content of"));
      assert.ok(!everything.includes("accounts"), "the tables are nobody's business");
      assert.ok(!readdirSync(folder).some((name) => name.endsWith(".part")));
      assert.deepEqual(await encrypted(forMine).list(), [`${newest}.age`]);
    });

    it("are made for the recipients of today, and stay what they were", async () => {
      await encrypted(forOld).push(theNewest(3));
      const before = server.objects.get(`${newest}.age`);
      const next = "todo-20261123T030000Z.dump";
      make(next);
      await encrypted(forMine).push(theNewest(3));
      assert.equal(server.objects.get(`${newest}.age`), before);
      await decrypted(`${newest}.age`, old);
      await decrypted(`${next}.age`, mine);
      await assert.rejects(decrypted(`${next}.age`, old), /no identity/);

      server.objects.delete(`${newest}.age`);
      await encrypted(forMine).push(theNewest(3));
      await decrypted(`${newest}.age`, mine);
    });

    it("are not made once more of backups that the bucket has, and go with the others", async () => {
      await encrypted().push(theNewest(2));
      await encrypted(forMine).push(theNewest(3));
      assert.deepEqual(await encrypted().list(), [newest, middle, `${oldest}.age`]);
      const plain = `not encrypted in the bucket, from before the setting: ${newest}, ${middle}`;
      assert.ok(said.includes(plain), said.join());
      await encrypted(forMine).push(theNewest(1));
      assert.deepEqual([...server.objects.keys()].sort(), [newest, `${newest}.sha256`]);
    });

    it("come back as they are, under a name that is no backup's", async () => {
      await encrypted(forMine).push(theNewest(1));
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      await encrypted(forMine).pull(`${newest}.age`);
      assert.deepEqual(readdirSync(folder), [`${newest}.age.part`]);
      const file = readFileSync(join(folder, `${newest}.age.part`));
      assert.deepEqual(file, server.objects.get(`${newest}.age`));
    });

    it("are compared by the drill with what was uploaded", async () => {
      const drill = () => encrypted(forMine).pullNewest();
      await assert.rejects(drill(), new RegExp(`The bucket has no copy of ${newest}`));
      await encrypted(forMine).push(theNewest(1));
      await drill();
      assert.equal(said.at(-1), `complete in the bucket, encrypted: ${newest}.age`);

      const whole = server.objects.get(`${newest}.age`) ?? Buffer.alloc(0);
      server.objects.set(`${newest}.age`, whole.subarray(0, -1));
      await assert.rejects(drill(), /todo-20261122T030000Z\.dump\.age in the bucket is damaged/);
      // With a checksum to match, which the PVC remembers better.
      const sum = createHash("sha256").update(whole.subarray(0, -1)).digest("hex");
      server.objects.set(`${newest}.age.sha256`, Buffer.from(`${sum}  ${newest}.age\n`));
      await assert.rejects(drill(), /in the bucket is damaged/);

      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      server.objects.set(`${newest}.age`, whole);
      await assert.rejects(drill(), /in the bucket is damaged/);
      server.objects.set(`${newest}.age`, whole.subarray(0, -1));
      await drill();
      assert.deepEqual(readdirSync(folder), []);
    });

    it("need no more memory for a large backup", async function () {
      this.timeout(60_000);
      // Node collects buffers once there are 64 MiB of them.
      const size = 192 * 1024 ** 2;
      writeFileSync(join(folder, "large"), "");
      truncateSync(join(folder, "large"), size);
      let most = 0;
      const before = process.memoryUsage().arrayBuffers;
      const timer = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }, 5);
      await encrypt(join(folder, "large"), join(folder, "encrypted"), [forMine]);
      clearInterval(timer);
      assert.ok(most > 0 && most < size / 2, `${most}`);
    });

    it("are refused for a recipient that is none, before anything is uploaded", async () => {
      const wrong = `${forMine.slice(0, -1)}${forMine.endsWith("q") ? "p" : "q"}`;
      await assert.rejects(encrypted(forMine, wrong).push(theNewest(1)), (error: Error) => {
        assert.ok(error instanceof BucketError);
        assert.match(error.message, new RegExp(`"${wrong}" is not the public key of an age`));
        return true;
      });
      assert.equal(server.objects.size, 0);
    });
  });

  for (const [what, changes, words] of [
    ["a wrong key", { secretAccessKey: "wrong" }, /refuses GET: 403 SignatureDoesNotMatch/],
    ["no such bucket", { bucket: "other" }, /the bucket other at .* refuses GET: 404 NoSuchBucket/],
    ["nobody there", { endpoint: "http://127.0.0.1:4" }, /does not respond: .*ECONNREFUSED/],
  ] as const) {
    it(`say what is wrong: ${what}`, async () => {
      await assert.rejects(copies(changes).push(theNewest(1)), (error: Error) => {
        assert.match(error.message, words);
        const keys = ["wrong", server.secret, server.keyId];
        return !keys.some((key) => error.message.includes(key));
      });
    });
  }
});
