import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";

import type { FastifyInstance } from "fastify";

import { contentSecurityPolicy } from "../../server/security.ts";
import { makeApp, script } from "./rig.ts";

describe("the page's server", () => {
  let app: FastifyInstance;
  let ready = true;

  before(async () => {
    ({ app } = await makeApp({ isReady: () => ready }));
  });
  beforeEach(() => {
    ready = true;
  });
  after(() => app.close());

  it("answers / with index.html, checked again at every visit", async () => {
    const answer = await app.inject("/");
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(answer.headers["cache-control"], "no-cache");
    assert.match(answer.body, /^<!doctype html>/);
  });

  it("answers /authorize, where apps send users, with the page", async () => {
    const answer = await app.inject("/authorize?client_id=x");
    assert.match(answer.body, /^<!doctype html>/);
  });

  it("lets browsers keep hashed assets for good", async () => {
    const answer = await app.inject("/assets/index-abc.js");
    assert.equal(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.equal(answer.headers["content-type"], "text/javascript; charset=utf-8");
    assert.equal(answer.body, script);
  });

  for (const [accepted, encoding] of [
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["GZIP", "gzip"],
    ["identity", undefined],
    ["", undefined],
  ] as const) {
    it(`sends ${encoding ?? "plain text"} to a browser that accepts "${accepted}"`, async () => {
      const headers = { "accept-encoding": accepted };
      const answer = await app.inject({ url: "/assets/index-abc.js", headers });
      assert.equal(answer.headers["content-encoding"], encoding);
      assert.equal(answer.headers.vary, "accept-encoding");
      if (encoding === "gzip") assert.equal(gunzipSync(answer.rawPayload).toString(), script);
    });
  }

  it("answers 304 to a browser that has the file, in that encoding only", async () => {
    const url = "/assets/index-abc.js";
    const { etag } = (await app.inject({ url, headers: { "accept-encoding": "gzip" } })).headers;
    const again = { "accept-encoding": "gzip", "if-none-match": `W/"other", ${String(etag)}` };
    const unchanged = await app.inject({ url, headers: again });
    assert.equal(unchanged.statusCode, 304);
    assert.equal(unchanged.body, "");
    const plain = await app.inject({ url, headers: { "if-none-match": String(etag) } });
    assert.equal(plain.statusCode, 200);
  });

  it("answers HEAD without a body", async () => {
    const answer = await app.inject({ method: "HEAD", url: "/" });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.body, "");
  });

  for (const url of [
    "/nothing",
    "/..%2f..%2fetc/passwd",
    "/assets/index-abc.js.map",
    "/assets/index-abc.js.gz",
    "/constructor",
  ]) {
    it(`knows no page ${url}`, async () => {
      const answer = await app.inject({ url });
      assert.equal(answer.statusCode, 404);
      assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
    });
  }

  it("shows a page to who visits an address that doesn't exist", async () => {
    const answer = await app.inject({ url: "/nothing", headers: { accept: "text/html,*/*" } });
    assert.equal(answer.statusCode, 404);
    assert.match(answer.body, /No such page/);
    const again = { accept: "text/html", "if-none-match": String(answer.headers.etag) };
    assert.equal((await app.inject({ url: "/nothing", headers: again })).statusCode, 404);
    const api = await app.inject({ method: "POST", url: "/nothing", headers: again });
    assert.match(String(api.headers["content-type"]), /problem/);
  });

  for (const url of ["/", "/assets/index-abc.js", "/nothing", "/healthz", "/api/tasks"]) {
    it(`sends the security headers with ${url}`, async () => {
      const { headers } = await app.inject(url);
      assert.equal(headers["content-security-policy"], contentSecurityPolicy);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["x-frame-options"], "DENY");
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    });
  }

  it("allows scripts and styles from its own files only", () => {
    const policy = new Map(
      contentSecurityPolicy.split("; ").map((directive) => {
        const [name, ...sources] = directive.split(" ");
        return [name, sources.join(" ")];
      }),
    );
    assert.equal(policy.get("default-src"), "'none'");
    assert.equal(policy.get("script-src"), "'self'");
    assert.equal(policy.get("style-src"), "'self'");
    assert.equal(policy.get("img-src"), "'self'");
    assert.equal(policy.get("frame-ancestors"), "'none'");
    assert.equal(policy.get("base-uri"), "'none'");
    assert.doesNotMatch(contentSecurityPolicy, /unsafe|\*|data:|https?:/);
  });

  it("stays alive and stops being ready when it is asked to stop", async () => {
    assert.equal((await app.inject("/readyz")).statusCode, 200);
    ready = false;
    assert.equal((await app.inject("/readyz")).statusCode, 503);
    assert.equal((await app.inject("/healthz")).statusCode, 200);
    const page = await app.inject("/");
    assert.equal(page.statusCode, 200);
    assert.equal(page.headers.connection, "close");
  });

  it("is ready although the backend is away", async () => {
    assert.equal((await app.inject("/api/tasks")).statusCode, 503);
    assert.equal((await app.inject("/readyz")).statusCode, 200);
  });

  it("takes a request's id from outside when it is harmless, else makes one", async () => {
    const id = async (given: string) =>
      (await app.inject({ url: "/", headers: { "x-request-id": given } })).headers["x-request-id"];
    assert.equal(await id("abc-123.DEF_9"), "abc-123.DEF_9");
    for (const bad of ["short", 'a"b"c"d"e"', "x".repeat(65), "with space"]) {
      assert.match(String(await id(bad)), /^[0-9a-f-]{36}$/);
    }
  });

  it("refuses a body above 256 KiB and names the limit", async () => {
    const payload = Buffer.alloc(256 * 1024 + 1);
    const answer = await app.inject({ method: "POST", url: "/api/chat", payload });
    assert.equal(answer.statusCode, 413);
    assert.deepEqual(answer.json(), {
      type: "about:blank",
      title: "Request failed",
      status: 413,
      detail: "The body is larger than the 256 KiB allowed.",
    });
  });

  it("tells a client that a body is too large even if it reads only after sending", async () => {
    const { port } = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
    const head =
      "POST /api/tasks HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 5000000\r\n\r\n";
    for (let n = 0; n < 15; n++) {
      const socket = connect(Number(port), "127.0.0.1").pause();
      await new Promise<void>((resolve, reject) => {
        socket.on("error", reject).write(head + "x".repeat(5_000_000), () => {
          resolve();
        });
      });
      const [answer] = (await once(socket.resume(), "data")) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
      socket.destroy();
    }
  });

  it("has no route for a method that pages don't need", async () => {
    assert.equal((await app.inject({ method: "POST", url: "/" })).statusCode, 404);
  });
});

