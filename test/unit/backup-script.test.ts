import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  copyFileSync,
  renameSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";

import { nobody } from "../../images/backend/src/database/database.ts";
import { DatabaseHealth } from "../../images/backend/src/database/health.ts";
import { migrate } from "../../images/backend/src/database/migrate.ts";
import { migrations } from "../../images/backend/src/database/migrations.ts";
import { PostgresDatabase } from "../../images/backend/src/database/postgres.ts";
import { withPostgres } from "../../images/backend/test/support/postgres.ts";
import { Folder } from "./folder.ts";

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** What the script did with a database and a folder. @param onOutput gets its output as it is printed */
function script(
  url: string,
  folder: Folder,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onOutput: (text: string) => void = () => undefined,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      "bash",
      ["charts/todo-chatbot/files/backup.sh", ...args],
      {
        env: {
          PATH: process.env["PATH"],
          DATABASE_URL: url,
          FOLDER: folder.path,
          KEEP: "3",
          PATIENCE: "0",
          ...env,
        },
      },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? 1, output: stdout + stderr });
      },
    );
    child.stdout?.on("data", onOutput);
  });
}

/** Migrates a database as the application does, once it watches it. */
const healthOf = (database: PostgresDatabase) =>
  new DatabaseHealth(database, { info: () => undefined, warn: () => undefined }, 200);

const dumps = (folder: Folder) =>
  readdirSync(folder.path)
    .filter((name) => name.endsWith(".dump"))
    .sort();

