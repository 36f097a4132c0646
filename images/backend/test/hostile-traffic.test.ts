import { maximumTextBytes } from "../src/tasks/statements.ts";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import type { Agent } from "../src/agent/agent.ts";
import { TestBackend, type BackendOptions, type Json, type Person } from "./support/backend.ts";

const KiB = 1024;

describe("what one person can store", () => {
  let backend: TestBackend;
  before(async () => {
    backend = await TestBackend.start();
  });
  after(() => backend.stop());

  /** Tasks of 2000 characters each. */
  const fill = (person: Person, count: number, character = "x") =>
    backend.database.query(
      person.id,
      {
        name: `fill ${character}`,
        text: `INSERT INTO todo.tasks (title, description)
          SELECT 't' || n, repeat($2, 2000) FROM generate_series(1, $1::int) n`,
      },
      [count, character],
    );

  it("is 2 MiB of titles and descriptions", async () => {
    const ann = await backend.register();
    await fill(ann, 1044);
    const add = (description: string) =>
      backend.send("POST", "/api/tasks", { as: ann, body: { title: "last", description } });
    const refused = await add("x".repeat(1500));
    assert.equal(refused.status, 409);
    assert.match(refused.body.detail, /2 MiB/);
    const { status, body } = await add("short");
    assert.equal(status, 201);

    const patch = async (change: object) =>
      (await backend.send("PATCH", `/api/tasks/${body.id}`, { as: ann, body: change })).status;
    assert.equal(await patch({ description: "x".repeat(1500) }), 409);
    assert.equal(await patch({ description: "longer" }), 200);
    assert.equal(await patch({ completed: true }), 200);
    assert.equal(await patch({ description: "" }), 200);
    assert.equal(
      (await backend.send("PATCH", `/api/tasks/${ann.id}`, { as: ann, body: { title: "x" } }))
        .status,
      404,
    );
  });

  it("can still become less when it is too much already", async () => {
    const ann = await backend.register();
    await fill(ann, 1100);
    const [task] = await backend.tasks(ann);
    const change = (description: string) =>
      backend.send("PATCH", `/api/tasks/${task?.id ?? ""}`, { as: ann, body: { description } });
    assert.equal((await change("x".repeat(1999))).status, 200);
    assert.equal((await change("x".repeat(2000))).status, 409);
  });

  for (const [kind, character, bytes] of [
    ["two bytes", "ж", 2],
    ["six bytes in JSON", "\u0001", 6],
  ] as const) {
    it(`counts characters of ${kind} as that many`, async () => {
      const ann = await backend.register();
      const fits = Math.floor(maximumTextBytes / (2000 * bytes + 8)) - 1;
      await fill(ann, fits, character);
      const add = async (description: string) =>
        (await backend.send("POST", "/api/tasks", { as: ann, body: { title: "x", description } }))
          .status;
      assert.equal(await add("x"), 201);
      assert.equal(await add(`x${character.repeat(1998)}x`), 201);
      assert.equal(await add(`x${character.repeat(1998)}x`), 409);
      const { text } = await backend.send("GET", "/api/tasks", { as: ann });
      assert.ok(Buffer.byteLength(text) < 640 * KiB, String(Buffer.byteLength(text)));
    });
  }

  describe("and get back at once", () => {
    let ann: Person;
    before(async () => {
      ann = await backend.register();
      await fill(ann, 60, "ж");
      await fill(ann, 800, "");
    });

    it("is the first 64 KiB of a list, in a chat, and how long it is", async () => {
      const { body } = await backend.chat(ann, "list all my tasks");
      const [{ result }] = body.toolCalls;
      assert.equal(result.total, 860);
      assert.ok(result.tasks.length > 10 && result.tasks.length < 300, result.tasks.length);
      assert.ok(JSON.stringify(result).length <= 64 * KiB);
      assert.match(body.reply, /^You have 860 tasks; the first \d+ are:\n1\. /);
      assert.equal(
        (await backend.chat(ann, "how many tasks do I have?")).body.reply,
        "You have 860 open tasks.",
      );
    });

    it("is 640 KiB of lists for a message that asks for a hundred", async () => {
      const { body, text } = await backend.chat(ann, "list all my tasks\n".repeat(100));
      assert.ok(Buffer.byteLength(text) < 1000 * KiB, String(text.length));
      assert.ok(body.reply.length < 65_000);
      assert.match(body.reply, /send the rest in another message/);
      const path = `/api/conversations/${body.conversationId}/messages`;
      assert.equal((await backend.send("GET", path, { as: ann })).body.length, 2);
    });

    it("is 64 000 characters of a reply", async () => {
      const bob = await backend.register();
      await backend.database.query(
        bob.id,
        {
          name: "fill titles",
          text: `INSERT INTO todo.tasks (title) SELECT n || repeat('x', 190) FROM generate_series(1, 400) n`,
        },
        [],
      );
      const { body } = await backend.chat(bob, "list all my tasks\n".repeat(5));
      assert.ok(body.reply.length > 50_000 && body.reply.length < 65_000, body.reply.length);
      assert.match(body.reply, /send the rest in another message/);
    });

    it("is 640 KiB of lists for a batch of a hundred calls of tools", async () => {
      const call = { jsonrpc: "2.0", method: "tools/call", params: { name: "list_tasks" } };
      const { status, body, text } = await backend.send("POST", "/mcp", {
        as: ann,
        body: Array.from({ length: 100 }, (_, id) => ({ ...call, id })),
        headers: { accept: "application/json, text/event-stream" },
      });
      assert.equal(status, 200);
      assert.ok(text.length < 3000 * KiB, String(text.length));
      assert.equal(body.length, 100);
      const refused = body.filter(({ result }: Json) => result.isError);
      assert.match(refused.at(-1).result.content[0].text, /too much at once/);
    });

    it("changes every task of a full list at once, after a question", async () => {
      const asked = await backend.chat(ann, "complete all my tasks");
      assert.equal((await backend.tasks(ann, "?status=completed")).length, 0);
      const { conversationId } = asked.body;
      const { body } = await backend.chat(ann, "yes", conversationId);
      assert.equal(body.toolCalls.filter(({ result }: Json) => "error" in result).length, 0);
      assert.equal((await backend.tasks(ann, "?status=completed")).length, 860);
    }).timeout(30_000);

    it("is 512 KiB of a conversation, the end of it", async () => {
      const { body } = await backend.chat(ann, "list all my tasks");
      await backend.database.query(
        ann.id,
        {
          name: "copy answers",
          text: `INSERT INTO todo.messages (conversation_id, role, content, tool_calls)
            SELECT conversation_id, role, position || '+' || n, tool_calls
            FROM todo.messages, generate_series(1, 50) n
            WHERE conversation_id = $1 AND role = 'assistant'`,
        },
        [body.conversationId],
      );
      const path = `/api/conversations/${body.conversationId}/messages`;
      const { body: messages, text } = await backend.send("GET", path, { as: ann });
      assert.ok(text.length < 520 * KiB, String(text.length));
      assert.ok(messages.length > 3 && messages.length < 20, messages.length);
      assert.equal(messages.at(-1).role, "assistant");
      assert.equal((await backend.chat(ann, "rename 1 to first", body.conversationId)).status, 200);
    });
  });
});

