import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Bucket, type BucketConfig } from "../src/backups/bucket.ts";
import { Copies } from "../src/backups/copies.ts";
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

  beforeEach(async () => {
    server = await BucketServer.start();
    folder = mkdtempSync(join(tmpdir(), "todo-copies-"));
    for (const name of names) {
      const content = `content of ${name}`.repeat(1000);
      const sum = createHash("sha256").update(content).digest("hex");
      writeFileSync(join(folder, name), content);
      writeFileSync(join(folder, `${name}.sha256`), `${sum}  ${name}\n`);
    }
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const copies = (changes: Partial<BucketConfig> = {}): Copies =>
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
      () => undefined,
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
    const [mine, another] = [certificate("mine"), certificate("another")];
    if (mine === undefined || another === undefined) return this.skip();
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
