import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type http from "node:http";
import net, { type AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { listen } from "./rig.ts";
import { skip } from "../../../../test/skip.ts";

const entry = join(import.meta.dirname, "../../server/server.ts");

/** Starts the server as a process of its own; needs the built page. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [entry], { env: { PATH: process.env.PATH, ...env } });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (output.stderr += String(chunk)));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, output, ended };
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

async function untilUp(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (await fetch(`${url}/healthz`).catch(() => undefined)) return;
    await sleep(20);
  }
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

describe("the server as a process", () => {
  it("ends at once with all faults of its environment", async () => {
    const { output, ended } = start({ PORT: "x", API_URL: "backend" });
    assert.equal(await ended, 1);
    assert.match(
      output.stderr,
      /^Invalid configuration\.\nPORT is "x"; .*\nAPI_URL is "backend"; .*\n$/,
    );
  });

  it("says which port is taken", async () => {
    const { server, url } = await listen(() => undefined);
    const { output, ended } = start({ PORT: url.port, HOST: "127.0.0.1" });
    assert.equal(await ended, 1);
    assert.equal(
      output.stderr,
      `Can't start.\nPort ${url.port} is in use; set PORT or METRICS_PORT to another.\n`,
    );
    server.close();
  });

  it("listens on IPv6 and IPv4 where nobody says otherwise, with the metrics too", async function () {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const { child, ended } = start({ PORT: String(port), METRICS_PORT: String(metricsPort) });
    await untilUp(`http://127.0.0.1:${port}`, child);
    for (const host of ["127.0.0.1", ...(hasIpv6 ? ["[::1]"] : [])]) {
      assert.equal((await fetch(`http://${host}:${port}/healthz`)).status, 200, host);
      assert.equal((await fetch(`http://${host}:${metricsPort}/metrics`)).status, 200, host);
    }
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
    if (!hasIpv6) skip(this, "only IPv4 was tried: this machine has no ::1");
  });

  it("ends at SIGTERM at once in development, with a connection that is kept open", async () => {
    const port = await freePort();
    const { child, ended } = start({ PORT: String(port), HOST: "127.0.0.1" });
    await untilUp(`http://127.0.0.1:${port}`, child);
    const kept = net.connect(port, "127.0.0.1");
    kept.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(kept, "data");
    const told = Date.now();
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
    assert(Date.now() - told < 3000);
    kept.destroy();
  });

  it("logs nothing that people send, at any level, and the id that a request came with", async () => {
    const { server, url: backend } = await listen((_request, response) => response.end());
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const { child, output, ended } = start({
      PORT: String(port),
      HOST: "127.0.0.1",
      API_URL: backend.origin,
      LOG_LEVEL: "trace",
    });
    await untilUp(url, child);
    const headers = {
      authorization: "Bearer top.secret.token",
      "content-type": "application/json",
      "x-request-id": "an-id-of-mine",
    };
    const body = JSON.stringify({ email: "me@example.com", title: "see Dr. Miller" });
    for (const path of ["/api/tasks", "/api/tasks/Miller", "/api/Miller", "/Miller?q=Miller"]) {
      await fetch(url + path, { method: "POST", headers, body });
      await fetch(url + path, { headers });
    }
    // A request that the parser refuses, token and all.
    const socket = net.connect(port, "127.0.0.1");
    socket.end("GET / HTTP/1.1\r\nauthorization: Bearer top.secret.token\r\nbroken Miller\r\n\r\n");
    await once(socket.resume(), "close");
    child.kill("SIGTERM");
    await ended;
    server.close();

    assert.doesNotMatch(output.stdout + output.stderr, /Miller|me@example|secret|remoteAddress/);
    assert.match(
      output.stdout,
      /"requestId":"an-id-of-mine","method":"POST","route":"\/api\/tasks"/,
    );
    assert.match(output.stdout, /client error/);
  });

  it("goes without losing an answer, and logs neither token nor query nor address", async () => {
    let finish: (() => void) | undefined;
    const handler: http.RequestListener = (request, response) => {
      if (request.url === "/healthz") return void response.end();
      response.write("event: start\ndata: {}\n\n");
      finish = () => response.end("event: done\ndata: {}\n\n");
    };
    const { server, url: backend } = await listen(handler);
    const [port, metricsPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const { child, output, ended } = start({
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      HOST: "127.0.0.1",
      API_URL: backend.origin,
      SHUTDOWN_DRAIN: "300ms",
    });
    await untilUp(url, child);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    assert.equal((await fetch(`${url}/metrics`)).status, 404);
    const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    assert.match(await metrics.text(), /^backend_up 1$/m);

    const headers = { authorization: "Bearer very-secret" };
    const answer = await fetch(`${url}/api/chat?email=me@example.com`, { method: "POST", headers });
    const asked = Date.now();
    child.kill("SIGTERM");
    await sleep(50);
    assert.equal((await fetch(`${url}/readyz`)).status, 503, "not ready while it drains");
    assert.equal((await fetch(`${url}/`)).status, 200, "but still serving");
    await sleep(400);
    await assert.rejects(fetch(`${url}/`), "closed after the drain time");
    finish?.();
    assert.equal(await answer.text(), "event: start\ndata: {}\n\nevent: done\ndata: {}\n\n");
    assert.equal(await ended, 0);
    assert(Date.now() - asked < 5000);

    assert.doesNotMatch(output.stdout, /very-secret|me@example|remoteAddress|authorization/);
    const lines = output.stdout.trim().split("\n");
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const chat = parsed.find(({ route }) => route === "/api/chat");
    assert.match(String(chat?.requestId), /^[0-9a-f-]{36}$/);
    assert.equal(chat?.status, 200);
    assert.equal(chat.level, "info");
    server.close();
  });

  it("ends streams of events at SIGTERM at once, and cleanly", async () => {
    const { server, url: backend } = await listen((request, response) => {
      if (request.url === "/healthz") return void response.end();
      // Never ends by itself.
      response.write("event: ready\ndata: {}\n\n");
    });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { PORT: String(port), HOST: "127.0.0.1", API_URL: backend.origin };
    const { child, ended } = start({ ...env, SHUTDOWN_DRAIN: "300ms" });
    await untilUp(url, child);
    const stream = await fetch(`${url}/api/events`);
    const told = Date.now();
    child.kill("SIGTERM");
    assert.equal(await stream.text(), "event: ready\ndata: {}\n\n");
    assert(Date.now() - told < 250, "before the drain time is over");
    assert.equal(await ended, 0);
    assert(Date.now() - told < 5000);
    server.closeAllConnections();
    server.close();
  });
});
