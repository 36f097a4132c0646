import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { migrate } from "../src/database/migrate.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend, type Person } from "./support/backend.ts";
import { withPostgres } from "./support/postgres.ts";

describe("a database that goes away", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  // Empty where the suite is skipped.
  const started: TestBackend[] = [];
  let backend: TestBackend;
  let ann: Person;
  before(async () => {
    const database = new PostgresDatabase(server().url(), () => undefined);
    backend = await TestBackend.start({ database });
    started.push(backend);
    ann = await backend.register();
    await backend.addTask(ann, "still here");
  });
  after(() => Promise.all(started.map((each) => each.stop())));

  it("leaves the process alive, not ready, and answering 503 with Retry-After", async () => {
    // Connections are open and idle, so that the server breaks them all.
    await Promise.all(Array.from({ length: 5 }, () => backend.tasks(ann)));
    await server().down();
    assert.equal((await backend.send("GET", "/healthz")).status, 200);
    const { status, body: problem } = await backend.send("GET", "/readyz");
    assert.equal(status, 503);
    assert.match(problem.detail, /^The database is not ready: connect ECONNREFUSED/);
    for (const [method, url, body] of [
      ["GET", "/api/tasks", undefined],
      ["POST", "/api/tasks", { title: "x" }],
      ["POST", "/api/chat", { message: "hi" }],
      ["POST", "/api/auth/login", { email: "a@example.com", password: "plain-horse" }],
    ] as const) {
      const answer = await backend.send(method, url, { as: ann, ...(body && { body }) });
      assert.equal(answer.status, 503, `${method} ${url}`);
      assert.equal(answer.headers["retry-after"], "5");
    }
    assert.match((await backend.send("GET", "/metrics")).text, /^database_up 0$/m);
  });

  it("is used again within ten seconds of its return", async () => {
    await server().up();
    const back = Date.now();
    while ((await backend.send("GET", "/readyz")).status !== 200) {
      assert.ok(Date.now() - back < 10_000, "not ready within ten seconds");
      await sleep(100);
    }
    const [task] = await backend.tasks(ann);
    assert.equal(task?.title, "still here");
  });

  it("answers 503, and no later than the time limit, when it accepts but never replies", async () => {
    const sockets: Socket[] = [];
    const blackHole = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => blackHole.listen(0, "127.0.0.1", resolve));
    const address = blackHole.address();
    assert.ok(address !== null && typeof address === "object");
    const database = new PostgresDatabase(
      `postgres://u:p@127.0.0.1:${address.port}/x`,
      () => undefined,
    );
    database.useRole("nobody");
    const start = Date.now();
    await assert.rejects(database.query("", { name: "x", text: "SELECT 1" }), {
      name: "DatabaseUnavailable",
    });
    assert.ok(Date.now() - start < 5000);
    for (const socket of sockets) socket.destroy();
    blackHole.close();
    await database.close();
  });

  it("is asked on fresh connections once one of a node that is gone has timed out", async () => {
    const target = server().port;
    const sockets: Socket[] = [];
    const network = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      sockets.push(near, far);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => network.listen(0, "127.0.0.1", resolve));
    const { port } = network.address() as AddressInfo;
    const url = server().url().replace(`:${target}`, `:${port}`);
    const database = new PostgresDatabase(url, () => undefined);
    const ask = () => database.query("", { name: "one", text: "SELECT 1 AS one" });
    try {
      await migrate(database);
      await Promise.all(Array.from({ length: 5 }, ask));
      for (const socket of sockets) socket.unpipe().pause();

      await assert.rejects(ask(), { name: "DatabaseUnavailable" });
      const start = Date.now();
      assert.deepEqual(await ask(), [{ one: 1 }]);
      assert.ok(Date.now() - start < 3000);
    } finally {
      for (const socket of sockets) socket.destroy();
      network.close();
      await database.close();
    }
  });

  it("stops a statement that runs too long, and the connection is not used again", async () => {
    const start = Date.now();
    await assert.rejects(
      backend.database.query(ann.id, { name: "sleep", text: "SELECT pg_sleep(30)" }),
      { name: "DatabaseUnavailable" },
    );
    assert.ok(Date.now() - start < 8000);
    assert.equal((await backend.tasks(ann)).length, 1);
  });

  it("is retried on a fresh connection after an administrator has ended all of them", async () => {
    await Promise.all(Array.from({ length: 5 }, () => backend.tasks(ann)));
    await server().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    );
    await sleep(50);
    assert.equal((await backend.send("GET", "/api/tasks", { as: ann })).status, 200);
  });

  it("that is full answers writing with 507, and goes on reading", async () => {
    // What Postgres reports when it can't extend a file, raised where the row is written.
    await server().sql(`
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON todo.tasks EXECUTE FUNCTION full_disk();
    `);
    const { status, body } = await backend.send("POST", "/api/tasks", {
      as: ann,
      body: { title: "x" },
    });
    assert.equal(status, 507);
    assert.match(body.detail, /^Nothing was saved: .*disk is full/);
    assert.equal((await backend.tasks(ann)).length, 1);
    await server().sql("DROP TRIGGER full_disk ON todo.tasks");
  });

  describe("that is read-only, as the disk guard makes it,", () => {
    const readOnly = async (value: "on" | "off") => {
      await server().sql(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await server().sql("SELECT pg_reload_conf()");
      await sleep(200);
    };
    before(() => readOnly("on"));
    after(() => readOnly("off"));

    it("refuses to write with 507, by chat too, and stays ready", async () => {
      for (const [url, body] of [
        ["/api/tasks", { title: "x" }],
        ["/api/chat", { message: "add buy milk" }],
        ["/api/auth/register", { email: "b@example.com", password: "plain-horse" }],
      ] as const) {
        const answer = await backend.send("POST", url, { as: ann, body });
        assert.equal(answer.status, 507, url);
        assert.match(answer.body.detail, /^Nothing was saved: the database is read-only/);
      }
      assert.equal((await backend.send("GET", "/readyz")).status, 200);
    });

    it("lets people sign in and read, and an MCP client list", async () => {
      const body = { email: ann.email, password: "correct horse" };
      assert.equal((await backend.send("POST", "/api/auth/login", { body })).status, 200);
      assert.equal((await backend.tasks(ann)).length, 1);
      const { status, text } = await backend.send("POST", "/mcp", {
        as: ann,
        headers: { accept: "application/json, text/event-stream" },
        body: {
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: { name: "list_tasks", arguments: {} },
        },
      });
      assert.equal(status, 200);
      assert.match(text, /still here/);
    });

    it("goes on counting wrong passwords, and forgets the right ones", async () => {
      const tries = async (email: string, password: string, count: number) => {
        const statuses: number[] = [];
        for (let sent = 0; sent < count; sent += 1) {
          const body = { email, password };
          statuses.push((await backend.send("POST", "/api/auth/login", { body })).status);
        }
        return statuses;
      };
      const right = await tries(ann.email, "correct horse", 12);
      assert.deepEqual(new Set(right), new Set([200]));
      const wrong = await tries("guessed@example.com", "wrong password", 12);
      assert.deepEqual(wrong, [...Array<number>(10).fill(401), 429, 429]);
    });

    it("serves a pod that starts now, for there is nothing to migrate", async () => {
      const database = new PostgresDatabase(server().url(), () => undefined);
      const late = await TestBackend.start({ database });
      started.push(late);
      assert.equal((await late.send("GET", "/readyz")).status, 200);
      assert.equal((await late.tasks(ann)).length, 1);
    });

    it("says what has to be done before a schema that is too old is migrated", async () => {
      const database = new PostgresDatabase(server().url("template1"), () => undefined);
      await assert.rejects(migrate(database), { code: "42P01" });
      await readOnly("off");
      const url = await server().createDatabase("older");
      const older = new PostgresDatabase(url, () => undefined);
      await migrate(older);
      await server().sql("DELETE FROM todo.migrations WHERE version > 1", "older");
      await readOnly("on");
      await assert.rejects(migrate(older), /read-only and has schema version 1, but/);
      await Promise.all([database.close(), older.close()]);
    });

    it("is written to again at once when that is over", async () => {
      await readOnly("off");
      const { status } = await backend.send("POST", "/api/tasks", {
        as: ann,
        body: { title: "after" },
      });
      assert.equal(status, 201);
    });
  });
});