describe("traffic", () => {
  let first: TestBackend;
  const running: TestBackend[] = [];
  before(async () => {
    first = await TestBackend.start();
  });
  after(() => first.stop());
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ app }) => app.close()));
  });
  async function start(options: BackendOptions): Promise<TestBackend> {
    const backend = await TestBackend.start({ ...options, database: first.database });
    running.push(backend);
    return backend;
  }

  /** Answers when it is told to. */
  function waitingAgent() {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const agent: Agent = {
      answer: async () => {
        await promise;
        return { reply: "now", toolCalls: [], agent: "builtin", degraded: false, state: null };
      },
    };
    return {
      agent,
      goOn: () => {
        resolve(undefined);
      },
    };
  }

  for (const [whose, limits, refusal] of [
    ["one person", { bytesEach: 60 * KiB }, 429],
    ["all together", { totalBytes: 60 * KiB }, 503],
  ] as const) {
    it(`counts bodies of ${whose} by what they say they have, or by the most`, async () => {
      const backend = await start({ traffic: limits });
      const ann = await backend.register();
      const post = async (headers: Record<string, string>) =>
        (
          await backend.send("POST", "/api/tasks", {
            as: ann,
            body: '{"title":"x"}',
            headers: { "content-type": "application/json", ...headers },
          })
        ).status;
      assert.equal(await post({}), 201);
      assert.equal(await post({ "transfer-encoding": "chunked" }), refusal);
      assert.equal(await post({ "content-length": String(50 * KiB) }), refusal);
      assert.equal(backend.traffic.bytes, 0);
    });
  }

  it("counts large answers, and expects the next one to be as large", async () => {
    const backend = await start({ traffic: { bytesEach: 110 * KiB } });
    const ann = await backend.register();
    for (let task = 0; task < 20; task += 1)
      await backend.addTask(ann, "x", { description: "x".repeat(1500) });
    const read = () => backend.send("GET", "/api/tasks", { as: ann });
    assert.equal((await read()).status, 200);
    const statuses = (await Promise.all(Array.from({ length: 6 }, read))).map(
      ({ status }) => status,
    );
    assert.deepEqual(statuses, [200, 200, 429, 429, 429, 429]);
    for (let task = 0; task < 50; task += 1)
      await backend.addTask(ann, "x", { description: "x".repeat(1500) });
    const { status, headers, body } = await read();
    assert.deepEqual([status, headers["retry-after"], body.status], [429, "2", 429]);
    assert.equal(backend.traffic.bytes, 0);
  });

  it("on one connection has an end", async () => {
    const backend = await start({});
    const url = await backend.listen();
    const socket = ask(url, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200));
    let answers = "";
    socket.on("data", (data: Buffer) => (answers += data.toString())).resume();
    await closed(socket);
    assert.ok(answers.split("HTTP/1.1 200").length <= 65);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  /** A list of half a megabyte, asked for so often that the kernel can't take the answers. */
  async function manyLargeAnswers(backend: TestBackend): Promise<{ url: string; text: string }> {
    const ann = await backend.register();
    await backend.database.query(ann.id, {
      name: "fill",
      text: `INSERT INTO todo.tasks (title, description)
        SELECT 't', repeat('x', 2000) FROM generate_series(1, 250)`,
    });
    const text = `GET /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ann.token}\r\n\r\n`;
    return { url: await backend.listen(), text: text.repeat(40) };
  }

  it("ends for clients that take nothing of their answers", async () => {
    const backend = await start({
      traffic: { bytesEach: Infinity, totalBytes: Infinity, stallMs: 300 },
    });
    const { url, text } = await manyLargeAnswers(backend);
    const socket = ask(url, text);
    while (backend.traffic.bytes < 1000 * KiB) await sleep(10);
    while (backend.traffic.bytes > 0) await sleep(20);
    socket.destroy();
  });

  it("gives back the room of requests whose client goes away", async () => {
    const { agent, goOn } = waitingAgent();
    const backend = await start({ agent: () => agent });
    const [url, ann] = [await backend.listen(), await backend.register()];
    const body = '{"message":"hi"}';
    const one = `POST /api/chat HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ann.token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const socket = ask(url, one.repeat(5));
    while (backend.traffic.bytes < 5 * 256 * KiB) await sleep(5);
    socket.destroy();
    while (backend.traffic.bytes > 0) await sleep(5);
    goOn();
  });

  it("of people who have not signed in has small bodies", async () => {
    const backend = await start({});
    for (const path of ["/api/auth/register", "/api/auth/login"]) {
      const body = { email: "a@example.com", password: "x".repeat(4100) };
      assert.equal((await backend.send("POST", path, { body })).status, 413);
    }
  });

  for (const [framing, header, body] of [
    ["with its length", "content-length: 5000000", "x".repeat(5_000_000)],
    ["in chunks", "transfer-encoding: chunked", `4c4b40\r\n${"x".repeat(5_000_000)}\r\n0\r\n\r\n`],
  ] as const) {
    it(`is told that a body is too large even if it reads only after sending: ${framing}`, async () => {
      const backend = await start({});
      const [url, ann] = [await backend.listen(), await backend.register()];
      const head = `POST /api/tasks HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${ann.token}\r\ncontent-type: application/json\r\n${header}\r\n\r\n`;
      for (let n = 0; n < 15; n++) {
        const socket = connect(Number(new URL(url).port), "127.0.0.1").pause();
        await new Promise<void>((resolve, reject) => {
          socket.on("error", reject).write(head + body, () => {
            resolve();
          });
        });
        const [answer] = (await once(socket.resume(), "data")) as [Buffer];
        assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
        socket.destroy();
      }
    });
  }

  it("may not go on sending a body that is too large for ever", async () => {
    const timeLimits = { headersMs: 500, requestMs: 1000, checkMs: 100 };
    const backend = await start({ timeLimits });
    const [url, ann] = [await backend.listen(), await backend.register()];
    const head =
      `POST /api/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ann.token}\r\n` +
      "content-type: application/json\r\ncontent-length: 5000000\r\n\r\n";
    const socket = ask(url, head).resume();
    const trickle = setInterval(() => socket.write("x"), 50);
    await closed(socket);
    clearInterval(trickle);
  });

  it("comes over a bounded number of connections", async () => {
    const backend = await start({});
    await backend.listen();
    assert.equal(backend.app.server.maxConnections, 2000);
  });
});

/** Opens a connection, sends this, and reads nothing until it is told to. */
function ask(url: string, text: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").pause();
  socket.on("error", () => undefined).write(text);
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}
