import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { listen, makeApp, type RigOptions } from "./rig.ts";

type Cleanup = () => unknown;

/** What the backend got. */
interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

describe("the way to the backend", () => {
  const cleanups: Cleanup[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  /** A frontend in front of the given backend; resolves with its address. */
  async function front(handler: http.RequestListener, options: RigOptions = {}) {
    const { server, url } = await listen(handler);
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { app, metrics } = await makeApp({ target: url, ...options });
    cleanups.push(() => app.close());
    return { address: await app.listen({ port: 0, host: "127.0.0.1" }), backend: server, metrics };
  }

  /** A backend that answers 200 and notes what it got. */
  function recorder(): { seen: Seen[]; handler: http.RequestListener } {
    const seen: Seen[] = [];
    return {
      seen,
      handler: (request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          const { method, url, headers } = request;
          seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
          response.setHeader("content-type", "application/json");
          response.end("{}");
        });
      },
    };
  }

  for (const path of [
    "/api/tasks?status=pending&x=%2f",
    "/mcp",
    "/api/auth/login",
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-authorization-server",
  ]) {
    it(`passes ${path} on as it is`, async () => {
      const { seen, handler } = recorder();
      const { address } = await front(handler);
      const body = JSON.stringify({ title: "Zoë’s ☕" });
      const headers = { "content-type": "application/json", authorization: "Bearer t" };
      const answer = await fetch(address + path, { method: "POST", headers, body });
      assert.equal(answer.status, 200);
      assert.deepEqual(
        seen.map(({ method, url, body }) => ({ method, url, body })),
        [{ method: "POST", url: path, body }],
      );
      const { headers: passed } = seen[0]!;
      assert.equal(passed.authorization, "Bearer t");
      assert.equal(passed["content-type"], "application/json");
      assert.equal(passed["content-length"], String(Buffer.byteLength(body)));
    });
  }

  for (const method of ["GET", "DELETE", "PATCH", "PUT", "OPTIONS"]) {
    it(`passes ${method} on`, async () => {
      const { seen, handler } = recorder();
      const { address } = await front(handler);
      assert.equal((await fetch(`${address}/api/tasks/1`, { method })).status, 200);
      assert.equal(seen[0]?.method, method);
    });
  }

  it("tells the backend who asked, with the id that the client gets back", async () => {
    const { seen, handler } = recorder();
    const { address } = await front(handler);
    const answer = await fetch(`${address}/api/tasks`, {
      headers: { "x-request-id": "given-by-me" },
    });
    const { headers } = seen[0]!;
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], new URL(address).host);
    assert.equal(headers["x-request-id"], "given-by-me");
    assert.equal(answer.headers.get("x-request-id"), "given-by-me");
  });

  const invented = {
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "todo.example.org",
    "x-real-ip": "203.0.113.8",
    forwarded: "for=203.0.113.9",
  };

  it("drops what a client invents of the way that its request came", async () => {
    const { seen, handler } = recorder();
    const { address } = await front(handler);
    await fetch(`${address}/api/tasks`, { headers: invented });
    const { headers } = seen[0]!;
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-forwarded-host"], new URL(address).host);
    assert.deepEqual([headers["x-real-ip"], headers.forwarded], [undefined, undefined]);
  });

  it("tells an IPv4 address as one, on a port for both families too", async () => {
    const { seen, handler } = recorder();
    const { server, url } = await listen(handler);
    const { app } = await makeApp({ target: url });
    cleanups.push(
      () => server.close(),
      () => app.close(),
    );
    const { port } = new URL(await app.listen({ host: "", port: 0 }));
    await fetch(`http://127.0.0.1:${port}/api/tasks`);
    assert.equal(seen[0]?.headers["x-forwarded-for"], "127.0.0.1");
  });

  it("passes on what a trusted proxy in front says of it", async () => {
    const { seen, handler } = recorder();
    const { address } = await front(handler, { trustedProxies: 1 });
    await fetch(`${address}/api/tasks`, { headers: invented });
    const { headers } = seen[0]!;
    assert.equal(headers["x-forwarded-for"], "203.0.113.7");
    assert.equal(headers["x-forwarded-proto"], "https");
    assert.equal(headers["x-forwarded-host"], "todo.example.org");
    assert.deepEqual([headers["x-real-ip"], headers.forwarded], [undefined, undefined]);
  });

  for (const [trustedProxies, given, client] of [
    [1, "198.51.100.1, 203.0.113.7", "203.0.113.7"],
    [1, "198.51.100.1, 10.0.0.7", "10.0.0.7"],
    [2, "198.51.100.1, 203.0.113.7, 10.0.0.5", "203.0.113.7"],
    [2, "203.0.113.7", "203.0.113.7"],
    [1, "198.51.100.1, 203.0.113.7:51234", "203.0.113.7"],
    [1, "[2001:db8::7]:51234", "2001:db8::7"],
    [1, "2001:db8::7", "2001:db8::7"],
    [1, "198.51.100.1, unknown", "127.0.0.1"],
    [1, "", "127.0.0.1"],
    [0, "203.0.113.7", "127.0.0.1"],
  ] as const) {
    it(`takes ${client} for the client behind ${trustedProxies} proxies with "${given}"`, async () => {
      const { seen, handler } = recorder();
      const { address } = await front(handler, { trustedProxies });
      await fetch(`${address}/api/tasks`, { headers: { "x-forwarded-for": given } });
      assert.equal(seen[0]?.headers["x-forwarded-for"], client);
    });
  }

  for (const [trustedProxies, protocol, expected] of [
    [1, "https", "max-age=31536000"],
    [1, "http", null],
    [0, "https", null],
  ] as const) {
    it(`${expected ? "keeps browsers to HTTPS" : "does not speak of HTTPS"} for ${protocol} behind ${trustedProxies} proxies`, async () => {
      const { handler } = recorder();
      const { address } = await front(handler, { trustedProxies });
      for (const path of ["/", "/api/tasks", "/none"]) {
        const headers = { "x-forwarded-proto": protocol };
        const answer = await fetch(address + path, { headers });
        assert.equal(answer.headers.get("strict-transport-security"), expected, path);
      }
    });
  }

  it("keeps headers about one connection to that connection", async () => {
    const { seen, handler } = recorder();
    const { address } = await front((request, response) => {
      response.setHeader("connection", "keep-alive, x-secret");
      response.setHeader("x-secret", "for the proxy only");
      response.setHeader("x-open", "for all");
      handler(request, response);
    });
    const { hostname, port } = new URL(address);
    const request = http.get({
      hostname,
      port,
      path: "/api/tasks",
      headers: { connection: "close, x-hop", "x-hop": "1", te: "trailers", "x-end": "2" },
    });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    const { headers } = seen[0]!;
    assert.equal(headers["x-hop"], undefined);
    assert.equal(headers.te, undefined);
    assert.equal(headers["x-end"], "2");
    assert.equal(response.headers["x-secret"], undefined);
    assert.equal(response.headers["x-open"], "for all");
  });

  it("streams events as they come", async () => {
    let sendSecond!: () => void;
    const { address } = await front((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("event: start\ndata: {}\n\n");
      sendSecond = () => response.end("event: done\ndata: {}\n\n");
    });
    const answer = await fetch(`${address}/api/chat`, { method: "POST", body: "{}" });
    const reader = answer.body!.getReader();
    const decode = (value: Uint8Array | undefined) => new TextDecoder().decode(value);
    // The second event is sent only once the first has arrived.
    assert.equal(decode((await reader.read()).value), "event: start\ndata: {}\n\n");
    sendSecond();
    assert.equal(decode((await reader.read()).value), "event: done\ndata: {}\n\n");
    assert.equal((await reader.read()).done, true);
  });

  it("sends a stream's headers before its first event", async () => {
    const { address } = await front((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
    });
    const answer = await fetch(`${address}/mcp`);
    assert.equal(answer.headers.get("content-type"), "text/event-stream");
    await answer.body?.cancel();
  });

  for (const moment of ["before", "after"] as const) {
    it(`leaves the backend when the client leaves ${moment} the answer began`, async () => {
      const left = Promise.withResolvers<undefined>();
      const asked = Promise.withResolvers<undefined>();
      const { address, metrics } = await front((_request, response) => {
        if (moment === "after") response.write("data: 1\n\n");
        response.on("close", () => {
          left.resolve(undefined);
        });
        asked.resolve(undefined);
      });
      const stop = new AbortController();
      const answer = fetch(`${address}/api/chat`, { method: "POST", signal: stop.signal });
      answer.catch(() => undefined);
      await (moment === "after" ? answer : asked.promise);
      stop.abort();
      await left.promise;
      await sleep(50);
      const { values } = await metrics.registry.getSingleMetric("backend_faults_total")!.get();
      assert.deepEqual(
        values.map(({ value }) => value),
        [0, 0, 0],
      );
    });
  }

  it("passes the backend's own errors on untouched", async () => {
    const { address } = await front((_request, response) => {
      response.writeHead(503, { "retry-after": "7", "content-type": "application/problem+json" });
      response.end('{"status":503,"detail":"The database is away."}');
    });
    const answer = await fetch(`${address}/api/tasks`);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "7");
    assert.equal(await answer.text(), '{"status":503,"detail":"The database is away."}');
  });

  it("answers 204 and 304 without a body", async () => {
    const { address } = await front((request, response) => {
      response.writeHead(request.method === "DELETE" ? 204 : 304).end();
    });
    assert.equal((await fetch(`${address}/api/tasks/1`, { method: "DELETE" })).status, 204);
    assert.equal((await fetch(`${address}/api/tasks/1`)).status, 304);
  });

  it("keeps connections to the backend open", async () => {
    const { seen, handler } = recorder();
    const { address, backend } = await front(handler);
    let connections = 0;
    backend.on("connection", () => connections++);
    for (let n = 0; n < 5; n++) await (await fetch(`${address}/api/tasks`)).text();
    assert.equal(seen.length, 5);
    assert.equal(connections, 1);
  });

  it("says 503 and when to try again while nothing listens", async () => {
    const { app } = await makeApp();
    const answer = await app.inject("/api/tasks");
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
    assert.equal(answer.headers["retry-after"], "3");
    assert.deepEqual(answer.json(), {
      type: "about:blank",
      title: "Service unavailable",
      status: 503,
      detail: "The chatbot's server is unreachable. Try again in a few seconds.",
    });
    await app.close();
  });

  it("tries once more when the backend was not there for a moment", async () => {
    const { seen, handler } = recorder();
    const { server, url } = await listen(handler);
    server.close();
    await once(server, "close");
    const { app } = await makeApp({ target: url });
    const answer = app.inject({ method: "POST", url: "/api/chat", payload: "{}" });
    await sleep(50);
    server.listen(Number(url.port), "127.0.0.1");
    assert.equal((await answer).statusCode, 200);
    assert.equal(seen.length, 1);
    server.close();
    await app.close();
  });

  it("says 502 when the backend breaks off, without doing a thing twice", async () => {
    let requests = 0;
    const { address } = await front((request) => {
      requests++;
      request.socket.destroy();
    });
    const answer = await fetch(`${address}/api/chat`, { method: "POST", body: "{}" });
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get("retry-after"), "3");
    assert.equal(requests, 1);
  });

  it("asks again when a kept connection turns out to be dead, for requests that change nothing", async () => {
    let requests = 0;
    const { address } = await front((request, response) => {
      requests++;
      // The second request on a connection finds it closed, as after a pod's end.
      if (requests === 2 || requests === 4) request.socket.destroy();
      else response.end("ok");
    });
    assert.equal(await (await fetch(`${address}/api/tasks`)).text(), "ok");
    assert.equal(await (await fetch(`${address}/api/tasks`)).text(), "ok");
    assert.equal(requests, 3);
    assert.equal((await fetch(`${address}/api/tasks`, { method: "POST" })).status, 502);
    assert.equal(requests, 4);
  });

  it("says 504 when the backend takes too long to begin", async () => {
    const timeouts = { connect: 1000, headers: 50, idle: 1000 };
    const { address, metrics } = await front(() => undefined, { timeouts });
    assert.equal((await fetch(`${address}/api/tasks`)).status, 504);
    assert.match(await metrics.registry.metrics(), /backend_faults_total\{reason="timeout"\} 1/);
  });

  it("cuts an answer that goes silent", async () => {
    const timeouts = { connect: 1000, headers: 1000, idle: 50 };
    const { address } = await front((_request, response) => void response.write("half"), {
      timeouts,
    });
    const answer = await fetch(`${address}/api/tasks`);
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text());
  });

  it("cuts an answer that the backend cuts, so that half is not taken for whole", async () => {
    const { address } = await front((_request, response) => {
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const answer = await fetch(`${address}/api/tasks`);
    await assert.rejects(answer.text());
  });

  for (const path of [
    "/api/../metrics",
    "/api/%2e%2e/metrics",
    "/api/..%2fmetrics",
    "/api/.%2E/metrics",
    "/api/./tasks",
    "/api/..\\metrics",
    "/api/..",
  ]) {
    it(`refuses ${path}, which another hop might resolve`, async () => {
      const { seen, handler } = recorder();
      const { address } = await front(handler);
      // A plain socket, because every client library resolves the path itself.
      const { hostname, port } = new URL(address);
      const socket = net.connect(Number(port), hostname);
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      let answer = "";
      for await (const chunk of socket) answer += String(chunk);
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.equal(seen.length, 0);
    });
  }

  it("does not take dots within a name for a dot segment", async () => {
    const { seen, handler } = recorder();
    const { address } = await front(handler);
    assert.equal((await fetch(`${address}/api/tasks/a..b?q=../x`)).status, 200);
    assert.equal(seen[0]?.url, "/api/tasks/a..b?q=../x");
  });

  it("does not act as a proxy to elsewhere", async () => {
    const { seen, handler } = recorder();
    const { address } = await front(handler);
    const { hostname, port } = new URL(address);
    const elsewhere = await listen(() => assert.fail("asked"));
    cleanups.push(() => elsewhere.server.close());
    for (const [path, status] of [
      [`${elsewhere.url.href}api/tasks`, 400],
      [`//${elsewhere.url.host}/api/tasks`, 404],
    ] as const) {
      const request = http.get({ hostname, port, path });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      response.resume();
      assert.equal(response.statusCode, status);
    }
    assert.equal(seen.length, 0);
  });

  it("gives up on a connection that is never made, as behind a closed firewall", async () => {
    const program =
      "require('net').createServer().listen(0, '127.0.0.1', 1, function () { console.log(this.address().port) })";
    const frozen = spawn(process.execPath, ["-e", program], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(frozen.stdout, "data")) as [Buffer];
    const port = Number(line.toString());
    // It accepts nothing more, and its queue is full: from now on, nobody is answered at all.
    frozen.kill("SIGSTOP");
    const queue = Array.from({ length: 4 }, () =>
      net.connect(port, "127.0.0.1").on("error", () => undefined),
    );
    cleanups.push(() => {
      for (const socket of queue) socket.destroy();
      frozen.kill("SIGKILL");
    });
    await sleep(50);
    const timeouts = { connect: 100, headers: 5000, idle: 5000 };
    const { app } = await makeApp({ target: new URL(`http://127.0.0.1:${port}`), timeouts });
    cleanups.push(() => app.close());
    const started = Date.now();
    const answer = await app.inject("/api/tasks");
    assert.equal(answer.statusCode, 504);
    assert(Date.now() - started < 2000);
  });
});
