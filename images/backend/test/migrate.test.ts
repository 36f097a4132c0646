import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { nobody, type Database } from "../src/database/database.ts";
import { migrate } from "../src/database/migrate.ts";
import { migrations } from "../src/database/migrations.ts";
import { readSchema } from "../src/database/schema.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { emptyDatabase } from "./support/embedded.ts";
import { TestBackend } from "./support/backend.ts";
import { withPostgres } from "./support/postgres.ts";

const newest = migrations.length;

describe("migrations", () => {
  it("are numbered without gaps", () => {
    assert.deepEqual(
      migrations.map(({ version }) => version),
      migrations.map((_, index) => index + 1),
    );
  });

  it("run once, and are nothing to do the second time", async () => {
    const database = await emptyDatabase();
    const first = await migrate(database);
    assert.deepEqual(
      first.applied,
      migrations.map(({ version }) => version),
    );
    assert.deepEqual(await migrate(database), { ...first, applied: [] });
    await database.close();
  });

  it("leave a newer schema alone, so that an older pod can go on while a new one rolls out", async () => {
    const database = await emptyDatabase();
    await migrate(database);
    await database.asOwner((sql) =>
      sql("INSERT INTO todo.migrations VALUES (999, 'of the future')"),
    );
    assert.equal((await migrate(database)).version, 999);
    await database.close();
  });

  it("refuse a schema that a newer build has made unusable for this one, and name what works", async () => {
    const database = await emptyDatabase();
    const newer = { version: newest + 1, name: "drop it", sql: "SELECT 1", oldestBuild: newest };
    await migrate(database, [...migrations, newer]);
    assert.equal((await migrate(database)).version, newest + 1, "this build stopped to use it");
    assert.deepEqual((await database.asOwner(readSchema)).oldestBuild, newest);
    const old = migrations.slice(0, -1);
    await assert.rejects(migrate(database, old), {
      name: "SchemaTooNew",
      message:
        `the database has schema version ${newest + 1}, which works with builds of version ${newest} and newer, ` +
        `but this build knows ${newest - 1} only; deploy a newer build, or restore a backup from before`,
    });
    await database.close();
  });

  it("work with all builds on a schema from before they were told apart", async () => {
    const database = await emptyDatabase();
    await database.asOwner((sql) =>
      sql(`CREATE SCHEMA todo; CREATE TABLE todo.migrations (
        version int PRIMARY KEY, name text, applied_at timestamptz DEFAULT now());
        INSERT INTO todo.migrations VALUES (11, 'tasks that repeat')`),
    );
    assert.deepEqual(await database.asOwner(readSchema), { version: 11, oldestBuild: 0 });
    await database.close();
  });

  it("must have run before the first statement", async () => {
    const database = await emptyDatabase();
    await assert.rejects(database.query(nobody, { name: "x", text: "SELECT 1" }), {
      name: "DatabaseUnavailable",
    });
    await database.close();
  });
});

