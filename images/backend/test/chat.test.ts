import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { Agent } from "../src/agent/agent.ts";
import { readEvents, TestBackend, type Person } from "./support/backend.ts";

describe("the chat", () => {
  let backend: TestBackend;
  let ann: Person;
  let bob: Person;
  before(async () => {
    backend = await TestBackend.start();
    ann = await backend.register();
    bob = await backend.register();
  });
  after(() => backend.stop());

  it("does what it is told and tells which tools it called", async () => {
    const { status, body } = await backend.chat(ann, "add buy milk, high priority");
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ["conversationId", "reply", "toolCalls", "agent"]);
    assert.equal(body.agent, "builtin");
    assert.equal(body.reply, 'Added "buy milk" (high priority).');
    const [call] = body.toolCalls;
    assert.deepEqual(call.arguments, { title: "buy milk", priority: "high" });
    assert.deepEqual(await backend.tasks(ann), [call.result.task]);
  });

  it("remembers what was said in a conversation", async () => {
    const first = await backend.chat(ann, "add call mom");
    const { conversationId } = first.body;
    const second = await backend.chat(ann, "make it urgent", conversationId);
    assert.equal(second.body.conversationId, conversationId);
    assert.equal(second.body.toolCalls[0].name, "update_task");
    const { body: messages } = await backend.send(
      "GET",
      `/api/conversations/${conversationId}/messages`,
      { as: ann },
    );
    assert.deepEqual(
      messages.map(({ role, content, agent }: Record<string, unknown>) => [role, content, agent]),
      [
        ["user", "add call mom", null],
        ["assistant", first.body.reply, "builtin"],
        ["user", "make it urgent", null],
        ["assistant", second.body.reply, "builtin"],
      ],
    );
    assert.deepEqual(messages[3].toolCalls, second.body.toolCalls);
    assert.deepEqual(Object.keys(messages[0]), [
      "id",
      "role",
      "content",
      "toolCalls",
      "agent",
      "createdAt",
    ]);
  });

  it("reads dates in the person's time zone", async () => {
    const answer = await backend.send("POST", "/api/chat", {
      as: ann,
      body: { message: "add pay rent on 2026-12-24 at 5pm" },
      headers: { "x-timezone": "America/New_York" },
    });
    assert.equal(answer.body.toolCalls[0].result.task.dueAt, "2026-12-24T22:00:00.000Z");
    const bad = await backend.send("POST", "/api/chat", {
      as: ann,
      body: { message: "hi" },
      headers: { "x-timezone": "Mars/Olympus" },
    });
    assert.equal(bad.status, 400);
  });

  it("streams the answer as events whose pieces make up the whole", async () => {
    const answer = await backend.send("POST", "/api/chat", {
      as: ann,
      body: { message: "add buy bread and call the bank" },
      headers: { accept: "text/event-stream" },
    });
    assert.equal(answer.headers["content-type"], "text/event-stream; charset=utf-8");
    assert.equal(answer.headers["cache-control"], "no-store");
    const events = readEvents(answer.text);
    assert.deepEqual(
      [...new Set(events.map(({ event }) => event))],
      ["start", "tool", "delta", "done"],
    );
    const done = events.at(-1)?.data;
    assert.equal(events[0]?.data.conversationId, done.conversationId);
    assert.deepEqual(
      events.filter(({ event }) => event === "tool").map(({ data }) => data),
      done.toolCalls,
    );
    const pieces = events.filter(({ event }) => event === "delta").map(({ data }) => data.text);
    assert.equal(pieces.join(""), done.reply);
  });

  it("refuses with a status, not with an event, what can't begin", async () => {
    const answer = await backend.send("POST", "/api/chat", {
      as: ann,
      body: { message: "hi", conversationId: randomUUID() },
      headers: { accept: "text/event-stream" },
    });
    assert.equal(answer.status, 404);
    assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
  });

  it("tells of a fault in the middle of a stream by an event", async () => {
    const broken: Agent = {
      answer: (question) => {
        question.onText("half of ");
        return Promise.reject(new Error("secret detail"));
      },
    };
    const other = await TestBackend.start({ database: backend.database, agent: () => broken });
    const answer = await other.send("POST", "/api/chat", {
      as: ann,
      body: { message: "hi" },
      headers: { accept: "text/event-stream" },
    });
    const events = readEvents(answer.text);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["start", "delta", "error"],
    );
    assert.equal(events[2]?.data.status, 500);
    assert.doesNotMatch(answer.text, /secret detail/);
    await other.app.close();
  });

  it("goes on to the end, and into the history, when nobody listens any more", async () => {
    const slow: Agent = {
      answer: async (question) => {
        question.onText("one ");
        await sleep(300);
        question.onText("two");
        return { reply: "one two", toolCalls: [], agent: "builtin", degraded: false, state: null };
      },
    };
    const other = await TestBackend.start({ database: backend.database, agent: () => slow });
    const url = await other.listen();
    const client = new AbortController();
    const response = await fetch(`${url}/api/chat`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${ann.token}`,
        "content-type": "application/json",
        accept: "text/event-stream",
      },
      body: JSON.stringify({ message: "hi" }),
      signal: client.signal,
    });
    const { value } = (await response.body?.getReader().read()) ?? {};
    const [start] = readEvents(new TextDecoder().decode(value));
    client.abort();
    await sleep(500);
    const path = `/api/conversations/${start?.data.conversationId}/messages`;
    const { body } = await other.send("GET", path, { as: ann });
    assert.equal(body[1].content, "one two");
    await other.app.close();
  });

  it("keeps conversations from others", async () => {
    const { body } = await backend.chat(ann, "add a secret plan");
    const url = `/api/conversations/${body.conversationId}`;
    assert.equal((await backend.send("GET", `${url}/messages`, { as: bob })).status, 404);
    assert.equal((await backend.send("DELETE", url, { as: bob })).status, 404);
    assert.equal((await backend.chat(bob, "hi", body.conversationId)).status, 404);
    assert.deepEqual((await backend.send("GET", "/api/conversations", { as: bob })).body, []);
    assert.equal((await backend.send("GET", `${url}/messages`, { as: ann })).body.length, 2);
  });

  it("lists conversations, the last used first, under the beginning of the first message", async () => {
    const cy = await backend.register();
    const long = `add ${"very ".repeat(30)}long`;
    const one = await backend.chat(cy, long);
    await backend.chat(cy, "what's left?");
    await backend.chat(cy, "thanks", one.body.conversationId);
    const { body } = await backend.send("GET", "/api/conversations", { as: cy });
    assert.deepEqual(
      body.map(({ title }: { title: string }) => title),
      [`${long.slice(0, 59)}…`, "what's left?"],
    );
    assert.deepEqual(Object.keys(body[0]), ["id", "title", "createdAt", "updatedAt"]);
  });

  it("renames a conversation, which stays where it is in the list", async () => {
    const eve = await backend.register();
    const one = await backend.chat(eve, "add buy milk");
    await backend.chat(eve, "what's left?");
    const url = `/api/conversations/${one.body.conversationId}`;
    const body = { title: " Groceries " };
    const renamed = await backend.send("PATCH", url, { as: eve, body });
    assert.equal(renamed.body.title, "Groceries");
    const list = (await backend.send("GET", "/api/conversations", { as: eve })).body;
    assert.deepEqual(list[1], renamed.body);
    assert.equal((await backend.send("PATCH", url, { as: bob, body })).status, 404);
    const empty = await backend.send("PATCH", url, { as: eve, body: { title: " " } });
    assert.equal(empty.status, 400);
  });

  it("finds conversations by their titles and messages", async () => {
    const fay = await backend.register();
    await backend.chat(fay, "add buy oat milk");
    const two = await backend.chat(fay, "hello");
    await backend.chat(fay, "add 100% cotton", two.body.conversationId);
    const find = async (q: string) => {
      const url = `/api/conversations?q=${encodeURIComponent(q)}`;
      const { body } = await backend.send("GET", url, { as: fay });
      return body.map(({ title }: { title: string }) => title);
    };
    assert.deepEqual(await find("OAT"), ["add buy oat milk"]);
    assert.deepEqual(await find("0% cot"), ["hello"]);
    assert.deepEqual(await find("zebra"), []);
    assert.equal(
      (await backend.send("GET", "/api/conversations?q=oat", { as: bob })).body.length,
      0,
    );
  });

  it("deletes a conversation with all its messages", async () => {
    const { body } = await backend.chat(ann, "hello");
    const url = `/api/conversations/${body.conversationId}`;
    assert.equal((await backend.send("DELETE", url, { as: ann })).status, 204);
    assert.equal((await backend.send("GET", `${url}/messages`, { as: ann })).status, 404);
    assert.equal((await backend.send("DELETE", url, { as: ann })).status, 404);
  });

  it("slows down who writes too fast", async () => {
    const dan = await backend.register();
    const statuses = [];
    for (let message = 0; message < 32; message += 1) {
      statuses.push((await backend.chat(dan, "hi")).status);
    }
    assert.deepEqual(statuses.slice(0, 30), Array<number>(30).fill(200));
    assert.ok(statuses.includes(429));
  });

  for (const body of [
    {},
    { message: "" },
    { message: "x".repeat(4001) },
    { message: "x", conversationId: "1" },
  ]) {
    it(`refuses ${JSON.stringify(body).slice(0, 40)}`, async () => {
      assert.equal((await backend.send("POST", "/api/chat", { as: bob, body })).status, 400);
    });
  }
});
