import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Person, Traffic } from "./client.ts";
import { podOf, sha256, sql, tables } from "./database.ts";
import type { Tables } from "./database.ts";
import { askPod, cluster, eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

describe(`backups, on ${stack.context}`, function () {
  this.timeout(600_000);
  this.slow(60_000);

  const people: Person[] = [];
  let file = "";
  let original: Tables;

  const settings = ["storage.backup.keep=2", "backend.replicas=1", "frontend.replicas=1"];

  const log = (text: string) => {
    console.log(`      ${text}`);
  };
  /** Runs a command that has to succeed, and prints how long it took. */
  const succeeds = async (command: string, ...args: readonly string[]) => {
    const { code, output, took } = await stack.todo(command, ...args);
    log(`${command} ${args.join(" ")} took ${took} s`);
    assert.equal(code, 0, output);
    return output;
  };
  const listed = async () =>
    (await succeeds("db backup", "--list")).split("\n").flatMap((line) => {
      const [name = ""] = line.split(" ");
      return name.endsWith(".dump") ? [name] : [];
    });

  before(async () => {
    // Earlier tests leave users behind, who are backed up too.
    await stack.running(...settings);
    const earlier = await tables();
    const ann = new Person(stack.url);
    await ann.register();
    const bob = new Person(stack.url);
    await bob.register();
    people.push(ann, bob);
    for (const [index, person] of people.entries()) {
      for (let n = 0; n < 20; n += 1) {
        const title = `${index}.${n} with "quotes", \\ and ü 🎉`;
        await person.ask("POST", "/api/tasks", { title, description: "a\tb\nc" });
      }
      await person.ask("POST", "/api/chat", { message: "add buy milk tomorrow" });
      await person.ask("POST", "/api/chat", { message: "what's left?" });
    }
    original = await tables();
    assert.deepEqual(
      Object.entries(original).map(([name, { rows }]) => rows - earlier[name as keyof Tables].rows),
      [2, 42, 4, 8, 0],
    );
  });

  it("are created on request, and copied to this machine", async () => {
    const output = await succeeds("db backup");
    const [, name = "", size] = /✓ (todo-\S+\.dump), (.*)/.exec(output) ?? [];
    log(`${name}: ${size}`);
    assert.equal((await listed())[0], name);
    await succeeds("db backup", "--download", name, "--to", stack.project.folder);
    file = join(stack.project.folder, name);
  });

  it("show in the metrics", async () => {
    const metrics = await eventually(30, async () => {
      const text = await askPod(
        cluster(stack.context).config,
        await podOf("backend"),
        8000,
        "/metrics",
      );
      assert.match(text, /^backup_last_success_timestamp_seconds \d/m);
      return text;
    });
    const time = Number(/^backup_last_success_timestamp_seconds (.*)$/m.exec(metrics)?.[1]);
    assert.ok(Math.abs(Date.now() / 1000 - time) < 300, `made at ${time}`);
    const bytes = Number(/^backup_size_bytes (.*)$/m.exec(metrics)?.[1]);
    assert.equal(bytes, (await readFile(file)).length);
  });

  it("are proven by a drill, which is recorded", async () => {
    const [name = ""] = await listed();
    const output = await succeeds("db drill");
    assert.match(output, new RegExp(`tasks: ${original.tasks.rows} `));
    assert.ok(output.includes(`✓ ${name} restores, with every row`), output);
    assert.equal((await sql("SELECT name FROM todo.proofs")).trim(), name);
  });

  for (const [what, damage, words] of [
    ["is truncated", (bytes: Buffer) => bytes.subarray(0, -1000), /is damaged/],
    ["has a flipped bit", flipped, /is damaged/],
    ["is truncated, with a matching checksum", truncated, /is not a complete backup/],
  ] as const) {
    it(`are refused before anything changes if one ${what}`, async () => {
      const oids = () => sql("SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_class");
      const [rows, objects] = [await tables(), await oids()];
      const broken = `${file.replace(/\.dump$/, "")}-broken.dump`;
      await writeFile(broken, damage(await readFile(file)));
      await copyFile(`${file}.sha256`, `${broken}.sha256`);
      if (damage === truncated)
        await writeFile(`${broken}.sha256`, `${sha256(await readFile(broken))}  x\n`);
      const { code, output } = await stack.todo("db restore", broken, "--yes");
      assert.equal(code, 1, output);
      assert.match(output, words);
      assert.deepEqual(await tables(), rows);
      assert.equal(await oids(), objects);
    });
  }

  it("restore every row after everything was deleted, PVCs included", async () => {
    const { code: ended, output: words } = await stack.down();
    assert.equal(ended, 0, words);
    await eventually(90, async () => {
      const names = (await stack.core().listNamespace()).items.map(
        ({ metadata }) => metadata?.name,
      );
      assert.ok(!names.includes(namespace), "the namespace is still there");
    });
    const { code, output } = await stack.start(...settings);
    assert.equal(code, 0, output);
    assert.equal((await tables()).accounts.rows, 0);

    await succeeds("db restore", file, "--yes");
    const after = await tables();
    console.table(after);
    assert.deepEqual(after, original);
    for (const person of people) {
      await person.signIn();
      assert.equal((await person.titles()).length, 21);
    }
  });

  it("are kept to the newest two, and one is restored repeatedly under traffic", async () => {
    for (let made = 0; made < 3; made += 1) await succeeds("db backup");
    const names = await listed();
    assert.equal(names.length, 2);
    const [newest = ""] = names;
    const [ann] = people;
    assert.ok(ann);

    for (const round of ["first", "second"]) {
      await ann.ask("POST", "/api/tasks", { title: "too late" });
      const traffic = new Traffic(() => ann.titles());
      await succeeds("db restore", newest, "--yes");
      await eventually(30, () => ann.titles());
      await traffic.stop();
      const [first = "", last = first] = [traffic.failures[0], traffic.failures.at(-1)];
      const seconds = (Date.parse(last.slice(0, 24)) - Date.parse(first.slice(0, 24))) / 1000 || 0;
      log(
        `${round}: ${traffic.failures.length} of ${traffic.sent} requests failed, for ${seconds} s`,
      );
      assert.ok(seconds < 15, traffic.failures.join("\n"));
      assert.deepEqual(await tables(), original);
    }
  });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[Math.floor(copy.length / 2)]! ^= 1;
  return copy;
}

function truncated(bytes: Buffer): Buffer {
  return bytes.subarray(0, -1000);
}
