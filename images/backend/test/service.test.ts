import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DatabaseUnavailable } from "../src/database/database.ts";
import { Toolbox } from "../src/tools/tools.ts";
import { TestBackend } from "./support/backend.ts";

describe("health, metrics and headers", () => {
  let backend: TestBackend;
  let stopping = false;
  before(async () => {
    backend = await TestBackend.start({
      allowedOrigins: ["https://todo.example.com"],
      isStopping: () => stopping,
    });
  });
  after(() => backend.stop());
  afterEach(() => {
    stopping = false;
  });

  it("is alive and ready", async () => {
    assert.deepEqual((await backend.send("GET", "/healthz")).body, { status: "ok" });
    assert.deepEqual((await backend.send("GET", "/readyz")).body, { status: "ok" });
  });

  it("is alive but not ready while it stops, and still serves", async () => {
    const ann = await backend.register();
    stopping = true;
    assert.equal((await backend.send("GET", "/healthz")).status, 200);
    assert.equal((await backend.send("GET", "/readyz")).status, 503);
    const tasks = await backend.send("GET", "/api/tasks", { as: ann });
    assert.deepEqual([tasks.status, tasks.headers["connection"]], [200, "close"]);
  });

  it("sends security headers and the request id with every answer", async () => {
    for (const url of ["/healthz", "/api/tasks", "/no/such/route"]) {
      const { headers } = await backend.send("GET", url);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["cache-control"], "no-store");
      assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
      assert.match(String(headers["x-request-id"]), /^[\w-]{36}$/);
    }
  });

  it("lets pages of allowed origins in, and no others", async () => {
    const preflight = async (origin: string) =>
      backend.send("OPTIONS", "/api/tasks", {
        headers: { origin, "access-control-request-method": "POST" },
      });
    const good = await preflight("https://todo.example.com");
    assert.equal(good.status, 204);
    assert.equal(good.headers["access-control-allow-origin"], "https://todo.example.com");
    for (const origin of [
      "https://evil.example.com",
      "https://todo.example.com.evil.com",
      "null",
    ]) {
      assert.equal((await preflight(origin)).headers["access-control-allow-origin"], undefined);
    }
  });

  it("answers unknown routes and methods with a problem", async () => {
    const unknown = await backend.send("PUT", "/api/task");
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers["content-type"], "application/problem+json; charset=utf-8");
    assert.equal(unknown.body.title, "Not Found");
    assert.equal(unknown.body.detail, "No such route: PUT /api/task.");
    for (const [url, allow] of [
      ["/api/tasks?x=1", "GET, POST"],
      ["/api/tasks/1", "GET, PATCH, DELETE"],
      ["/api/account/export.ics", "GET"],
    ] as const) {
      const { status, headers, body } = await backend.send("PUT", url);
      assert.deepEqual([status, headers["allow"]], [405, allow]);
      assert.equal(body.detail, `${url.split("?")[0] ?? ""} has no PUT; it has ${allow}.`);
    }
    for (const method of ["PATCH", "DELETE"] as const) {
      const { status, headers } = await backend.send(method, "/api/tasks/usage?x=1", {});
      assert.deepEqual([status, headers["allow"]], [405, "GET"], "is no task");
    }
    assert.equal((await backend.send("PUT", "/api/account/exportxics")).status, 404);
  });

  it("counts requests by route template, however many paths there are", async () => {
    const ann = await backend.register();
    for (let count = 0; count < 20; count += 1) {
      await backend.send("GET", `/api/tasks/${crypto.randomUUID()}`, { as: ann });
      await backend.send("GET", `/scan/${count}`);
    }
    const { text, headers } = await backend.send("GET", "/metrics");
    assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
    assert.match(
      text,
      /^http_requests_total\{method="GET",route="\/api\/tasks\/:id",status="404"\} 20$/m,
    );
    assert.match(text, /^http_requests_total\{method="GET",route="unmatched",status="404"\} \d+$/m);
    assert.doesNotMatch(text, /\/scan\//);
  });

  it("counts methods that no route has as one, however many a client tries", async () => {
    for (const method of ["PROPFIND", "PURGE", "MKCOL", "TRACE", "QUERY"]) {
      const answer = await backend.app.inject({ method: method as never, url: "/api/tasks" });
      assert.deepEqual([answer.statusCode, answer.headers["allow"]], [405, "GET, POST"], method);
    }
    const { text } = await backend.send("GET", "/metrics");
    assert.match(text, /^http_requests_total\{method="other",route="unmatched",status="405"\} 5$/m);
    assert.doesNotMatch(text, /PROPFIND|PURGE|MKCOL|TRACE|QUERY/);
  });

  it("counts from zero on, so that the first event of a kind is an increase", async () => {
    const fresh = await TestBackend.start();
    const { text } = await fresh.send("GET", "/metrics");
    await fresh.stop();
    for (const series of [
      'chat_messages_total{agent="openai",outcome="fallback"}',
      'chat_messages_total{agent="none",outcome="error"}',
      'tool_calls_total{tool="delete_task",outcome="failed",agent="mcp"}',
      'openai_tokens_total{kind="completion"}',
      'openai_requests_total{outcome="left alone"}',
    ]) {
      assert.ok(text.includes(`\n${series} 0\n`), series);
    }
  });

  it("counts a chat that failed and the call of a tool that broke it", async () => {
    const away = { list: () => Promise.reject(new DatabaseUnavailable(new Error("gone"))) };
    const broken = await TestBackend.start({
      agent: ({ chat }) => ({
        answer: async () => {
          const tools = new Toolbox(away as never, "", "UTC", chat.onToolCall);
          await tools.call("builtin", "list_tasks", {});
          throw new Error("not reached");
        },
      }),
    });
    assert.equal((await broken.chat(await broken.register(), "what's left?")).status, 503);
    const { text } = await broken.send("GET", "/metrics");
    await broken.stop();
    assert.match(
      text,
      /^tool_calls_total\{tool="list_tasks",outcome="failed",agent="builtin"\} 1$/m,
    );
    assert.match(text, /^chat_messages_total\{agent="none",outcome="error"\} 1$/m);
  });

  it("shows every metric that the alerts and the dashboard use", async () => {
    const ann = await backend.register();
    await backend.chat(ann, "add buy milk");
    const { text } = await backend.send("GET", "/metrics");
    for (const metric of [
      "http_requests_total",
      "http_request_duration_seconds_bucket",
      'chat_messages_total{agent="builtin",outcome="ok"}',
      'tool_calls_total{tool="add_task",outcome="ok",agent="builtin"}',
      "openai_breaker_state",
      "openai_tokens_total",
      'db_pool_connections{state="idle"}',
      "db_pool_waiting_requests",
      "database_up 1",
      'tasks{status="pending"}',
      "image_failing_vulnerabilities",
      "image_scan_database_timestamp_seconds",
      "nodejs_eventloop_lag_p99_seconds",
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
    ]) {
      assert.ok(text.includes(`\n${metric}`) || text.includes(`# TYPE ${metric}`), metric);
    }
  });

  it("shows when the newest backup was made, and nothing while there is none", async () => {
    const samples = async () =>
      (await backend.send("GET", "/metrics")).text
        .split("\n")
        .filter((line) => line.startsWith("backup_"));
    assert.deepEqual(await samples(), []);

    await backend.database.asOwner((sql) =>
      sql(`INSERT INTO todo.backups (name, finished_at, bytes) VALUES
        ('older', '2026-11-20T03:00:00Z', 7), ('newer', '2026-11-21T03:00:05Z', 12345)`),
    );
    assert.deepEqual(await samples(), [
      "backup_last_success_timestamp_seconds 1795230005",
      "backup_size_bytes 12345",
    ]);

    await backend.database.asOwner((sql) => sql("DELETE FROM todo.backups"));
    assert.deepEqual(await samples(), []);
  });

  it("shows what the latest scan of the deployed images found, and nothing while there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scan-"));
    const scanFile = join(folder, "scan.json");
    const scanned = await TestBackend.start({ scanFile });
    const samples = async () =>
      (await scanned.send("GET", "/metrics")).text
        .split("\n")
        .filter((line) => line.startsWith("image_"));
    try {
      assert.deepEqual(await samples(), []);
      const image = { image: "backend:1", database: "2026-11-28T05:00:00.000Z", failing: 2 };
      await writeFile(scanFile, JSON.stringify([{ ...image, counts: { critical: 0, high: 2 } }]));
      assert.deepEqual(await samples(), [
        'image_scan_database_timestamp_seconds{image="backend:1"} 1795842000',
        'image_vulnerabilities{image="backend:1",severity="critical"} 0',
        'image_vulnerabilities{image="backend:1",severity="high"} 2',
        'image_failing_vulnerabilities{image="backend:1"} 2',
      ]);
      for (const broken of ['[{"image": 1}]', "{", "[]"]) {
        await writeFile(scanFile, broken);
        assert.deepEqual(await samples(), [], broken);
      }
    } finally {
      await scanned.stop();
      await rm(folder, { recursive: true });
    }
  });
});
