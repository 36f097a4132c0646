import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";

import { loggerOptions } from "../src/logging.ts";
import { Outbox, type MailOutcome, type OutboxLimits } from "../src/mail/outbox.ts";
import type { SmtpConfig } from "../src/mail/smtp-config.ts";
import { smtpServer } from "../src/mail/smtp.ts";
import { certificate } from "./support/certificate.ts";
import { MailServer } from "./support/mail-server.ts";

const mail = { to: "ann@example.com", subject: "Hello", text: "a secret link\n" };

/** An outbox with everything that it reports. */
function outboxOf(config: SmtpConfig, limits: Partial<OutboxLimits> = {}) {
  const outcomes: MailOutcome[] = [];
  let log = "";
  const sink = new Writable({
    write: (line: Buffer, _encoding, done) => {
      log += line.toString();
      done();
    },
  });
  const outbox = new Outbox(
    smtpServer(config, { connectMs: 300, silenceMs: 300 }),
    pino(loggerOptions("info"), sink),
    (outcome) => outcomes.push(outcome),
    { retryMs: [20, 20], ...limits },
  );
  const outcome = async (count = 1) => {
    const end = Date.now() + 5000;
    while (outcomes.length < count) {
      await sleep(10);
      if (Date.now() > end) throw new Error(`no ${count} outcomes, but ${outcomes.join(", ")}`);
    }
    return outcomes.join(", ");
  };
  return { outbox, outcome, log: () => log };
}

