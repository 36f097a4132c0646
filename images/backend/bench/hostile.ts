/**
 * Measures the backend's memory under attacks that try to exhaust it, each on a separate server,
 * and the latency for an honest user meanwhile:
 *
 *     npm run bench:hostile [-- --only "never read"]
 */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { PostgresServer } from "../test/support/postgres.ts";
import type { Target } from "./load.ts";
import { Server } from "./server.ts";

const { values: options } = parseArgs({ options: { only: { type: "string", default: "" } } });

/** A pod has 192 MiB; the rest is for other memory that the kernel counts. */
const maxMiB = 160;

/** A server that is attacked, and the attacker's account. */
interface Victim extends Target {
  /** Name of its database on the shared server. */
  readonly database: string;
}
interface Attack {
  readonly name: string;
  /** Fills the database before the attack. */
  readonly prepare?: (victim: Victim) => Promise<void>;
  readonly run: (victim: Victim) => Promise<void>;
}

const wide = "ж".repeat(2000);
const escaped = "\u0001".repeat(2000);

const attacks: readonly Attack[] = [
  { name: "idle, to compare with", run: () => sleep(3000) },
  {
    name: "100 reads of a full list at once, five times",
    prepare: (victim) => fillList(victim, wide),
    run: async (victim) => {
      for (let time = 0; time < 5; time += 1) {
        await times(100, () => send(victim, "GET", "/api/tasks"));
      }
    },
  },
  {
    name: "100 reads of a full list of control characters",
    prepare: (victim) => fillList(victim, escaped),
    run: async (victim) => {
      await times(100, () => send(victim, "GET", "/api/tasks"));
    },
  },
  {
    name: "500 clients ask for a full list and never read",
    prepare: (victim) => fillList(victim, wide),
    run: (victim) => neverRead(victim, 500, get(victim, "/api/tasks")),
  },
  {
    name: "one connection asks 1500 times for a full list and never reads",
    prepare: (victim) => fillList(victim, wide),
    run: (victim) => neverRead(victim, 1, get(victim, "/api/tasks").repeat(1500)),
  },
  {
    name: "messages that ask for a full list a hundred times, 15 at once, twice",
    prepare: (victim) => fillList(victim, wide),
    run: async (victim) => {
      const message = "list all my tasks\n".repeat(100);
      await times(15, () => send(victim, "POST", "/api/chat", { message }));
      await times(15, () => send(victim, "POST", "/api/chat", { message }));
    },
  },
  {
    name: "30 streams of the same that are never read",
    prepare: (victim) => fillList(victim, wide),
    run: (victim) => {
      const message = "list all my tasks\n".repeat(100);
      return neverRead(victim, 30, post(victim, "/api/chat", { message }, "text/event-stream"));
    },
  },
  {
    name: "60 reads of a conversation of 500 such messages",
    prepare: fillConversation,
    run: async (victim) => {
      const path = await conversationPath(victim);
      await times(60, () => send(victim, "GET", path));
    },
  },
  {
    name: "60 clients ask for that conversation and never read",
    prepare: fillConversation,
    run: async (victim) => neverRead(victim, 60, get(victim, await conversationPath(victim))),
  },
  {
    name: "/mcp: 30 requests of many calls each at once",
    prepare: (victim) => fillList(victim, wide),
    run: async (victim) => {
      const call = { jsonrpc: "2.0", method: "tools/call", params: { name: "list_tasks" } };
      const batch = Array.from({ length: 100 }, (_, id) => ({ ...call, id }));
      await times(30, () => send(victim, "POST", "/mcp", batch));
      await times(60, () => send(victim, "POST", "/mcp", { ...call, id: 1 }));
    },
  },
  {
    name: "/mcp: 100 clients never read",
    prepare: (victim) => fillList(victim, wide),
    run: (victim) => {
      const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "list_tasks" } };
      return neverRead(victim, 100, post(victim, "/mcp", call, "text/event-stream"));
    },
  },
  {
    name: "300 new accounts and sign-ins at once",
    run: async (victim) => {
      await times(300, (index) => {
        const account = {
          email: `new${index % 150}-${process.pid}@example.com`,
          password: "longenough",
        };
        return send(victim, "POST", `/api/auth/${index < 150 ? "register" : "login"}`, account);
      });
    },
  },
  {
    name: "1000 bodies of 64 kB at once, without an account",
    run: (victim) => bodies({ ...victim, token: "" }, "/api/auth/login", 1000),
  },
  {
    name: "1000 bodies of 64 kB at once, signed in",
    run: (victim) => bodies(victim, "/api/tasks", 1000),
  },
  {
    name: "3000 connections without a request",
    run: (victim) => neverRead(victim, 3000, ""),
  },
  {
    name: "3000 connections that are kept after one request",
    run: (victim) => neverRead(victim, 3000, get(victim, "/healthz")),
  },
  {
    name: "one connection asks 1500 times for /api/openapi.json and never reads",
    run: (victim) => neverRead(victim, 20, get(victim, "/api/openapi.json").repeat(1500)),
  },
];

