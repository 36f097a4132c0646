import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { PasswordResets } from "../src/auth/password-resets.ts";
import { nobody, sqlState } from "../src/database/database.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { Outbox } from "../src/mail/outbox.ts";
import { smtpServer } from "../src/mail/smtp.ts";
import { signingKey, TestBackend, type Person } from "./support/backend.ts";
import { MailServer } from "./support/mail-server.ts";
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

describe("a link by mail", () => {
  let server: MailServer;
  let backend: TestBackend;
  before(async () => {
    server = await MailServer.start();
    backend = await TestBackend.start({
      mails: (metrics, logger) => ({
        outbox: new Outbox(smtpServer(server.config()), logger, metrics.onMail),
        publicUrl: "https://todo.example.com/lists",
      }),
    });
  });
  after(async () => {
    await backend.stop();
    await server.stop();
  });

  const forgot = (email: string, on = backend, remoteAddress = "") =>
    on.send("POST", "/api/auth/forgot", {
      body: { email },
      headers: remoteAddress === "" ? {} : { "x-forwarded-for": remoteAddress },
    });
  const sent = async () => {
    const { text } = await backend.send("GET", "/metrics");
    return Number(/^mails_total\{outcome="sent"\} (\d+)$/m.exec(text)?.[1]);
  };

  it("sets a new password", async () => {
    const ann = await backend.register();
    const { status, body } = await forgot(ann.email.toUpperCase());
    assert.equal(status, 202);
    assert.match(body.detail, /^If there is such an account/);
    const mail = (await server.next()).replaceAll("=\r\n", "").replaceAll("=3D", "=");
    assert.match(mail, new RegExp(`^To: ${ann.email}$`, "m"));
    const [, token = ""] =
      /^https:\/\/todo\.example\.com\/lists\/#reset=([\w-]{43})\r?$/m.exec(mail) ?? [];
    const reset = { token, password: "battery staple" };
    assert.equal((await backend.send("POST", "/api/auth/reset", { body: reset })).status, 200);
    assert.equal((await backend.send("POST", "/api/auth/reset", { body: reset })).status, 410);
    const log = backend.log.join("");
    assert.doesNotMatch(log, new RegExp(`${token}|${ann.email}`));
  });

  it("is answered alike for an account that does not exist, and then sends nothing", async () => {
    const before = await sent();
    const [known, unknown] = [
      await forgot((await backend.register()).email),
      await forgot("n@x.io"),
    ];
    await server.next();
    assert.deepEqual(
      [unknown.status, unknown.text, Object.keys(unknown.headers)],
      [known.status, known.text, Object.keys(known.headers)],
    );
    assert.equal(await sent(), before + 1);
    assert.deepEqual(server.mails, []);
    assert.equal((await forgot("a@x.io\r\nBcc: eve@x.io")).status, 400);
  });

  it("goes to one account three times at once, without telling, and is limited by address", async () => {
    const ann = await backend.register();
    const statuses: number[] = [];
    for (let nth = 0; nth < 5; nth++) statuses.push((await forgot(ann.email)).status);
    assert.deepEqual(statuses, [202, 202, 202, 202, 202]);
    for (let nth = 0; nth < 3; nth++) await server.next();
    await new Promise((done) => setTimeout(done, 100));
    assert.deepEqual(server.mails, []);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, nth) => forgot(`${nth}@x.io`)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 10, String(refused.length));
    assert.ok(refused.every(({ headers }) => Number(headers["retry-after"]) > 0));
  });

  it("is offered only where a mail server is set", async () => {
    const without = await TestBackend.start();
    const options = (on: TestBackend) => on.send("GET", "/api/auth/options");
    assert.deepEqual((await options(backend)).body, { resetByMail: true });
    assert.deepEqual((await options(without)).body, { resetByMail: false });
    const { status, body } = await forgot("ann@example.com", without);
    assert.equal(status, 404);
    assert.match(body.detail, /Ask an administrator/);
    await without.stop();
  });

  it("does not make the backend unready when the mail server is away", async () => {
    const { port } = await stopped();
    const alone = await TestBackend.start({
      mails: (metrics, logger) => ({
        outbox: new Outbox(smtpServer(server.config({ port })), logger, metrics.onMail),
        publicUrl: "https://todo.example.com",
      }),
    });
    const ann = await alone.register();
    assert.equal((await forgot(ann.email, alone)).status, 202);
    for (let nth = 0; nth < 100 && !alone.log.join("").includes("could not be sent yet"); nth++) {
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.equal((await alone.send("GET", "/readyz")).status, 200);
    const { text } = await alone.send("GET", "/metrics");
    assert.match(text, /^mails_total\{outcome="deferred"\} 1$/m);
    await alone.stop();
  });
});

/** A port that nobody listens on. */
async function stopped(): Promise<{ readonly port: number }> {
  const server = await MailServer.start();
  const { port } = server;
  await server.stop();
  return { port };
}

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