describe("a mail", () => {
  let server: MailServer;
  afterEach(() => server.stop());

  it("is plain text, and nothing in it becomes a header", async () => {
    server = await MailServer.start();
    const { outbox, outcome } = outboxOf(server.config());
    outbox.add(() =>
      Promise.resolve({
        to: "ann@example.com",
        subject: "Hello\r\nBcc: eve@example.com",
        text: "one\n.\ntwo ü\n",
      }),
    );
    assert.equal(await outcome(), "sent");
    const [head = "", body = ""] = (await server.next()).split(/\r\n\r\n(.*)/s);
    assert.doesNotMatch(head, /^bcc:/im);
    assert.match(head, /^From: Todo <todo@example\.com>$/m);
    assert.match(head, /^Content-Type: text\/plain; charset=utf-8$/m);
    assert.match(head, /^Auto-Submitted: auto-generated$/m);
    assert.match(body, /^one\r\n\.\r\ntwo/);
    const to = '"x\r\nBcc: eve@example.com"@example.com';
    outbox.add(() => Promise.resolve({ ...mail, to }));
    assert.equal(await outcome(2), "sent, refused");
    assert.deepEqual(server.mails, []);
  });

  it("goes out over STARTTLS or implicit TLS, signed in, to a server with a known certificate", async function () {
    const pair = certificate(this, "127.0.0.1");
    for (const tls of ["starttls", "implicit"] as const) {
      server = await MailServer.start({
        ...pair,
        secure: tls === "implicit",
        authOptional: false,
        onAuth: ({ username, password }, _session, done) => {
          if (username === "todo" && password === "hunter2") done(null, { user: username });
          else done(new Error("wrong"));
        },
      });
      const config = server.config({ tls, user: "todo", caCertificate: pair.cert });
      const right = outboxOf({ ...config, password: "hunter2" });
      right.outbox.add(() => Promise.resolve(mail));
      assert.equal(await right.outcome(), "sent");
      assert.match(await server.next(), /a secret link/);
      await right.outbox.check();
      assert.match(right.log(), /the mail server accepts mails/);

      const wrongPassword = outboxOf({ ...config, password: "hunter3" });
      wrongPassword.outbox.add(() => Promise.resolve(mail));
      assert.equal(await wrongPassword.outcome(), "failed");
      assert.match(wrongPassword.log(), /"code":"EAUTH","responseCode":535.*refused a mail/);
      await wrongPassword.outbox.check();
      assert.match(wrongPassword.log(), /the mail server can't be used/);
      assert.doesNotMatch(wrongPassword.log(), /hunter|ann@|secret/);

      const unknown = outboxOf({ ...config, password: "hunter2", caCertificate: undefined });
      unknown.outbox.add(() => Promise.resolve(mail));
      assert.equal(await unknown.outcome(3), "deferred, deferred, failed");
      assert.match(unknown.log(), /"reason":"self-signed certificate/);
      assert.deepEqual(server.mails, []);
      if (tls === "starttls") await server.stop();
    }
  });

  it("never goes out in clear text where STARTTLS is required", async () => {
    server = await MailServer.start({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
    const { outbox, outcome, log } = outboxOf(server.config({ tls: "starttls" }));
    outbox.add(() => Promise.resolve(mail));
    assert.match(await outcome(), /^(failed|deferred)/);
    assert.match(log(), /"code":"ETLS"/);
    assert.deepEqual(server.mails, []);
    await outbox.close();
  });

  it("waits for a server that is away", async () => {
    server = await MailServer.start();
    const config = server.config();
    await server.stop();
    const { outbox, outcome, log } = outboxOf(config, { retryMs: [20, 300] });
    let written = 0;
    outbox.add(() => Promise.resolve({ ...mail, subject: String(++written) }));
    assert.equal(await outcome(2), "deferred, deferred");
    assert.match(log(), /"cause":"ECONNREFUSED".*"retryInMs":20/);
    server = await MailServer.start({}, config.port);
    assert.equal(await outcome(3), "deferred, deferred, sent");
    assert.equal(written, 1);
    assert.match(await server.next(), /^Subject: 1$/m);
  });

  it("is tried again after a temporary refusal, and not after a refusal of its recipient", async () => {
    let code = 451;
    server = await MailServer.start({
      onRcptTo: ({ address }, _session, done) => {
        done(Object.assign(new Error(`<${address}> no`), { responseCode: code }));
        code = 550;
      },
    });
    const { outbox, outcome, log } = outboxOf(server.config());
    outbox.add(() => Promise.resolve(mail));
    assert.equal(await outcome(2), "deferred, refused");
    assert.match(log(), /"code":"EENVELOPE","responseCode":550/);
    assert.doesNotMatch(log(), /ann@|secret/);
  });
});

describe("the outbox", () => {
  it("gives up on a server that says nothing, and holds back no others for ever", async () => {
    const silent = createServer((socket) => void socket.unref().on("error", () => undefined));
    // A test that fails must not keep the process.
    silent.unref().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const config: SmtpConfig = {
      ...{ host: "127.0.0.1", port, tls: "starttls", user: undefined, password: undefined },
      ...{ from: "a@example.com", caCertificate: undefined, publicUrl: "" },
    };
    const { outbox, outcome, log } = outboxOf(config, { capacity: 3, connections: 1, retryMs: [] });
    const began = Date.now();
    for (let nth = 0; nth < 4; nth++) outbox.add(() => Promise.resolve(mail));
    assert.ok(Date.now() - began < 2000);
    assert.equal(await outcome(4), "dropped, failed, failed, failed");
    assert.match(log(), /"code":"ETIMEDOUT"/);
    silent.close();
  });

  it("tries again when the mail could not be written, and sends none when there is none", async () => {
    const server = await MailServer.start();
    const { outbox, outcome } = outboxOf(server.config());
    outbox.add(() => Promise.resolve(undefined));
    let tries = 0;
    outbox.add(() => {
      return ++tries === 1 ? Promise.reject(new Error("no database")) : Promise.resolve(mail);
    });
    assert.equal(await outcome(2), "deferred, sent");
    await server.next();
    assert.deepEqual(server.mails, []);
    await server.stop();
  });

  it("finishes what is being sent when it closes, and counts what is lost", async () => {
    const server = await MailServer.start();
    const { outbox, outcome, log } = outboxOf(server.config(), { connections: 1 });
    for (let nth = 0; nth < 3; nth++) outbox.add(() => Promise.resolve(mail));
    await outbox.close();
    assert.equal(await outcome(), "sent");
    assert.match(log(), /"lost":2/);
    outbox.add(() => Promise.resolve(mail));
    assert.equal(await outcome(2), "sent, dropped");
    await server.stop();
  });
});