async function measure({ name, prepare, run }: Attack, index: number): Promise<void> {
  const database = `attack_${index}`;
  const env = {
    DATABASE_URL: await postgres.createDatabase(database),
    JWT_SECRET_KEY: "a key for benchmarks, long enough",
    HOST: "127.0.0.1",
    PORT: "0",
  };
  const start = async () => {
    const server = new Server("../dist/server.mjs", env);
    const { url } = await server.listening();
    while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(50);
    return { server, url };
  };
  const first = await start();
  const accounts = {
    attacker: await signUp(first.url, "attacker@example.com"),
    honest: await signUp(first.url, "honest@example.com"),
  };
  const victim = { token: accounts.attacker, database };
  for (let task = 0; task < 20; task += 1) {
    await send({ url: first.url, token: accounts.honest }, "POST", "/api/tasks", { title: "mine" });
  }
  await prepare?.({ ...victim, url: first.url });
  if (first.server.gone) {
    process.exitCode = 1;
    console.log(`✗ ${name}: the process ended while it was prepared`);
    return;
  }
  first.server.stop();

  const { server, url } = await start();
  const honest = new HonestPerson({ url, token: accounts.honest });
  try {
    await run({ ...victim, url }).catch((error: unknown) => {
      if (!server.gone) throw error;
    });
    const { statuses, slowest } = await honest.stop();
    const { gone } = server;
    const { peak } = gone ? { peak: Number.NaN } : server.memory();
    const bad = gone || peak > maxMiB;
    if (bad) process.exitCode = 1;
    const outcome = gone ? "the process ended" : `peak ${peak.toFixed(0)} MiB`;
    console.log(
      `${bad ? "✗" : "✓"} ${name}: ${outcome}; honest: ${statuses}, slowest ${slowest} ms`,
    );
  } finally {
    server.child.kill("SIGKILL");
  }
}

/** A user who reloads a short list all the time. */
class HonestPerson {
  readonly #target: Target;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #statuses = new Map<number, number>();
  readonly #done: Promise<void>;
  #slowest = 0;
  #stopped = false;

  constructor(target: Target) {
    this.#target = target;
    this.#done = this.#live();
  }

  async #live(): Promise<void> {
    while (!this.#stopped) {
      const start = performance.now();
      const status = await send(this.#target, "GET", "/api/tasks", undefined, this.#agent);
      this.#slowest = Math.max(this.#slowest, performance.now() - start);
      this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
      await sleep(50);
    }
  }

