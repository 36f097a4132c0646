import assert from "node:assert/strict";

import { seeSigningKey } from "../src/auth/signing-keys.ts";
import { handoverSeconds, TokenAuthority } from "../src/auth/token.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend } from "./support/backend.ts";
import { withPostgres } from "./support/postgres.ts";

describe("a rotation of the signing key", () => {
  const [old, fresh] = ["the key before, which is long enough", "the next key, which is as long"];
  const person = "00000000-0000-4000-8000-000000000001";
  let backend: TestBackend;
  before(async () => {
    backend = await TestBackend.start();
  });
  after(() => backend.stop());

  const oldPod = new TokenAuthority(old, undefined);
  const newPod = (age: number) => new TokenAuthority(fresh, old, () => Promise.resolve(age));

  it("signs with the key that pods from before know, until they are gone", async () => {
    const early = await newPod(handoverSeconds - 5).sign(person);
    assert.equal((await oldPod.verify(early))?.userId, person);
    const late = await newPod(handoverSeconds + 5).sign(person);
    assert.equal(await oldPod.verify(late), undefined);
    assert.equal((await newPod(0).verify(late))?.userId, person);
  });

  it("signs with the new key at once when the previous one can't be known to anyone", async () => {
    assert.equal(await oldPod.verify(await newPod(Infinity).sign(person)), undefined);
  });

  it("is noticed by the database, once for all pods", async () => {
    const { database } = backend;
    assert.equal(await seeSigningKey(database, old), Infinity);
    assert.equal(await seeSigningKey(database, old), Infinity);
    const first = await seeSigningKey(database, fresh);
    assert.ok(first >= 0 && first < 5, `it is ${first} s old`);
    assert.ok((await seeSigningKey(database, fresh)) >= first);
    const owned = await database.asOwner((sql) => sql("SELECT fingerprint FROM todo.signing_keys"));
    assert.equal(owned.length, 2);
    assert.ok(!JSON.stringify(owned).includes("long"));
  });
});

describe("a rotation of the database's password", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  let backend: TestBackend;
  const started: TestBackend[] = [];
  before(async () => {
    await server().sql("CREATE ROLE todo SUPERUSER LOGIN PASSWORD 'before'");
    await server().demandPasswords("todo");
    const url = new URL(server().url("postgres", "todo"));
    url.password = "before";
    const database = new PostgresDatabase(url.href, () => undefined, { size: 10 });
    backend = await TestBackend.start({ database });
    started.push(backend);
  });
  after(() => Promise.all(started.map((each) => each.stop())));

  const sleepers = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        backend.database.query("", { name: "sleep", text: "SELECT pg_sleep(0.1)" }),
      ),
    );

  it("fails nothing in a pod that only has the old one, as long as it has a connection", async () => {
    const person = await backend.register();
    await sleepers(2);
    const { total } = backend.database.usage();
    assert.ok(total < 10, `${total} connections are open`);
    await server().sql("ALTER ROLE todo PASSWORD 'after'");

    await sleepers(30);
    assert.equal(backend.database.usage().total, total);
    assert.equal((await backend.send("GET", "/api/tasks", { as: person })).status, 200);
    assert.equal((await backend.send("GET", "/readyz")).status, 200);
  });

  it("is the reason why a pod without a connection is not ready", async () => {
    await server().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'todo'",
    );
    // The first check may still find a connection that is about to end.
    await backend.send("GET", "/readyz");
    const { status, body } = await backend.send("GET", "/readyz");
    assert.equal(status, 503);
    assert.match(body.detail, /password authentication failed for user "todo"/);
  });

  it("fails requests at once when there is no connection to wait for, however many there are", async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => sleepers(1)));

    for (const result of results) {
      assert.equal(result.status, "rejected");
      const { cause } = result.reason as Error;
      assert.match(String(cause), /password authentication failed/);
    }
  });

  it("opens as many connections as before when the password is right again", async () => {
    await server().sql("ALTER ROLE todo PASSWORD 'before'");
    await sleepers(1);
    await sleepers(30);
    assert.equal(backend.database.usage().total, 10);
  });
});
