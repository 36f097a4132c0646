import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { PasswordResets } from "../src/auth/password-resets.ts";
import { nobody, sqlState } from "../src/database/database.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { signingKey, TestBackend, type Person } from "./support/backend.ts";
import { withPostgres } from "./support/postgres.ts";

describe("a link to set a new password", () => {
  let backend: TestBackend;
  let ann: Person;
  let resets: PasswordResets;
  before(async () => {
    backend = await TestBackend.start();
    resets = new PasswordResets(backend.database);
  });
  beforeEach(async () => {
    ann = await backend.register();
  });
  after(() => backend.stop());

  const reset = (token: string, password: string) =>
    backend.send("POST", "/api/auth/reset", { body: { token, password } });
  const login = async (password: string) =>
    (await backend.send("POST", "/api/auth/login", { body: { email: ann.email, password } }))
      .status;
  const link = async () => (await resets.create(` ${ann.email.toUpperCase()} `)) ?? "";

  it("signs in with a new password, once, and ends all sessions", async () => {
    const [token, other] = [await link(), await link()];
    const { status, body } = await reset(token, "battery staple");
    assert.equal(status, 200);
    assert.deepEqual(body.user, { id: ann.id, email: ann.email });
    assert.deepEqual(await backend.tasks({ ...ann, token: body.token }), []);
    assert.equal((await backend.send("GET", "/api/tasks", { as: ann })).status, 401);
    assert.equal(await login("correct horse"), 401);
    assert.equal(await login("battery staple"), 200);
    for (const used of [token, other]) {
      const again = await reset(used, "another staple");
      assert.equal(again.status, 410);
      assert.match(again.body.detail, /has been used, or is older than 60 minutes/);
    }
    assert.equal(await login("battery staple"), 200);
  });

  it("works for one of two requests at the same time", async () => {
    const token = await link();
    const answers = await Promise.all([reset(token, "battery one"), reset(token, "battery two")]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 410]);
  });

  it("is still valid after a password that is refused", async () => {
    const token = await link();
    for (const password of ["short", "password1", ann.email]) {
      assert.equal((await reset(token, password)).status, 400, password);
    }
    assert.equal((await reset(token, "battery staple")).status, 200);
  });

  it("ends after an hour, and with the account", async () => {
    const token = await link();
    await backend.database.asOwner((sql) =>
      sql("UPDATE todo.password_resets SET expires_at = now() - interval '1 second'"),
    );
    assert.equal((await reset(token, "battery staple")).status, 410);
    assert.equal((await reset("x", "battery staple")).status, 410);
    const lost = await link();
    await backend.send("POST", "/api/account/deletion", {
      ...{ as: ann, body: { password: "correct horse" } },
    });
    assert.equal((await reset(lost, "battery staple")).status, 410);
  });

  it("is made for accounts only, and neither made nor read by the application", async () => {
    assert.equal(await resets.create("nobody@example.com"), undefined);
    const token = await link();
    const rows = await backend.database.asOwner((sql) => sql("SELECT * FROM todo.password_resets"));
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(token));
    for (const text of [
      "SELECT * FROM todo.password_resets",
      "INSERT INTO todo.password_resets SELECT 'x', gen_random_uuid(), now()",
    ]) {
      const query = backend.database.query(nobody, { name: text.slice(0, 20), text });
      await assert.rejects(query, (error) => sqlState(error) === "42501");
    }
  });
});

describe("the command for such a link", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  const run = promisify(execFile);

  it("prints it, and says when there is no such account", async () => {
    const DATABASE_URL = await server().createDatabase("resets");
    const open = () => new PostgresDatabase(DATABASE_URL, () => undefined, { size: 2 });
    const backend = await TestBackend.start({ database: open() });
    const ann = await backend.register();
    const env = { PATH: process.env["PATH"], DATABASE_URL, JWT_SECRET_KEY: signingKey };
    const command = (email: string) =>
      run(process.execPath, ["src/auth/reset-command.ts", email], { env });
    const { stdout } = await command(ann.email);
    const [, token = ""] = /^\/#reset=([\w-]{43})\n$/.exec(stdout) ?? [];
    const body = { token, password: "battery staple" };
    assert.equal((await backend.send("POST", "/api/auth/reset", { body })).status, 200);
    await assert.rejects(command("x@example.com"), {
      code: 1,
      stderr: 'There is no account with the address "x@example.com".\n',
    });
    await backend.stop();
  });
});