  async stop(): Promise<{ readonly statuses: string; readonly slowest: string }> {
    this.#stopped = true;
    await this.#done;
    this.#agent.destroy();
    const statuses = [...this.#statuses].map(([status, count]) => `${count} × ${status}`);
    return { statuses: statuses.join(", "), slowest: this.#slowest.toFixed(0) };
  }
}

/** Status of the response after reading all of it; 0 if there is none. */
function send(
  { url, token }: Target,
  method: string,
  path: string,
  body?: object,
  agent = new Agent(),
): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "application/json, text/event-stream",
      ...(body && { "content-type": "application/json" }),
    };
    const outgoing = request(`${url}${path}`, { agent, method, headers }, (response) => {
      response.resume();
      response.on("error", () => undefined);
      response.on("close", () => {
        resolve(response.complete ? (response.statusCode ?? 0) : 0);
      });
    });
    outgoing.setTimeout(20_000, () => outgoing.destroy());
    outgoing.on("error", () => {
      resolve(0);
    });
    outgoing.end(body && JSON.stringify(body));
  });
}

async function signUp(url: string, email: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "longenough" }),
  });
  return ((await response.json()) as { token: string }).token;
}

/** Adds up to a thousand tasks, the first ones of maximum length. */
async function fillList(victim: Victim, description: string): Promise<void> {
  for (let added = 0; added < 1000; added += 20) {
    await times(20, async () => {
      const status = await send(victim, "POST", "/api/tasks", { title: "t", description });
      if (status === 409) await send(victim, "POST", "/api/tasks", { title: "t" });
    });
  }
}

/** Creates a conversation of 500 messages, mostly the longest possible answer. */
async function fillConversation(victim: Victim): Promise<void> {
  await fillList(victim, wide);
  await send(victim, "POST", "/api/chat", { message: "list all my tasks\n".repeat(20) });
  await postgres.sql(
    `INSERT INTO todo.messages (conversation_id, user_id, role, content, tool_calls, agent)
     SELECT conversation_id, user_id, role, content, tool_calls, agent
     FROM todo.messages, generate_series(1, 498) WHERE role = 'assistant'`,
    victim.database,
  );
}

async function conversationPath({ database }: Victim): Promise<string> {
  const [conversation] = await postgres.sql("SELECT id FROM todo.conversations", database);
  return `/api/conversations/${String(conversation?.["id"])}/messages`;
}

/** Opens connections, sends the same on each, and never reads the responses. */
async function neverRead({ url }: Victim, connections: number, text: string): Promise<void> {
  const sockets = await open(url, connections);
  for (const socket of sockets) socket.write(text);
  await sleep(8000);
  for (const socket of sockets) socket.destroy();
}

/** Sends bodies except for the last byte, then the last bytes of all at once. */
async function bodies(victim: Victim, path: string, connections: number): Promise<void> {
  const body = `{"title":${"[".repeat(32_000)}${"]".repeat(32_000)}}`;
  const text =
    head(
      victim,
      "POST",
      path,
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n`,
    ) + body;
  const sockets = await open(victim.url, connections);
  for (const socket of sockets) socket.resume().write(text.slice(0, -1));
  await sleep(4000);
  for (const socket of sockets) if (socket.writable) socket.write(text.slice(-1));
  await sleep(2000);
  for (const socket of sockets) socket.destroy();
}

async function open(url: string, connections: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < connections) {
    const socket = connect(Number(new URL(url).port), "127.0.0.1").pause();
    socket.on("error", () => undefined);
    sockets.push(socket);
    // Slow enough not to overflow the kernel's accept queue.
    if (sockets.length % 50 === 0) await sleep(10);
  }
  return sockets;
}

function get(victim: Victim, path: string): string {
  return head(victim, "GET", path, "");
}

function post(victim: Victim, path: string, body: object, accept = "*/*"): string {
  const text = JSON.stringify(body);
  const type = `accept: application/json, ${accept}\r\ncontent-type: application/json\r\n`;
  return head(victim, "POST", path, `${type}content-length: ${text.length}\r\n`) + text;
}

function head({ token }: Victim, method: string, path: string, headers: string): string {
  return `${method} ${path} HTTP/1.1\r\nhost: backend\r\nauthorization: Bearer ${token}\r\n${headers}\r\n`;
}

async function times(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

const postgres = await PostgresServer.start();

try {
  for (const [index, attack] of attacks.entries()) {
    if (attack.name.includes(options.only)) await measure(attack, index);
  }
} finally {
  await postgres.remove();
}
process.exit();
