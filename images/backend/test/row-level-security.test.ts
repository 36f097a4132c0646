import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { nobody, sqlState, type Database } from "../src/database/database.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend, type Json, type Person } from "./support/backend.ts";
import { withPostgres } from "./support/postgres.ts";

/** Statements as a mistake in the application could send them: nothing in them asks whose rows. */
function wall(open: () => Promise<Database | undefined>): void {
  let backend: TestBackend;
  let ann: Person;
  let bob: Person;
  before(async () => {
    const database = await open();
    backend = await TestBackend.start(database ? { database } : {});
    ann = await backend.register();
    bob = await backend.register();
    for (const person of [ann, bob]) {
      await backend.addTask(person, `of ${person.email}`);
      await backend.chat(person, "add one more");
      const token = { name: "script", scopes: ["read"] };
      await backend.send("POST", "/api/auth/tokens", { as: person, body: token });
    }
  });
  after(() => backend.stop());

  const sql = (userId: string, text: string, values: readonly unknown[] = []) =>
    backend.database.query<Record<string, Json>>(userId, { name: text.slice(0, 50), text }, values);
  const refused = (code: string) => (error: unknown) => sqlState(error) === code;
  const tables = ["tasks", "conversations", "messages", "grants", "grant_tokens"];

  for (const table of tables) {
    it(`shows only the person's own ${table}`, async () => {
      const rows = await sql(ann.id, `SELECT user_id FROM todo.${table}`);
      assert.ok(rows.length > 0);
      assert.ok(rows.every(({ user_id }) => user_id === ann.id));
    });

    it(`shows no ${table} to nobody`, async () => {
      assert.deepEqual(await sql(nobody, `SELECT * FROM todo.${table} -- nobody`), []);
    });
  }

  it("changes and deletes only the person's own tasks", async () => {
    const before = await backend.tasks(bob);
    await sql(ann.id, "UPDATE todo.tasks SET title = 'taken'");
    await sql(ann.id, "DELETE FROM todo.tasks");
    assert.deepEqual(await backend.tasks(bob), before);
    assert.deepEqual(await backend.tasks(ann), []);
  });

  it("lets nobody write in the name of another", async () => {
    await assert.rejects(
      sql(ann.id, "INSERT INTO todo.tasks (user_id, title) VALUES ($1, 'x')", [bob.id]),
      refused("42501"),
    );
    await sql(ann.id, "INSERT INTO todo.tasks (title) VALUES ('mine')");
    await assert.rejects(
      sql(ann.id, "UPDATE todo.tasks SET user_id = $1", [bob.id]),
      refused("42501"),
    );
  });

  it("lets nobody put a message into another's conversation", async () => {
    const [theirs] = await sql(bob.id, "SELECT id FROM todo.conversations LIMIT 1");
    await assert.rejects(
      sql(
        ann.id,
        "INSERT INTO todo.messages (conversation_id, role, content) VALUES ($1, 'user', 'x')",
        [theirs?.["id"]],
      ),
      refused("23503"),
    );
  });

  for (const statement of [
    "SELECT * FROM todo.accounts",
    "UPDATE todo.accounts SET email = 'x'",
    "SELECT * FROM todo.rate_limits",
    "DELETE FROM todo.rate_limits",
    "SELECT * FROM todo.backups",
    "DELETE FROM todo.backups",
    "UPDATE todo.messages SET content = 'x'",
    "INSERT INTO todo.migrations VALUES (99, 'x')",
    "ALTER TABLE todo.tasks DISABLE ROW LEVEL SECURITY",
    "DROP POLICY own_rows ON todo.tasks",
    "CREATE TABLE todo.x (id int)",
    "TRUNCATE todo.tasks",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "COPY todo.tasks TO PROGRAM 'cat'",
  ]) {
    it(`refuses ${statement}`, async () => {
      await assert.rejects(sql(ann.id, statement), refused("42501"));
    });
  }

  it("runs statements as a role that owns nothing and can't sign in", async () => {
    const [role] = await sql(
      ann.id,
      `SELECT current_user AS name, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole,
         (SELECT count(*)::int FROM pg_class WHERE relowner = pg_roles.oid) AS owns
       FROM pg_roles WHERE rolname = current_user`,
    );
    assert.match(String(role?.["name"]), /^todo_chatbot_app_[0-9a-f]{8}$/);
    const { name: _, ...rights } = role ?? {};
    assert.deepEqual(rights, {
      ...{
        rolsuper: false,
        rolbypassrls: false,
        rolcanlogin: false,
        rolcreaterole: false,
        owns: 0,
      },
    });
  });

  it("forgets the person when the statement ends", async () => {
    await sql(ann.id, "SELECT 1 AS one");
    const left = await backend.database.asOwner((owner) =>
      owner("SELECT current_setting('app.user_id', true) AS person, current_user AS role", []),
    );
    assert.equal(left[0]?.["person"] ?? "", "");
    assert.doesNotMatch(String(left[0]?.["role"]), /todo_chatbot_app/);
  });

  it("forgets the person when the statement fails", async () => {
    await assert.rejects(sql(ann.id, "SELECT 1 / 0"));
    assert.deepEqual(await sql(randomUUID(), "SELECT id FROM todo.tasks"), []);
  });
}

describe("row-level security on the embedded database", () => {
  wall(() => Promise.resolve(undefined));
});

describe("row-level security on a server", function () {
  const server = withPostgres(this);

  describe("as its superuser", () => {
    wall(
      async () =>
        new PostgresDatabase(await server().createDatabase("one"), () => undefined, { size: 2 }),
    );
  });

  describe("as the owner of a database, who may create roles", () => {
    wall(async () => {
      await server().sql("CREATE ROLE renter LOGIN CREATEROLE");
      const url = await server().createDatabase("two", "renter");
      return new PostgresDatabase(url, () => undefined, { size: 2 });
    });
  });
});
