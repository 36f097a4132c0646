/**
 * Benchmarks the backend against a bare fastify + pg server, in one run on one machine:
 *
 *     npm run bench -- [--rounds 5] [--seconds 5] [--minutes 10]
 *
 * CPU time comes from /proc, so it is valid on a busy machine too; latencies and start times need
 * an idle one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { PostgresServer } from "../test/support/postgres.ts";
import { closedLoop, openLoop, percentile, type LoadResult, type Target } from "./load.ts";
import { Server } from "./server.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    minutes: { type: "string", default: "0" },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const minutes = Number(options.minutes);
const connections = 16;
const rows = 20;

const postgres = await PostgresServer.start();
try {
  await measure();
} finally {
  await postgres.remove();
}

async function measure(): Promise<void> {
  const env = {
    DATABASE_URL: postgres.url(),
    JWT_SECRET_KEY: "a key for benchmarks, long enough",
    HOST: "127.0.0.1",
    PORT: "0",
  };
  const starts = [];
  for (let round = 0; round < rounds; round += 1) {
    const server = new Server("../dist/server.mjs", env);
    starts.push((await server.listening()).ms);
    server.stop();
  }
  print("start to listening", `${median(starts).toFixed(0)} ms`, "at most 500 ms");

  const full = new Server("../dist/server.mjs", env);
  const { url } = await full.listening();
  while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
  await sleep(3000);
  const idle = full.memory();
  print("idle memory", describe(idle), "at most 80 MiB");

  const { token, userId } = await prepare(url);
  const bare = new Server("./bare-server.ts", { ...env, USER_ID: userId });
  const targets = { full: { url, token }, bare: { url: (await bare.listening()).url, token } };

  await Promise.all(Object.values(targets).map((target) => closedLoop(target, connections, 2)));
  const cpu = { full: [] as number[], bare: [] as number[] };
  const speed: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, server] of [
      ["bare", bare],
      ["full", full],
    ] as const) {
      const { result, microseconds } = await cpuPerRequest(server, targets[name]);
      if (result.errors > 0) throw new Error(`${result.errors} errors from the ${name} server`);
      cpu[name].push(microseconds);
      if (name === "full") speed.push(result.requests / result.seconds);
    }
  }
  const ratio = median(cpu.full) / median(cpu.bare);
  print(
    `CPU per GET /api/tasks, ${rows} rows`,
    `${median(cpu.full).toFixed(0)} µs; bare fastify + pg ${median(cpu.bare).toFixed(0)} µs: ${ratio.toFixed(2)} times`,
    "at most 1.6 times",
  );

  const rate = Math.floor(median(speed) / 2);
  const half = await openLoop(targets.full, rate, seconds * 2);
  const bareHalf = await openLoop(targets.bare, rate, seconds * 2);
  print(
    `latency at half of saturation (${rate}/s)`,
    `${latency(half)}; bare server at the same rate: ${latency(bareHalf)}`,
    "p99 at most 20 ms, no error",
  );
  print("memory after this", describe(full.memory()), "at most 128 MiB");

  const samples: number[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const { errors } = await openLoop(targets.full, rate, 60);
    samples.push(full.memory().total);
    console.log(`  minute ${minute + 1}: ${describe(full.memory())}, ${errors} errors`);
  }
  if (minutes > 0) {
    print(`memory after ${minutes} minutes of load`, describe(full.memory()), "at most 128 MiB");
    const [before = 0, after = 0] = [
      samples.slice(0, samples.length / 2),
      samples.slice(samples.length / 2),
    ].map(median);
    print("slope, second half against first", `${(after - before).toFixed(1)} MiB`, "none");
  }
  full.stop();
  bare.stop();
}

/** Creates a user with tasks. */
async function prepare(url: string): Promise<{ token: string; userId: string }> {
  const post = async (path: string, body: object, token = ""): Promise<unknown> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  };
  const account = { email: "bench@example.com", password: "benchmark" };
  const { token, user } = (await post("/api/auth/register", account)) as {
    token: string;
    user: { id: string };
  };
  for (let index = 0; index < rows; index += 1) {
    await post("/api/tasks", { title: `task ${index}`, dueAt: "2026-05-01T10:00:00Z" }, token);
  }
  return { token, userId: user.id };
}

async function cpuPerRequest(
  server: Server,
  target: Target,
): Promise<{ result: LoadResult; microseconds: number }> {
  const before = server.cpuSeconds();
  const result = await closedLoop(target, connections, seconds);
  return { result, microseconds: ((server.cpuSeconds() - before) / result.requests) * 1e6 };
}

function latency({ latencies, errors }: LoadResult): string {
  const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${errors} errors`;
}

function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

function describe({ total, anonymous }: ReturnType<Server["memory"]>): string {
  return `${total.toFixed(0)} MiB resident, ${anonymous.toFixed(0)} of it not shared with files`;
}

function print(what: string, value: string, limit: string): void {
  console.log(`${what}: ${value} (${limit})`);
}
