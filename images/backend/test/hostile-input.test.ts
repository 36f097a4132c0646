import assert from "node:assert/strict";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { TestBackend, type Person } from "./support/backend.ts";

const injections = [
  "'; DROP TABLE todo.tasks; --",
  "' OR '1'='1",
  '" OR ""="',
  "$1); DELETE FROM todo.tasks; --",
  "\\'; SELECT pg_sleep(10); --",
  "%_%",
  "{{7*7}} ${7*7} <script>alert(1)</script>",
  "Robert'); INSERT INTO todo.accounts VALUES (1)--",
];

describe("hostile input", () => {
  let backend: TestBackend;
  let ann: Person;
  let url: string;
  before(async () => {
    backend = await TestBackend.start({
      timeLimits: { headersMs: 700, requestMs: 1000, checkMs: 100 },
    });
    ann = await backend.register();
    url = await backend.listen();
  });
  after(() => backend.stop());

  /** Sends a body as it is, without making JSON of it. */
  const raw = (body: string, type = "application/json") =>
    backend.send("POST", "/api/tasks", { as: ann, body, headers: { "content-type": type } });

  for (const text of injections) {
    it(`stores ${text} as it is, in every field`, async () => {
      const task = await backend.addTask(ann, text, { description: text });
      assert.deepEqual([task.title, task.description], [text, text]);
      const patched = await backend.send("PATCH", `/api/tasks/${task.id}`, {
        as: ann,
        body: { title: `${text}!` },
      });
      assert.equal(patched.body.title, `${text}!`);
      await backend.chat(ann, text);
      await backend.chat(ann, `find ${text}`);
      const login = await backend.send("POST", "/api/auth/login", {
        body: { email: `${text}@example.com`, password: text },
      });
      assert.ok([400, 401].includes(login.status));
      for (const place of [
        `/api/tasks/${encodeURIComponent(text)}`,
        `/api/tasks?status=${encodeURIComponent(text)}`,
      ]) {
        const { status } = await backend.send("GET", place, { as: ann });
        assert.ok([400, 404, 414].includes(status), String(status));
      }
      await backend.send("DELETE", `/api/tasks/${task.id}`, { as: ann });
    });
  }

  for (const [fault, title] of [
    ["NUL", "a\0b"],
    ["a lone high surrogate", "a\ud800b"],
    ["a lone low surrogate", "a\udc00b"],
  ] as const) {
    it(`refuses ${fault} in text`, async () => {
      assert.equal((await raw(JSON.stringify({ title }))).status, 400);
      const chat = await backend.send("POST", "/api/chat", {
        as: ann,
        body: JSON.stringify({ message: title }),
        headers: { "content-type": "application/json" },
      });
      assert.equal(chat.status, 400);
    });
  }

  it("keeps every other character, whatever it is", async () => {
    const title = "💩 ́\u202e\u200b\ufeffﷺ\u0001 \u{10ffff}";
    assert.equal((await backend.addTask(ann, title)).title, title);
  });

  for (const [fault, body, status] of [
    ["broken JSON", '{"title": "x"', 400],
    ["an empty body", "", 400],
    ["JSON after JSON", '{"title":"x"}{"title":"y"}', 400],
    ["a text instead of an object", '"title"', 400],
    ["null", "null", 400],
    ["__proto__", '{"title":"x","__proto__":{"completed":true}}', 400],
    ["constructor.prototype", '{"title":"x","constructor":{"prototype":{"admin":true}}}', 400],
    ["a body of 100 kB", JSON.stringify({ title: "x".repeat(100_000) }), 413],
    ["30 000 levels", `{"title":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, 400],
    ["30 000 levels of objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, 400],
    ["a key that comes twice", '{"title":"x","title":{"$gt":""}}', 400],
    ["numbers beyond all bounds", '{"title":1e999}', 400],
  ] as const) {
    it(`answers ${fault} with ${status}`, async () => {
      const answer = await raw(body);
      assert.equal(answer.status, status);
      assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
    });
  }

  it("has no prototype polluted by all this", () => {
    const fresh = {} as Record<string, unknown>;
    assert.equal(fresh["completed"], undefined);
    assert.equal(fresh["admin"], undefined);
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data; boundary=x",
  ]) {
    it(`refuses a body of type ${type}`, async () => {
      assert.equal((await raw("title=x", type)).status, 415);
    });
  }

  it("takes no request id that could forge a line of the log", async () => {
    for (const id of ['x","level":"fatal', "short", "x".repeat(65), "a b c d e f g h"]) {
      const { headers } = await backend.send("GET", "/healthz", {
        headers: { "x-request-id": id },
      });
      assert.match(String(headers["x-request-id"]), /^[0-9a-f-]{36}$/);
    }
    const given = await backend.send("GET", "/healthz", {
      headers: { "x-request-id": "abcdef-123456" },
    });
    assert.equal(given.headers["x-request-id"], "abcdef-123456");
  });

  it("logs one JSON object per line, without what people send", async () => {
    await backend.addTask(ann, 'forged\n{"level":"fatal","msg":"owned"}');
    await backend.send("GET", "/api/nothing%0a%7B%22level%22:%22fatal%22%7D?token=topsecret", {
      as: ann,
    });
    for (const line of backend.log) {
      const { level } = JSON.parse(line) as { level: string };
      assert.notEqual(level, "fatal");
    }
    assert.doesNotMatch(backend.log.join(""), /topsecret|owned|DROP TABLE|Bearer|eyJ/);
  });

  it("shows nothing of the inside when something fails", async () => {
    const { status, body } = await backend.send("GET", "/api/%", {});
    assert.ok(status >= 400 && status < 500);
    assert.doesNotMatch(JSON.stringify(body), /node_modules|at Object|\.ts:/);
  });

  it("refuses headers of 20 kB", async () => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${url}/healthz`, { headers: { "x-big": "x".repeat(20_000) } }, resolve)
        .on("error", reject)
        .end();
    });
    assert.equal(answer.statusCode, 431);
    answer.resume();
  });

  it("lets go of clients that never finish their headers or their body", async () => {
    const { hostname, port } = new URL(url);
    const slow = (start: string) =>
      new Promise<number>((resolve) => {
        const begin = Date.now();
        const socket = connect(Number(port), hostname, () => socket.write(start));
        socket.on("data", () => undefined);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          resolve(Date.now() - begin);
        });
      });
    const [headers, body] = await Promise.all([
      slow("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "),
      slow(
        `POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ti`,
      ),
    ]);
    assert.ok(headers < 2500, `headers: ${headers} ms`);
    assert.ok(body < 3000, `body: ${body} ms`);
  });

  it("still answers everyone else after that", async () => {
    await sleep(10);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    assert.ok((await backend.tasks(ann)).length > 0);
  });
});
