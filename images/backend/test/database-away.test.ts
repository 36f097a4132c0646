import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

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
    assert.equal((await backend.send("GET", "/readyz")).status, 503);
    for (const [method, url, body] of [
      ["GET", "/api/tasks", undefined],
      ["POST", "/api/tasks", { title: "x" }],
      ["POST", "/api/chat", { message: "hi" }],
      ["POST", "/api/auth/login", { email: "a@example.com", password: "12345678" }],
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
      name: "DatabaseAway",
    });
    assert.ok(Date.now() - start < 5000);
    for (const socket of sockets) socket.destroy();
    blackHole.close();
    await database.close();
  });

  it("stops a statement that runs too long, and the connection is not used again", async () => {
    const start = Date.now();
    await assert.rejects(
      backend.database.query(ann.id, { name: "sleep", text: "SELECT pg_sleep(30)" }),
      { name: "DatabaseAway" },
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
    assert.match(body.detail, /disk is full/);
    assert.equal((await backend.tasks(ann)).length, 1);
    await server().sql("DROP TRIGGER full_disk ON todo.tasks");
  });
});