describe("the metrics", () => {
  it("count requests by route, with few label values whatever clients ask for", async () => {
    const { app, metrics } = await makeApp();
    const paths = (n: number) => [`/api/tasks/${n}`, `/random-${n}`, `/api/${n}/${n}`];
    const many = Array.from({ length: 50 }, (_, n) => paths(n)).flat();
    await Promise.all(many.map((path) => app.inject(path)));
    await app.inject("/assets/index-abc.js");
    await app.inject({ method: "PURGE" as never, url: "/api/tasks" });
    const { values } = await metrics.registry.getSingleMetric("http_requests_total")!.get();
    const counts = values.map(({ labels, value }) => [...Object.values(labels), value].join(" "));
    assert.deepEqual(counts.sort(), [
      "GET /api/* 503 50",
      "GET /api/tasks/:id 503 50",
      "GET /assets/* 200 1",
      "GET page 404 50",
      "other /api/tasks 404 1",
    ]);
    await app.close();
  });

  it("are in Prometheus' format and tell of the backend's faults", async () => {
    const { app } = await makeApp();
    await app.inject("/api/tasks");
    const answer = await app.inject("/metrics");
    assert.match(String(answer.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
    assert.match(answer.body, /^backend_faults_total\{reason="unreachable"\} 1$/m);
    assert.match(answer.body, /^backend_faults_total\{reason="timeout"\} 0$/m);
    assert.match(answer.body, /^process_cpu_seconds_total /m);
    await app.close();
  });

  it("are not among the routes when they have a port of their own", async () => {
    const { app } = await makeApp({ serveMetrics: false });
    assert.equal((await app.inject("/metrics")).statusCode, 404);
    await app.close();
  });
});
