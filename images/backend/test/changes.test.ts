import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend, type Json, type Person } from "./support/backend.ts";
import { needPooler, Pooler } from "./support/pooler.ts";
import { withPostgres } from "./support/postgres.ts";

/** An open stream of events. */
class Events {
  readonly seen: { readonly event: string; readonly data: Json }[] = [];
  readonly #abort = new AbortController();
  readonly ended: Promise<boolean>;
  status = 0;

  private constructor(response: Response) {
    this.status = response.status;
    this.ended = this.#read(response);
  }

  static async open(url: string, { token }: Person): Promise<Events> {
    const abort = new AbortController();
    const response = await fetch(`${url}/api/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: abort.signal,
    });
    const events = new Events(response);
    events.#abort.signal.addEventListener("abort", () => {
      abort.abort();
    });
    return events;
  }

  close(): void {
    this.#abort.abort();
  }

  /** Waits for an event that fits; gives it and the milliseconds that it took. */
  async next(fits: (data: Json) => boolean, withinMs = 3000) {
    const start = performance.now();
    const from = this.seen.length;
    while (performance.now() - start < withinMs) {
      const found = this.seen.slice(from).find(({ data }) => fits(data));
      if (found) return { ...found, ms: performance.now() - start };
      await sleep(2);
    }
    return undefined;
  }

  /** True if the stream ended as it should, false if it was cut. */
  async #read(response: Response): Promise<boolean> {
    let rest = "";
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        rest += chunk;
        const blocks = rest.split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
          if (event && data) this.seen.push({ event, data: JSON.parse(data) });
        }
      }
      return true;
    } catch {
      return false;
    }
  }
}

const tasksChanged = (data: Json) => data.tasks === true;

/** Runs an action, and gives the milliseconds until its event. */
async function msUntil(events: Events, action: () => Promise<unknown>, fits = tasksChanged) {
  const heard = events.next(fits);
  await action();
  return (await heard)?.ms;
}

describe("changes on the embedded database", () => {
  let backend: TestBackend;
  let url: string;
  let ann: Person;
  const open: Events[] = [];
  before(async () => {
    backend = await TestBackend.start();
    url = await backend.listen();
    ann = await backend.register();
  });
  afterEach(() => {
    for (const events of open.splice(0)) events.close();
  });
  after(() => backend.stop());

  async function listen(as = ann): Promise<Events> {
    const events = await Events.open(url, as);
    open.push(events);
    while (events.seen.length === 0) await sleep(1);
    return events;
  }

  it("need someone who has signed in", async () => {
    assert.equal((await backend.send("GET", "/api/events")).status, 401);
  });

  it("are told to their owner only, whatever made them", async () => {
    const bob = await backend.register();
    const [mine, theirs] = [await listen(), await listen(bob)];
    const before = theirs.seen.length;
    const task = await backend.addTask(ann, "milk");
    assert(await mine.next(tasksChanged), "adding");
    const patch = { as: ann, body: { completed: true } };
    assert(await msUntil(mine, () => backend.send("PATCH", `/api/tasks/${task.id}`, patch)));
    assert(await msUntil(mine, () => backend.send("DELETE", `/api/tasks/${task.id}`, { as: ann })));
    assert(await msUntil(mine, () => backend.chat(ann, "add bread")), "chat");
    const call = {
      ...{ jsonrpc: "2.0", id: 1, method: "tools/call" },
      params: { name: "add_task", arguments: { title: "x" } },
    };
    const headers = { accept: "application/json, text/event-stream" };
    assert(
      await msUntil(mine, () => backend.send("POST", "/mcp", { as: ann, body: call, headers })),
      "MCP",
    );
    assert.deepEqual(theirs.seen.slice(before), []);
  });

  it("name the conversation", async () => {
    const events = await listen();
    const named = (id: string) => (data: Json) => data.conversations.includes(id);
    const { body } = await backend.chat(ann, "what is left?");
    const id = body.conversationId as string;
    await sleep(100);
    assert(events.seen.some(({ data }) => data.conversations?.includes(id)));
    const remove = () => backend.send("DELETE", `/api/conversations/${id}`, { as: ann });
    assert(await msUntil(events, remove, named(id)));
  });

  it("that come together are one event", async () => {
    const events = await listen();
    await sleep(100);
    const before = events.seen.length;
    const fill = "INSERT INTO todo.tasks (title) SELECT 'x' FROM generate_series(1, 100)";
    await backend.database.query(ann.id, { name: "fill", text: fill });
    await sleep(200);
    assert.equal(events.seen.length - before, 1);
  });

  it("have an end for one user, and are no request durations", async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => listen()));
    const refused = await backend.send("GET", "/api/events", { as: ann });
    assert.equal(refused.status, 429);
    for (const events of streams) events.close();
    for (let left = 200; backend.changes.count() > 0 && left > 0; left -= 1) await sleep(10);
    assert.equal(backend.changes.count(), 0, "listeners that have left");
    const { text } = await backend.send("GET", "/metrics");
    assert.match(text, /http_requests_total\{[^}]*events[^}]*\} \d/);
    assert.doesNotMatch(text, /duration_seconds_count\{[^}]*events/);
  });
});

describe("changes on a server", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  let stopping = false;

  async function replica(address: string, watchTimes = {}) {
    stopping = false;
    const backend = await TestBackend.start({
      database: new PostgresDatabase(address, () => undefined),
      watchTimes,
      isStopping: () => stopping,
    });
    cleanups.push(() => backend.stop());
    return { backend, url: await backend.listen() };
  }

  async function listen(url: string, as: Person): Promise<Events> {
    const events = await Events.open(url, as);
    cleanups.push(() => {
      events.close();
    });
    return events;
  }

  async function untilListening({ changes }: TestBackend): Promise<void> {
    for (let left = 500; !changes.isListening && left > 0; left -= 1) await sleep(10);
    assert(changes.isListening);
    // What comes after a gap.
    await sleep(1100);
  }

  it("reach every replica within milliseconds, a burst of them too", async () => {
    const address = await server().createDatabase("replicas");
    const [one, two] = [await replica(address), await replica(address)];
    const ann = await one.backend.register();
    const events = await listen(two.url, ann);
    await untilListening(two.backend);
    const times: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const ms = await msUntil(events, () => one.backend.addTask(ann, `${turn}`));
      times.push(ms ?? Infinity);
      await sleep(30);
    }
    times.sort((a, b) => a - b);
    console.log(
      `      from replica to replica: ${times[10]!.toFixed(0)} ms, most ${times[19]!.toFixed(0)} ms`,
    );
    assert(times[19]! < 1000);
  });

  it("are caught up with after the connection that listens was cut", async () => {
    const address = await server().createDatabase("cut");
    const { backend, url } = await replica(address, { retryMs: 100 });
    const ann = await backend.register();
    const events = await listen(url, ann);
    await untilListening(backend);
    const heard = events.next(({ conversations }) => conversations === "any", 5000);
    await server().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN todo_changes'",
      "cut",
    );
    assert(await heard, "everything is to be loaded");
    await untilListening(backend);
    assert(await msUntil(events, () => backend.addTask(ann, "after")));
  });

  it("end cleanly when a replica stops, which then refuses streams", async () => {
    const { backend, url } = await replica(await server().createDatabase("stopping"));
    const ann = await backend.register();
    const events = await listen(url, ann);
    stopping = true;
    backend.changes.stop();
    assert.equal(await events.ended, true);
    const refused = await backend.send("GET", "/api/events", { as: ann });
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "1");
  });

  describe("behind PgBouncer in transaction mode", function () {
    needPooler(this);
    it("are polled for, which the log says once", async () => {
      await server().createDatabase("pooled");
      const pooler = await Pooler.start(server().port, "transaction");
      cleanups.push(() => pooler.stop());
      const times = { answerMs: 300, pollMs: 200, deafMs: 1000 };
      const { backend, url } = await replica(pooler.url("pooled"), times);
      const ann = await backend.register();
      const events = await listen(url, ann);
      await sleep(1000);
      assert.equal(backend.changes.isListening, false);
      assert(await msUntil(events, () => backend.addTask(ann, "milk")), "adding");
      const named = ({ conversations }: Json) => conversations === "any";
      assert(await msUntil(events, () => backend.chat(ann, "what is left?"), named), "chat");
      const said = backend.log.filter((line) => line.includes("polling for changes"));
      assert.equal(said.length, 1);
    });
  });
});