describe("migrations on a server", function () {
  this.timeout(60_000);
  const server = withPostgres(this);

  const connect = (url: string): Database =>
    new PostgresDatabase(url, () => undefined, { size: 2 });

  it("wait for each other when replicas start together", async () => {
    const url = await server().createDatabase("together");
    const replicas = Array.from({ length: 5 }, () => connect(url));
    const reports = await Promise.all(replicas.map((replica) => migrate(replica)));
    assert.deepEqual(reports.map(({ applied }) => applied.length).sort(), [0, 0, 0, 0, newest]);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  it("leave nothing behind when one fails", async () => {
    const url = await server().createDatabase("failing");
    const database = connect(url);
    // Something in the way of the last object that the first step makes.
    await server().sql(
      "CREATE SCHEMA todo; CREATE FUNCTION todo.count_tasks() RETURNS int RETURN 1",
      "failing",
    );
    await assert.rejects(migrate(database), /count_tasks/);
    const tables = await server().sql(
      "SELECT 1 FROM pg_tables WHERE schemaname = 'todo'",
      "failing",
    );
    assert.deepEqual(tables, []);
    await database.close();
  });

  it("keep two databases of one server apart, each with a role of its own", async () => {
    const [one, two] = [
      connect(await server().createDatabase("east")),
      connect(await server().createDatabase("west")),
    ];
    const roles = [(await migrate(one)).role, (await migrate(two)).role];
    assert.notEqual(roles[0], roles[1]);
    await Promise.all([one.close(), two.close()]);
  });

  it("say what an administrator has to do when the user may not create roles", async () => {
    await server().sql("CREATE ROLE guest LOGIN");
    const database = connect(await server().createDatabase("guests", "guest"));
    let advice = "";
    await assert.rejects(migrate(database), (error: Error) => {
      advice = /run once: (.*)$/.exec(error.message)?.[1] ?? "";
      return /user "guest" may not create the role "todo_chatbot_app_/.test(error.message);
    });
    await server().sql(advice);
    assert.equal((await migrate(database)).version, newest);
    await database.close();
  });

  it("refuse a role that stands above row-level security", async () => {
    const database = connect(await server().createDatabase("careless"));
    const { role } = await migrate(database);
    await server().sql(`ALTER ROLE ${role} BYPASSRLS`);
    await assert.rejects(migrate(database), /NOSUPERUSER NOBYPASSRLS/);
    await database.close();
  });

  it("bring a dump without owners and rights back to work, and heal a database that was emptied", async () => {
    const url = await server().createDatabase("original");
    const backend = await TestBackend.start({ database: connect(url) });
    const ann = await backend.register();
    const task = await backend.addTask(ann, "survive");

    const dump = execFileSync("pg_dump", ["--no-owner", "--no-privileges", "-d", url]);
    execFileSync("psql", [
      "-qX",
      "-v",
      "ON_ERROR_STOP=1",
      "-d",
      url,
      "-c",
      "DROP SCHEMA todo CASCADE",
    ]);
    assert.equal((await backend.send("GET", "/api/tasks", { as: ann })).status, 500);
    execFileSync("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", url], { input: dump });
    assert.equal((await backend.send("GET", "/readyz")).status, 200, "the rights are given again");
    assert.deepEqual(await backend.tasks(ann), [task]);
    await backend.stop();
  });

  it("bring a database of the first release up to date, with its data", async () => {
    const url = await server().createDatabase("first_release");
    const database = connect(url);
    await database.asOwner(async (sql) => {
      await sql(
        "CREATE SCHEMA todo; CREATE TABLE todo.migrations " +
          "(version int PRIMARY KEY, name text NOT NULL, applied_at timestamptz DEFAULT now())",
      );
      await sql(migrations[0]?.sql ?? "");
      await sql("INSERT INTO todo.migrations VALUES (1, 'first')");
      await sql("INSERT INTO todo.accounts (email, password_hash) VALUES ('ann@example.org', 'x')");
      await sql("INSERT INTO todo.tasks (user_id, title) SELECT id, 'kept' FROM todo.accounts");
    });
    const later = migrations.map(({ version }) => version).filter((version) => version > 1);
    assert.deepEqual((await migrate(database)).applied, later);
    assert.equal((await database.query(nobody, lastBackupOf)).length, 0);
    const accounts = await server().sql("SELECT email FROM todo.accounts", "first_release");
    assert.deepEqual(accounts, [{ email: "ann@example.org" }]);

    // As a pod of that release does during the rollout.
    await server().sql("UPDATE todo.tasks SET completed = true", "first_release");
    const tasks = await server().sql("SELECT title, version FROM todo.tasks", "first_release");
    assert.deepEqual(tasks, [{ title: "kept", version: 2 }]);

    const change = async (set: string) => {
      await server().sql(`UPDATE todo.tasks SET ${set}`, "first_release");
      return server().sql(
        "SELECT due_on::text, due_at IS NULL AS undated FROM todo.tasks",
        "first_release",
      );
    };
    const onDay = { due_on: "2026-05-01", undated: false };
    assert.deepEqual(await change("due_on = '2026-05-01', due_at = '2026-05-01 21:59Z'"), [onDay]);
    assert.deepEqual(await change("title = 'renamed'"), [onDay]);
    assert.deepEqual(await change("due_at = NULL"), [{ due_on: null, undated: true }]);
    await database.close();
  });
});

const lastBackupOf = { name: "last backup", text: "SELECT * FROM todo.last_backup()" };