describe("the backup script", function () {
  this.timeout(60_000);
  const server = withPostgres(this);

  /** Lets nobody make anything in a database that is called messages. */
  const refuseMessages = (database: string) =>
    server().sql(
      `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'todo.messages')
         THEN RAISE 'not today'; END IF; END $$;
       CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse()`,
      database,
    );
  const open = (url: string) => new PostgresDatabase(url, () => undefined, { size: 2 });
  let counter = 0;

  /** A database with the data of two users, and the schema of this release or of the first. */
  async function filled(release?: "first"): Promise<{ url: string; name: string }> {
    const name = `filled_${(counter += 1)}`;
    const url = await server().createDatabase(name);
    const database = open(url);
    if (release === undefined) await migrate(database);
    await database.close();
    if (release === "first") {
      const version = "version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz";
      await server().sql(
        `CREATE SCHEMA todo; CREATE TABLE todo.migrations (${version}); ${migrations[0]?.sql ?? ""};
         INSERT INTO todo.migrations VALUES (1, 'first', now())`,
        name,
      );
    }
    await server().sql(
      `INSERT INTO todo.accounts (email, password_hash) VALUES ('ann@x.org', 'a'), ('bob@x.org', 'b');
       INSERT INTO todo.tasks (user_id, title, description)
         SELECT id, 'task ' || n || ' of ' || email, repeat(md5(random()::text), 20)
         FROM todo.accounts, generate_series(1, 100) n;
       INSERT INTO todo.conversations (user_id, title) SELECT id, E'tab\\t\\\\ "quotes" ü 🎉' FROM todo.accounts;
       INSERT INTO todo.messages (conversation_id, user_id, role, content)
         SELECT id, user_id, 'user', E'SET transaction_timeout = 0;\\nline' FROM todo.conversations;`,
      name,
    );
    return { url, name };
  }

  /** Every row of every table that holds data, as one text. */
  async function content(name: string): Promise<string> {
    const tables = ["accounts", "tasks", "conversations", "messages", "migrations"];
    const rows = await Promise.all(
      tables.map((table) =>
        server().sql(`SELECT t::text FROM todo.${table} t ORDER BY t::text`, name),
      ),
    );
    return JSON.stringify(rows);
  }

  /** Makes a backup and gives its name. */
  async function backedUp(url: string, folder: Folder): Promise<string> {
    const { code, output } = await script(url, folder, ["backup"]);
    assert.equal(code, 0, output);
    return /^backed up: (\S+) /m.exec(output)?.[1] ?? "";
  }

  it("creates a backup with a checksum file, and records it", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = await backedUp(url, folder);

    assert.match(file, /^todo-\d{8}T\d{6}Z\.dump$/);
    assert.deepEqual(readdirSync(folder.path).sort(), [file, `${file}.sha256`]);
    const [sum = "", ...tables] = folder.read(`${file}.sha256`).trim().split("\n");
    assert.match(sum, new RegExp(`^[0-9a-f]{64}  ${file}$`));
    assert.deepEqual(
      tables
        .map((line) => line.replace(/-?\d+$/, "…"))
        .filter((line) => /accounts|tasks/.test(line)),
      ["# accounts: 2 …", "# tasks: 200 …"],
    );
    const bytes = statSync(folder.at(file)).size;
    const rows = await server().sql("SELECT name, bytes::int FROM todo.backups", name);
    assert.deepEqual(rows, [{ name: file, bytes }]);
    const listed = await script(url, folder, ["list"]);
    assert.equal(listed.output, `${file} ${bytes}\n`);
  });

  /** Proves the newest backup of a folder in a database of its own. */
  async function drilled(url: string, folder: Folder): Promise<Outcome> {
    const throwaway = await server().createDatabase(`drill_${(counter += 1)}`);
    const env = { DRILL_URL: throwaway, PROOF: folder.at("proof") };
    const found = await script(url, folder, ["drill"], env);
    return found.code === 0 ? await script(url, folder, ["prove"], env) : found;
  }

  it("proves the newest backup by what its tables were, and records that", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = await backedUp(url, folder);
    await server().sql("UPDATE todo.tasks SET title = 'changed since'", name);
    const { code, output } = await drilled(url, folder);
    assert.equal(code, 0, output);
    assert.equal(output, `proven: ${file}\n`);
    assert.deepEqual(await server().sql("SELECT name FROM todo.proofs", name), [{ name: file }]);
    assert.equal((await drilled(url, folder)).code, 0, "it can be proven again");

    await script(url, folder, ["restore", folder.at(file)]);
    const kept = await server().sql("SELECT name FROM todo.proofs", name);
    assert.deepEqual(kept, [{ name: file }], "a restore keeps the record");
  });

  it("proves none that is broken, and says which table is", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = folder.at(await backedUp(url, folder));
    const [bytes, beside] = [readFileSync(file), readFileSync(`${file}.sha256`, "utf8")];

    const flipped = Buffer.from(bytes);
    flipped[Math.floor(bytes.length * 0.9)]! ^= 1;
    writeFileSync(file, flipped);
    const damaged = await drilled(url, folder);
    assert.match(damaged.output, /is damaged: its SHA-256 is/);
    assert.match(damaged.output, /no data can be read of the table tasks\. Make another/);

    writeFileSync(file, bytes);
    writeFileSync(`${file}.sha256`, beside.replace(/^# tasks: 200 /m, "# tasks: 201 "));
    const unequal = await drilled(url, folder);
    assert.match(unequal.output, /when it was made: tasks: 201 .*\nrestored: +tasks: 200 /);
    assert.match(unequal.output, /the tables above differ/);

    writeFileSync(`${file}.sha256`, beside.replaceAll(/^# .*\n/gm, ""));
    assert.match((await drilled(url, folder)).output, /does not say what was in its tables/);
    assert.deepEqual(await server().sql("SELECT name FROM todo.proofs", name), []);
  });

  it("is not fooled by a backup that is dated in the future", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const first = await backedUp(url, folder);
    const wrong = "todo-20990101T000000Z.dump";
    for (const end of ["", ".sha256"]) renameSync(folder.at(first + end), folder.at(wrong + end));
    await server().sql(
      `UPDATE todo.backups SET name = '${wrong}', finished_at = '2099-01-01'`,
      name,
    );

    const file = await backedUp(url, folder);
    assert.notEqual(file, wrong);
    assert.deepEqual(await server().sql("SELECT name FROM todo.backups", name), [{ name: file }]);
    assert.match((await drilled(url, folder)).output, new RegExp(`proven: ${file}`));
    const listed = (await script(url, folder, ["list"])).output.match(/todo-\S+/g);
    assert.deepEqual(listed, [file, wrong]);
    await new Promise((tick) => setTimeout(tick, 1100));
    const { output } = await script(url, folder, ["backup"], { KEEP: "2" });
    assert.match(output, new RegExp(`removed: ${wrong}`));
    const [, latest] = /^backed up: (\S+) /m.exec(output) ?? [];
    assert.deepEqual(dumps(folder), [file, latest]);
  });

  it("says what was in the tables in the snapshot that it dumped", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const controller = new AbortController();
    const writes = (async () => {
      while (!controller.signal.aborted) {
        await server().sql(
          "INSERT INTO todo.tasks (user_id, title) SELECT id, 'meanwhile' FROM todo.accounts",
          name,
        );
      }
    })();
    await backedUp(url, folder);
    controller.abort();
    await writes;
    const { code, output } = await drilled(url, folder);
    assert.equal(code, 0, output);
  });

  it("puts back every row of everyone, into the same and into an empty database", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const before = await content(name);
    const file = folder.at(await backedUp(url, folder));
    await server().sql("DELETE FROM todo.tasks; UPDATE todo.accounts SET email = id::text", name);
    assert.notEqual(await content(name), before);
    const empty = await server().createDatabase(`${name}_empty`);
    const database = open(empty);
    await migrate(database);
    await database.close();

    for (const [where, target] of [
      [url, name],
      [url, name],
      [empty, `${name}_empty`],
    ] as const) {
      const { code, output } = await script(where, folder, ["restore", file]);
      assert.equal(code, 0, output);
      assert.match(output, /accounts: 2\n.*tasks: 200\n/s);
      assert.equal(await content(target), before);
    }
    const left = await server().sql(
      "SELECT nspname FROM pg_namespace WHERE nspname ~ 'todo'",
      name,
    );
    assert.deepEqual(left, [{ nspname: "todo" }]);
    const recorded = await server().sql("SELECT count(*)::int AS n FROM todo.backups", name);
    assert.deepEqual(recorded, [{ n: 1 }]);
  });

  it("waits for an application that has just met an empty database", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = folder.at(await backedUp(url, folder));
    const empty = await server().createDatabase(`${name}_replaced`);
    const database = open(empty);
    const application = healthOf(database);
    let watching: Promise<void> | undefined;
    const onOutput = (text: string) => {
      if (text.includes("waiting until the application")) watching ??= application.watch();
    };
    const patience = { PATIENCE: "30" };
    const { code, output } = await script(empty, folder, ["restore", file], patience, onOutput);
    application.stop();
    await watching;
    await database.close();
    assert.equal(code, 0, output);
    assert.equal(await content(`${name}_replaced`), await content(name));
  });

  it("leaves the application its rights, and brings a backup of the first release up to date", async () => {
    using folder = new Folder();
    const { url, name } = await filled("first");
    const file = folder.at(await backedUp(url, folder));
    const database = open(url);
    const health = healthOf(database);
    const watching = health.watch();
    while (!health.up) await new Promise((tick) => setTimeout(tick, 50));

    const { code, output } = await script(url, folder, ["restore", file], { PATIENCE: "20" });
    health.stop();
    await watching;
    assert.equal(code, 0, output);
    assert.match(output, /restored: schema version 1\nthe backend uses it/);
    const statement = { name: "counts", text: "SELECT number::int FROM todo.count_tasks()" };
    assert.deepEqual(await database.query(nobody, statement), [{ number: 200 }]);
    await database.close();
    const versions = await server().sql("SELECT max(version) FROM todo.migrations", name);
    assert.deepEqual(versions, [{ max: migrations.length }]);
  });

  for (const [what, damage, words] of [
    [
      "truncated",
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 100),
      /is not a complete backup/,
    ],
    [
      "cut in half",
      (bytes: Buffer) => bytes.subarray(0, bytes.length / 2),
      /is not a complete backup/,
    ],
    ["empty", () => Buffer.alloc(0), /is empty/],
    ["something else", () => Buffer.from("DROP SCHEMA todo CASCADE;"), /is not a complete backup/],
  ] as const) {
    it(`refuses a backup that is ${what}, and changes nothing`, async () => {
      using folder = new Folder();
      const { url, name } = await filled();
      const file = folder.at(await backedUp(url, folder));
      const before = await content(name);
      const oids = "SELECT oid FROM pg_class WHERE relnamespace = 'todo'::regnamespace ORDER BY 1";
      const tables = await server().sql(oids, name);
      writeFileSync(file, damage(readFileSync(file)));
      // Without its checksum, which would tell at once.
      renameSync(`${file}.sha256`, folder.at("aside"));

      const { code, output } = await script(url, folder, ["restore", file]);
      assert.equal(code, 1, output);
      assert.match(output, words);
      assert.equal(await content(name), before);
      assert.deepEqual(await server().sql(oids, name), tables);
    });
  }

  it("finds a single flipped bit anywhere by the checksum", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = await backedUp(url, folder);
    const before = await content(name);
    const [sum = ""] = folder.read(`${file}.sha256`).split(" ");
    const sums = [[sum], []];
    const whole = readFileSync(folder.at(file));
    for (const place of [0, 60, Math.floor(whole.length / 2), whole.length - 1]) {
      const flipped = Buffer.from(whole);
      flipped[place] = (flipped[place] ?? 0) ^ 1;
      writeFileSync(folder.at(file), flipped);
      for (const given of sums) {
        const args = ["restore", folder.at(file), ...given];
        const { code, output } = await script(url, folder, args);
        assert.equal(code, 1, output);
        assert.match(output, /is damaged: its SHA-256 is/);
      }
    }
    assert.equal(await content(name), before);
  });

  it("changes nothing when the database refuses the restore half-way", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = folder.at(await backedUp(url, folder));
    const before = await content(name);
    await refuseMessages(name);
    const { code, output } = await script(url, folder, ["restore", file]);
    assert.equal(code, 1, output);
    assert.match(output, /not today/);
    assert.match(output, /Nothing was changed\./);
    assert.equal(await content(name), before);
  });

  it("refuses a backup of a newer release", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    await server().sql("INSERT INTO todo.migrations VALUES (99, 'of the future')", name);
    const file = folder.at(await backedUp(url, folder));
    await server().sql("DELETE FROM todo.migrations WHERE version = 99", name);
    const before = await content(name);

    const { code, output } = await script(url, folder, ["restore", file]);
    assert.equal(code, 1);
    assert.match(
      output,
      new RegExp(
        `the backup is of schema version 99, made by a newer release than the one that runs \\(version ${migrations.length}\\)`,
      ),
    );
    assert.equal(await content(name), before);
  });

  it("keeps the newest backups, with their checksums and records", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const old = ["todo-20200101T000000Z.dump", "todo-20210101T000000Z.dump"];
    const first = await backedUp(url, folder);
    for (const file of old) {
      copyFileSync(folder.at(first), folder.at(file));
      copyFileSync(folder.at(first), folder.at(`${file}.sha256`));
    }
    const foreign = ["somebody-elses.dump", "todo-mine.dump"];
    for (const file of foreign) folder.write(file, "");
    await new Promise((tick) => setTimeout(tick, 1100));
    const second = await backedUp(url, folder);
    assert.deepEqual(dumps(folder), [foreign[0], old[1], first, second, foreign[1]]);

    const { output } = await script(url, folder, ["backup"], { KEEP: "1" });
    const third = /^backed up: (\S+) /m.exec(output)?.[1] ?? "";
    assert.deepEqual(readdirSync(folder.path).sort(), [
      foreign[0],
      third,
      `${third}.sha256`,
      foreign[1],
    ]);
    assert.deepEqual(await server().sql("SELECT name FROM todo.backups", name), [{ name: third }]);
  });

  it("keeps the one that was last proven until another is", async () => {
    using folder = new Folder();
    const { url } = await filled();
    const proven = await backedUp(url, folder);
    assert.equal((await drilled(url, folder)).code, 0);
    for (let night = 1; night <= 2; night += 1) {
      await new Promise((tick) => setTimeout(tick, 1100));
      await script(url, folder, ["backup"], { KEEP: "1" });
      assert.equal(dumps(folder).length, 2);
      assert.equal(dumps(folder)[0], proven);
    }
    assert.equal((await drilled(url, folder)).code, 0);
    await new Promise((tick) => setTimeout(tick, 1100));
    await script(url, folder, ["backup"], { KEEP: "1" });
    assert.ok(!dumps(folder).includes(proven));
  });

  it("leaves the removal of old ones to a step of its own, where there are steps", async () => {
    using folder = new Folder();
    const { url } = await filled();
    await backedUp(url, folder);
    await new Promise((tick) => setTimeout(tick, 1100));
    for (const step of ["dump", "record"]) {
      assert.equal((await script(url, folder, [step], { KEEP: "1" })).code, 0);
    }
    assert.equal(dumps(folder).length, 2);
  });

  it("takes the place of attempts that were never recorded, and of no other backup", async () => {
    using folder = new Folder();
    const { url } = await filled();
    const first = await backedUp(url, folder);
    const attempts: string[][] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await new Promise((tick) => setTimeout(tick, 1100));
      const { code, output } = await script(url, folder, ["dump"], { KEEP: "7" });
      assert.equal(code, 0, output);
      attempts.push(dumps(folder));
      folder.write(`${dumps(folder).at(-1) ?? ""}.age.sha256`, "");
    }
    assert.deepEqual(
      attempts.map((names) => names.length),
      [2, 2, 2],
    );
    assert.equal(new Set(attempts.flat()).size, 4);
    assert.ok(attempts.every((names) => names.includes(first)));

    assert.equal((await script(url, folder, ["record"])).code, 0);
    await new Promise((tick) => setTimeout(tick, 1100));
    const last = await backedUp(url, folder);
    assert.deepEqual(
      readdirSync(folder.path).sort(),
      [
        ...[...(attempts[2] ?? []), last].flatMap((name) => [name, `${name}.sha256`]),
        `${attempts[2]?.at(-1) ?? ""}.age.sha256`,
      ].sort(),
    );
  });

  it("keeps earlier backups when the dump fails, and leaves no partial file", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const file = await backedUp(url, folder);
    // Who may not read everything must not make a backup of less.
    await server().sql("CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA todo TO reader", name);
    await server().sql(
      "GRANT SELECT ON ALL TABLES IN SCHEMA todo TO reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA todo TO reader",
      name,
    );
    const { code, output } = await script(server().url(name, "reader"), folder, ["backup"]);
    assert.equal(code, 1, output);
    assert.match(output, /row-level security/);
    assert.deepEqual(readdirSync(folder.path).sort(), [file, `${file}.sha256`]);
  });

  it("has nothing to back up in a database without the application", async () => {
    using folder = new Folder();
    const { code, output } = await script(await server().createDatabase("bare"), folder, [
      "backup",
    ]);
    assert.equal(code, 1);
    assert.match(output, /the database has no schema todo: there is nothing to back up/);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it("says that a server is too new for its pg_dump", async () => {
    using folder = new Folder();
    using programs = new Folder();
    programs.write("pg_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 12.4'\n", 0o755);
    const { url } = await filled();
    const { code, output } = await script(url, folder, ["backup"], {
      PATH: `${programs.path}:${process.env["PATH"] ?? ""}`,
    });
    assert.equal(code, 1);
    assert.match(
      output,
      /the server is Postgres \d+, and pg_dump 12 can't dump a newer one\. Use an image of Postgres \d+: images\.postgres of the stack/,
    );
  });

  /** What the script says of every table's content. */
  async function digest(url: string, folder: Folder): Promise<string> {
    const { code, output } = await script(url, folder, ["rows"]);
    assert.equal(code, 0, output);
    return output;
  }

  /** A filled database, a dump of it, and an empty one to move to. */
  async function move(folder: Folder) {
    const { url, name } = await filled();
    const { code, output } = await script(url, folder, ["dump"]);
    assert.equal(code, 0, output);
    const target = `${name}_target`;
    const [dump = ""] = dumps(folder).slice(-1);
    return { url, target, there: await server().createDatabase(target), dump: folder.at(dump) };
  }

  it("tells what is in every table, whatever the order of its rows", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    const before = await digest(url, folder);
    assert.match(before, /^accounts: 2 -?\d+$/m);
    assert.match(before, /^conversations: 2 -?\d+$/m);
    assert.match(before, /^tasks: 200 -?\d+$/m);
    assert.doesNotMatch(before, /^(backups|proofs|rate_limits):/m);
    // Moves the rows, and only that: a change would be counted.
    await server().sql("ALTER TABLE todo.tasks DISABLE TRIGGER USER", name);
    await server().sql("UPDATE todo.tasks SET title = title", name);
    assert.equal(await digest(url, folder), before);
    await server().sql(
      "UPDATE todo.tasks SET title = 'x' WHERE title = 'task 7 of ann@x.org'",
      name,
    );
    assert.notEqual(await digest(url, folder), before);
  });

  it("loads a dump into an empty database, and once more after a move that did not end", async () => {
    using folder = new Folder();
    const { url, there, dump } = await move(folder);
    assert.deepEqual(await script(there, folder, ["vacant"]), { code: 0, output: "" });

    for (const _time of ["first", "again"]) {
      assert.deepEqual(await script(there, folder, ["load", dump]), { code: 0, output: "" });
      assert.equal(await digest(there, folder), await digest(url, folder));
      assert.equal((await script(there, folder, ["taken"])).output, "f\n");
    }
    const database = open(there);
    await migrate(database);
    await database.close();
    assert.equal((await script(there, folder, ["taken"])).output, "t\n");
    for (const args of [["vacant"], ["load", dump], ["load", dump, "frozen"]]) {
      const { code, output } = await script(there, folder, args);
      assert.equal(code, 1);
      assert.match(
        output,
        /it has a schema todo already, with data of its own\. Name an empty database/,
      );
    }
  });

  it("replaces what a move has left frozen, whatever its schema, and makes that writable", async () => {
    using folder = new Folder();
    const { url, there, target, dump } = await move(folder);
    // As an old release left it.
    await server().sql(
      "CREATE SCHEMA todo; CREATE TABLE todo.migrations (version int); CREATE TABLE todo.old ()",
      target,
    );
    await server().sql(`ALTER DATABASE ${target} SET work_mem = '5MB'`);
    for (const command of ["freeze", "thaw"]) {
      assert.equal((await script(there, folder, [command])).code, 0);
    }
    assert.equal((await script(there, folder, ["load", dump, "frozen"])).code, 1);
    assert.equal((await script(there, folder, ["freeze"])).code, 0);
    assert.equal((await script(there, folder, ["load", dump])).code, 1);

    assert.deepEqual(await script(there, folder, ["load", dump, "frozen"]), {
      code: 0,
      output: "",
    });
    assert.equal(await digest(there, folder), await digest(url, folder));
    await server().sql("DELETE FROM todo.tasks", target);
  });

  it("replaces anything on request", async () => {
    using folder = new Folder();
    const { there, target, dump } = await move(folder);
    await server().sql("CREATE SCHEMA todo; CREATE TABLE todo.migrations (version int)", target);
    assert.equal((await script(there, folder, ["vacant", "anything"])).code, 0);
    assert.equal((await script(there, folder, ["load", dump, "anything"])).code, 0);
    const { code, output } = await script(there, folder, ["load", dump, "everything"]);
    assert.equal(code, 1);
    assert.match(output, /unknown argument everything; it must be unfinished, frozen or anything/);
  });

  it("leaves a database as it was when it refuses the dump half-way", async () => {
    using folder = new Folder();
    const { there, target, dump } = await move(folder);
    await server().sql("CREATE SCHEMA todo; CREATE TABLE todo.kept AS SELECT 7 AS n", target);
    await refuseMessages(target);
    const { code, output } = await script(there, folder, ["load", dump, "anything"]);
    assert.equal(code, 1);
    assert.match(output, /not today\n(.*\n)*.*It is unchanged\./);
    assert.deepEqual(await server().sql("SELECT n FROM todo.kept", target), [{ n: 7 }]);
  });

  it("says what a user lacks before anything is moved", async () => {
    using folder = new Folder();
    await server().sql("CREATE ROLE guest LOGIN; CREATE ROLE owner LOGIN");
    await server().sql("CREATE DATABASE hall OWNER owner");
    const guest = await script(server().url("hall", "guest"), folder, ["vacant"]);
    assert.equal(guest.code, 1);
    assert.match(
      guest.output,
      /does not own it\. As an administrator run once: ALTER DATABASE hall OWNER TO guest;/,
    );
    const url = server().url("hall", "owner");
    const { output } = await script(url, folder, ["vacant"]);
    const [, remedy = ""] = /run once: (CREATE ROLE .*;)/.exec(output) ?? [];
    await server().sql(remedy, "hall");
    assert.deepEqual(await script(url, folder, ["vacant"]), { code: 0, output: "" });
    const database = open(url);
    await migrate(database);
    await database.close();
  });

  it("lets an administrator grant what a user lacks, and shows the statements", async () => {
    using folder = new Folder();
    await server().sql('CREATE ROLE "odd tenant" LOGIN');
    await server().sql("CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'hush'");
    const there = await server().createDatabase("rented");
    const url = there.replace(/\/\/[^@]*@/, "//odd%20tenant@");
    // In another database of the same server.
    const ADMIN_URL = server().url("postgres", "boss").replace("boss@", "boss:hush@");

    const { code, output } = await script(url, folder, ["vacant"], { ADMIN_URL });
    assert.equal(code, 0, output);
    assert.match(
      output,
      /^as an administrator: ALTER DATABASE rented OWNER TO "odd tenant";\nas an administrator: CREATE ROLE (todo_chatbot_app_\w{8}) NOLOGIN; GRANT \1 TO "odd tenant";\n$/,
    );
    assert.deepEqual(await script(url, folder, ["vacant"]), { code: 0, output: "" });
    const database = open(url);
    await migrate(database);
    await database.close();
  });

  it("refuses if the administrator may not grant it, and leaves nothing behind", async () => {
    using folder = new Folder();
    await server().sql("CREATE ROLE tenant LOGIN; CREATE ROLE creator LOGIN CREATEROLE");
    await server().sql("CREATE DATABASE flat OWNER tenant");
    const roles = () => server().sql("SELECT rolname FROM pg_roles ORDER BY 1");
    const before = await roles();
    const url = server().url("flat", "tenant");
    for (const admin of ["tenant", "nobody"]) {
      const { code, output } = await script(url, folder, ["vacant"], {
        ADMIN_URL: server().url("postgres", admin),
      });
      assert.equal(code, 1);
      assert.match(
        output,
        /could not run it; see the output above: CREATE ROLE \w+ NOLOGIN; GRANT/,
      );
    }
    const { output } = await script(url, folder, ["vacant"]);
    assert.match(output, /Or let the move run it, with .*: --admin-url-from-env\.\n$/);
    assert.deepEqual(await roles(), before);

    // The role may be left of an earlier attempt.
    const [, role = ""] = /CREATE ROLE (\w+)/.exec(output) ?? [];
    await server().sql(`CREATE ROLE ${role} NOLOGIN`);
    const second = await script(url, folder, ["vacant"]);
    assert.match(second.output, new RegExp(`run once: GRANT ${role} TO tenant; Or let`));
  });

  it("lets nobody write to a frozen database, but makes backups of it", async () => {
    using folder = new Folder();
    const { url, name } = await filled();
    await script(url, folder, ["backup"]);
    const [dump = ""] = dumps(folder);
    const write = () =>
      server().sql(
        "INSERT INTO todo.accounts (email, password_hash) VALUES (gen_random_uuid(), 'x')",
        name,
      );

    const slow = server().sql(
      "SELECT pg_sleep(2), current_setting('transaction_read_only') t",
      name,
    );
    await new Promise((begun) => setTimeout(begun, 500));
    const start = Date.now();
    assert.deepEqual(await script(url, folder, ["freeze"]), { code: 0, output: "" });
    assert.ok(Date.now() - start > 1000, "a session that could go on writing is there");
    assert.equal((await slow)[0]?.["t"], "off");
    await assert.rejects(write(), /read-only transaction/);
    assert.equal((await script(url, folder, ["backup"])).code, 0);
    const restore = ["restore", folder.at(dump)];
    assert.match((await script(url, folder, restore)).output, /read-only transaction/);

    assert.deepEqual(await script(url, folder, ["thaw"]), { code: 0, output: "" });
    await write();
  });

  it("says that the database does not answer", async () => {
    using folder = new Folder();
    const { code, output } = await script("postgresql://u:hush@127.0.0.1:9/x", folder, ["backup"]);
    assert.equal(code, 1);
    assert.match(output, /the database does not answer/);
    assert.doesNotMatch(output, /hush/);
  });

  it("signs in with every special character in the password, which no argument shows", async () => {
    using folder = new Folder();
    const { name } = await filled();
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
    const password = `p@ss${printable}ü%20`;
    const quoted = password.replaceAll("'", "''");
    await server().sql(`CREATE ROLE odd LOGIN SUPERUSER PASSWORD '${quoted}'`);
    await server().demandPasswords("odd");
    using programs = new Folder();
    for (const program of ["psql", "pg_dump"]) {
      const real = `$(PATH='${process.env["PATH"] ?? ""}' command -v ${program})`;
      programs.write(
        program,
        `#!/bin/sh\necho "$0 $*" >> '${programs.at("arguments")}'\nexec "${real}" "$@"\n`,
        0o755,
      );
    }
    const env = { PATH: `${programs.path}:${process.env["PATH"] ?? ""}` };
    const url = (secret: string) =>
      `postgresql://odd:${encodeURIComponent(secret)}@127.0.0.1:${server().port}/${name}?sslmode=prefer`;

    const { code, output } = await script(url(password), folder, ["backup"], env);
    assert.equal(code, 0, output);
    const shown = programs.read("arguments");
    assert.match(shown, /sslmode=prefer/);
    assert.ok(!shown.includes("p@ss") && !shown.includes("p%40ss"));
    const wrong = await script(url("p@ss"), folder, ["backup"], env);
    assert.equal(wrong.code, 1);
    assert.match(wrong.output, /password authentication failed/);
  });
});
