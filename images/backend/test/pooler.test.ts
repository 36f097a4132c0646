import assert from "node:assert/strict";

import { nobody } from "../src/database/database.ts";
import { migrate } from "../src/database/migrate.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend, type Person } from "./support/backend.ts";
import { needPooler, Pooler } from "./support/pooler.ts";
import { withPostgres } from "./support/postgres.ts";

const list = (backend: TestBackend, as: Person) => backend.send("GET", "/api/tasks", { as });

describe("a database behind PgBouncer", function () {
  this.timeout(60_000);
  needPooler(this);
  const server = withPostgres(this);
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function pooled(mode: "transaction" | "statement", name: string): Promise<string> {
    await server().createDatabase(name);
    const pooler = await Pooler.start(server().port, mode);
    cleanups.push(() => pooler.stop());
    return pooler.url(name);
  }

  async function replica(url: string, onPooler?: () => void): Promise<TestBackend> {
    const options = onPooler && { onPooler };
    const database = new PostgresDatabase(url, () => undefined, options);
    const backend = await TestBackend.start({ database });
    cleanups.push(() => backend.stop());
    return backend;
  }

  it("answers every request in transaction mode, from several pods, and prepares nothing more", async () => {
    const url = await pooled("transaction", "transactions");
    let told = 0;
    // They start together, and so wait for each other's migrations through the pooler.
    const pods = await Promise.all([1, 2].map(() => replica(url, () => (told += 1))));
    for (const pod of pods) assert.equal((await pod.send("GET", "/readyz")).status, 200);
    const people = await Promise.all(pods.map((pod) => pod.register()));
    const statuses: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const answers = pods.flatMap((pod) =>
        people.flatMap((as, index) => [
          ...Array.from({ length: 6 }, () => list(pod, as)),
          pod.send("POST", "/api/tasks", { as, body: { title: `${index}` } }),
        ]),
      );
      statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
    }
    assert.equal(statuses.length, 280);
    assert.deepEqual(new Set(statuses), new Set([200, 201]));
    assert.equal(told, 2, "each pod meets the pooler once");
    for (const [index, as] of people.entries()) {
      const titles = (await pods[0]!.tasks(as)).map(({ title }) => title);
      assert.deepEqual(titles, Array(20).fill(`${index}`), "each person sees their own tasks");
    }
  });

  it("is not ready in statement mode, and says why", async () => {
    const backend = await replica(await pooled("statement", "statements"));
    const { status, body } = await backend.send("GET", "/readyz");
    assert.equal(status, 503);
    assert.match(body.detail, /^The database is not ready: .*statement pooling/);
  });
});

describe("prepared statements", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  const probe = { name: "probe", text: "SELECT 1 AS one" };
  let told = 0;
  let database: PostgresDatabase;
  beforeEach(async () => {
    told = 0;
    const onPooler = () => (told += 1);
    database = new PostgresDatabase(server().url(), () => undefined, { size: 1, onPooler });
    await migrate(database);
  });
  afterEach(() => database.close());

  const prepared = async () =>
    (
      await database.asOwner((sql) => sql("SELECT name FROM pg_prepared_statements ORDER BY 1"))
    ).map((row) => String(row["name"]));

  it("are made once on a connection, under names that no other text can have", async () => {
    await database.query(nobody, probe);
    await database.query(nobody, probe);
    await database.query(nobody, { name: "probe", text: "SELECT 2 AS two" });
    const [enter, one, two, ...more] = await prepared();
    assert.match(enter ?? "", /^enter todo_chatbot_app_/);
    assert.match(one ?? "", /^probe [0-9a-f]{8}$/);
    assert.match(two ?? "", /^probe [0-9a-f]{8}$/);
    assert.deepEqual([told, more], [0, []]);
  });

  // What a connection meets that a pooler has given another connection of the server.
  for (const [state, sabotage] of [
    ["there already", (name: string) => `DEALLOCATE ALL; PREPARE "${name}" AS SELECT 3`],
    ["gone", () => "DEALLOCATE ALL"],
  ] as const) {
    it(`are given up for good, and no request fails, when one is ${state}`, async () => {
      await database.query(nobody, probe);
      const [, name = ""] = await prepared();
      const other = { name: "other", text: "SELECT current_user <> session_user AS scoped" };
      await database.asOwner((sql) => sql(sabotage(name)));
      assert.deepEqual(await database.query(nobody, other), [{ scoped: true }]);
      assert.deepEqual(await database.query(nobody, probe), [{ one: 1 }]);
      assert.equal(told, 1);
      assert.deepEqual(await prepared(), []);
    });
  }
});
