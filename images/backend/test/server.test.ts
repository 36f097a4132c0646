import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { withPostgres } from "./support/postgres.ts";
import { skip } from "../../../test/skip.ts";

const entry = new URL("../src/server.ts", import.meta.url).pathname;

/** The backend as a process of its own, with nothing of this one's environment. */
class Process {
  readonly child: ChildProcess;
  output = "";
  readonly exited: Promise<number | null>;

  static readonly #running = new Set<ChildProcess>();

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, [entry], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    Process.#running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (data: Buffer) => (this.output += data.toString()));
    }
    this.exited = once(this.child, "exit").then(([code]) => code as number | null);
  }

  /** Ends what a test that failed has left behind. */
  static endAll(): void {
    for (const child of Process.#running) child.kill("SIGKILL");
    Process.#running.clear();
  }

  /** Waits until it listens; gives the URL. */
  async url(): Promise<string> {
    for (;;) {
      const found = /"Server listening at (http:\/\/\S+:\d+)"/.exec(this.output)?.[1];
      if (found !== undefined) return found;
      assert.equal(this.child.exitCode ?? this.child.signalCode, null, this.output);
      await sleep(20);
    }
  }

  async ready(): Promise<string> {
    const url = await this.url();
    while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
    return url;
  }
}

describe("the server as a process", function () {
  this.timeout(60_000);
  let folder: string;
  afterEach(() => {
    Process.endAll();
  });
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "todo-backend-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("ends at once with every fault of its environment", async () => {
    const server = new Process({ PORT: "x", DATABASE_URL: "hunter2", LOG_LEVEL: "loud" });
    assert.equal(await server.exited, 1);
    assert.match(server.output, /PORT is "x"/);
    assert.match(server.output, /LOG_LEVEL is "loud"/);
    assert.match(server.output, /DATABASE_URL \(not shown/);
    assert.doesNotMatch(server.output, /hunter2|at .*\.ts/);
  });

  it("keeps data and sign-ins of a development instance over a restart", async () => {
    const env = { HOST: "127.0.0.1", PORT: "0", DATA_DIR: join(folder, "data") };
    const first = new Process(env);
    let url = await first.ready();
    const registered = await fetch(`${url}/api/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ann@example.com", password: "plain-horse" }),
    });
    const { token } = (await registered.json()) as { token: string };
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    await fetch(`${url}/api/tasks`, {
      method: "POST",
      headers,
      body: JSON.stringify({ title: "kept" }),
    });
    first.child.kill("SIGINT");
    assert.equal(await first.exited, 0);
    assert.equal(statSync(join(folder, "data", "jwt-secret-key")).mode & 0o777, 0o600);

    const second = new Process(env);
    url = await second.ready();
    const tasks = (await (await fetch(`${url}/api/tasks`, { headers })).json()) as {
      title: string;
    }[];
    assert.deepEqual(
      tasks.map(({ title }) => title),
      ["kept"],
    );

    const third = new Process(env);
    assert.equal(await third.exited, 1);
    assert.match(
      third.output,
      new RegExp(
        `^\\S+/postgres is in use by process ${second.child.pid} \\(port 0\\)\\. Stop it first, or choose another folder with DATA_DIR\\.\n$`,
      ),
    );

    const fourth = new Process({ ...away, HOST: "127.0.0.1", PORT: new URL(url).port });
    assert.equal(await fourth.exited, 1);
    assert.match(
      fourth.output,
      /"port \d+ of 127\.0\.0\.1 can't be opened; choose another with PORT/,
    );
    second.child.kill("SIGINT");
    await second.exited;
  });

  it("listens on IPv6 and IPv4 where nobody says otherwise", async function () {
    const server = new Process(away);
    const { port, hostname } = new URL(await server.url());
    assert.equal(hostname, hasIpv6 ? "[::]" : "127.0.0.1");
    const hosts = ["127.0.0.1", ...(hasIpv6 ? ["[::1]"] : [])];
    for (const host of hosts) {
      assert.equal((await fetch(`http://${host}:${port}/healthz`)).status, 200, host);
    }
    if (!hasIpv6) skip(this, "only IPv4 was tried: this machine has no ::1");
  });

  it("ends at SIGTERM at once in development, with a connection that is kept open", async () => {
    // The folder of the test before: to initialize another one takes seconds.
    const server = new Process({ HOST: "127.0.0.1", PORT: "0", DATA_DIR: join(folder, "data") });
    const url = await server.ready();
    const { port } = new URL(url);
    const kept = connect(Number(port), "127.0.0.1");
    kept.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(kept, "data");
    const told = Date.now();
    server.child.kill("SIGTERM");
    assert.equal(await server.exited, 0);
    assert.ok(Date.now() - told < 3000);
    kept.destroy();
  });

  it("ends at SIGTERM while the database is away", async () => {
    const server = new Process({ ...away, HOST: "127.0.0.1" });
    const url = await server.url();
    const { detail } = (await (await fetch(`${url}/readyz`)).json()) as { detail: string };
    assert.match(detail, /^The database is not ready: connect ECONNREFUSED/);
    const told = Date.now();
    server.child.kill("SIGTERM");
    assert.equal(await server.exited, 0);
    assert.ok(Date.now() - told < 3000);
    assert.doesNotMatch(server.output, /hunter2/);
  });
});

/** A database that nobody ever answers for. */
const away = {
  PORT: "0",
  DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/todo",
  JWT_SECRET_KEY: "a key for tests that is long enough",
};

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

describe("the server on Postgres", function () {
  this.timeout(60_000);
  const postgres = withPostgres(this);
  afterEach(() => {
    Process.endAll();
  });

  const env = (): Record<string, string> => ({
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: "0",
    DATABASE_URL: postgres().url(),
    JWT_SECRET_KEY: "a key for tests that is long enough",
  });

  it("listens before the database is there, and becomes ready when it comes", async () => {
    await postgres().down();
    const server = new Process(env());
    const url = await server.url();
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
    const login = await fetch(`${url}/api/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "a@example.com", password: "plain-horse" }),
    });
    assert.deepEqual([login.status, login.headers.get("retry-after")], [503, "5"]);
    await postgres().up();
    await server.ready();
    server.child.kill("SIGINT");
    assert.equal(await server.exited, 0);
  });

  it("loses no request when it is told to stop, and is gone soon after", async () => {
    const server = new Process(env());
    const url = await server.ready();
    const counts = { sent: 0, answered: 0 };
    let stop = false;
    const client = async (): Promise<void> => {
      while (!stop) {
        counts.sent += 1;
        const response = await fetch(`${url}/api/openapi.json`);
        assert.equal(response.status, 200);
        // Unread, it would be too long for undici, which fails when such a connection closes.
        await response.arrayBuffer();
        counts.answered += 1;
        await sleep(5);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    await sleep(300);
    const told = Date.now();
    server.child.kill("SIGTERM");
    await sleep(200);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
    await sleep(1500);
    stop = true;
    await Promise.all(clients);
    assert.equal(counts.sent, counts.answered);
    assert.equal(await server.exited, 0);
    assert.ok(Date.now() - told < 10_000);
    assert.match(server.output, /"msg":"stopped"/);
  });

  it("logs JSON lines and no secret", async () => {
    const server = new Process({ ...env(), LOG_LEVEL: "trace" });
    await server.ready();
    server.child.kill("SIGINT");
    await server.exited;
    for (const line of server.output.trim().split("\n")) JSON.parse(line);
    assert.doesNotMatch(server.output, /long enough|postgres:\/\//);
  });
});
