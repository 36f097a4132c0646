import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Agent } from "../src/agent/agent.ts";
import { BuiltinAgent } from "../src/agent/builtin/agent.ts";
import { RequestStore } from "../src/http/idempotency.ts";
import { readEvents, TestBackend, type Person } from "./support/backend.ts";

describe("a repeated request with an idempotency key", () => {
  let backend: TestBackend;
  let ann: Person;
  let agent: Agent;
  before(async () => {
    backend = await TestBackend.start({
      agent: () => ({ answer: (question) => agent.answer(question) }),
    });
  });
  beforeEach(async () => {
    agent = new BuiltinAgent();
    ann = await backend.register();
  });
  after(() => backend.stop());

  const post = (url: string, key: string, body: object, as = ann, accept = "application/json") =>
    backend.send("POST", url, { as, body, headers: { "idempotency-key": key, accept } });
  const add = (key: string, title: string, as = ann) => post("/api/tasks", key, { title }, as);
  const say = (key: string, message: string, accept?: string) =>
    post("/api/chat", key, { message }, ann, accept);
  const titles = async (as = ann) => (await backend.tasks(as)).map(({ title }) => title);

  it("adds a task once, also when both arrive together, at different replicas", async () => {
    const replica = await TestBackend.start({ database: backend.database });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        (turn % 2 === 0 ? backend : replica).send("POST", "/api/tasks", {
          as: ann,
          body: { title: "milk" },
          headers: { "idempotency-key": "k" },
        }),
      ),
    );
    await replica.app.close();
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    assert.deepEqual(await titles(), ["milk"]);
  });

  it("belongs to one user", async () => {
    const bob = await backend.register();
    const [mine, theirs] = [await add("k", "milk"), await add("k", "milk", bob)];
    assert.notEqual(mine.body.id, theirs.body.id);
    assert.deepEqual(await titles(bob), ["milk"]);
  });

  it("is refused when it is another request", async () => {
    await add("k", "milk");
    for (const other of [await add("k", "bread"), await say("k", "add bread")]) {
      assert.equal(other.status, 422);
      assert.match(other.body.detail, /use a new one/);
    }
    assert.deepEqual(await titles(), ["milk"]);
  });

  it("shows the task as it is now, and says when it was deleted", async () => {
    const { body } = await add("k", "milk");
    const url = `/api/tasks/${body.id}`;
    await backend.send("PATCH", url, { as: ann, body: { title: "oat milk" } });
    assert.equal((await add("k", "milk")).body.title, "oat milk");
    await backend.send("DELETE", url, { as: ann });
    assert.equal((await add("k", "milk")).status, 410);
    assert.deepEqual(await titles(), []);
  });

  it("gets the answer of the chat again, streamed or not", async () => {
    const first = await say("k", "add milk");
    assert.deepEqual((await say("k", "add milk")).body, first.body);
    const events = readEvents((await say("k", "add milk", "text/event-stream")).text);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["start", "tool", "delta", "done"],
    );
    assert.deepEqual(events.at(-1)?.data, first.body);
    assert.deepEqual(await titles(), ["milk"]);
  });

  it("waits for an answer that is on its way, and doesn't begin another", async () => {
    const builtin = agent;
    let asked = 0;
    agent = {
      answer: async (question) => {
        asked += 1;
        await sleep(100);
        return builtin.answer(question);
      },
    };
    const first = say("k", "add milk");
    await sleep(50);
    const second = await say("k", "add milk");
    assert.equal(second.status, 409);
    assert.equal(second.headers["retry-after"], "2");
    assert.deepEqual((await first).body, (await say("k", "add milk")).body);
    assert.equal(asked, 1);
  });

  it("may try again what failed without an effect, but not what failed half-way", async () => {
    const builtin = agent;
    const fail = (after: boolean): Agent => ({
      answer: async (question) => {
        if (after) await builtin.answer(question);
        throw new Error("broken");
      },
    });
    agent = fail(false);
    assert.equal((await say("k1", "add milk")).status, 500);
    agent = builtin;
    assert.equal((await say("k1", "add milk")).status, 200);

    agent = fail(true);
    assert.equal((await say("k2", "add bread")).status, 500);
    agent = builtin;
    assert.equal((await say("k2", "add bread")).status, 409);
    assert.deepEqual(await titles(), ["milk", "bread"]);
  });

  it("doesn't use up its key at the limit of tasks", async () => {
    const fill = "INSERT INTO todo.tasks (title) SELECT 'x' FROM generate_series(1, 10000)";
    await backend.database.query(ann.id, { name: "fill", text: fill });
    assert.equal((await add("k", "milk")).status, 409);
    await backend.database.query(ann.id, { name: "empty", text: "DELETE FROM todo.tasks" });
    assert.equal((await add("k", "milk")).status, 201);
  });

  it("is remembered for a day", async () => {
    const requests = new RequestStore(backend.database);
    const age = async (hours: number) => {
      const text = "UPDATE todo.requests SET created_at = now() - make_interval(hours => $1)";
      await backend.database.query(ann.id, { name: "age", text }, [hours]);
      await requests.tidy();
    };
    const { body } = await add("k", "milk");
    await age(23);
    assert.equal((await add("k", "milk")).body.id, body.id);
    await age(25);
    assert.notEqual((await add("k", "milk")).body.id, body.id);
  });

  for (const key of ["", "a b", "x".repeat(101), "é"]) {
    it(`is refused with the key "${key.slice(0, 10)}"`, async () => {
      assert.equal((await add(key, "milk")).status, 400);
    });
  }
});
