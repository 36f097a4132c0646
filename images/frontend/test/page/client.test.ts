import assert from "node:assert/strict";

import { ApiError, createApi } from "../../src/api/client.ts";
import type { ChatEvent } from "../../src/api/types.ts";

interface Asked {
  readonly path: string;
  readonly init: RequestInit;
}

/** The client, with a server that gives the same answer to everything. */
function rig(answer: () => Response | Promise<Response>, token: string | undefined = "t0ken") {
  const asked: Asked[] = [];
  const reached: boolean[] = [];
  let expired = 0;
  const api = createApi({
    fetch: (path, init = {}) => {
      asked.push({ path: path as string, init });
      return Promise.resolve().then(answer);
    },
    token: () => token,
    timezone: () => "Europe/Paris",
    renew: () => Promise.resolve(false),
    onExpired: () => expired++,
    onReach: (there) => reached.push(there),
  });
  return { api, asked, reached, expired: () => expired };
}

const problem = (status: number, detail: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ title: "T", status, detail }), { status, headers });

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  assert(error instanceof ApiError);
  return error;
}

const view = { status: "all", q: "", sort: "due" } as const;

describe("the client of the API", () => {
  it("says who asks, and in which time zone", async () => {
    const { api, asked } = rig(() => Response.json([]));
    await api.tasks(view, 100);
    const headers = new Headers(asked[0]?.init.headers);
    assert.equal(asked[0]?.path, "/api/tasks?status=all&q=&sort=due&limit=100");
    assert.equal(headers.get("authorization"), "Bearer t0ken");
    assert.equal(headers.get("x-timezone"), "Europe/Paris");
    assert.equal(headers.get("accept"), "application/json");
  });

  it("keeps an id from being more than a part of a path", async () => {
    const { api, asked } = rig(() => new Response(null, { status: 204 }));
    await api.deleteTask("../chat?x=#");
    assert.equal(asked[0]?.path, "/api/tasks/..%2Fchat%3Fx%3D%23");
  });

  it("sends the version that a change is based on, and reads what is there now", async () => {
    const current = { id: "a", title: "theirs", version: 4 };
    const { api, asked } = rig(() => Response.json({ title: "T", current }, { status: 409 }));
    const error = await errorOf(api.editTask("a", { title: "mine" }, 3));
    assert.equal(new Headers(asked[0]?.init.headers).get("if-match"), '"3"');
    assert.deepEqual(error.current, current);
    await errorOf(api.editTask("a", { title: "mine" }));
    assert.equal(new Headers(asked[1]?.init.headers).has("if-match"), false);
  });

  it("sends changes to their end when the page is left, and nothing else", async () => {
    const { api, asked } = rig(() => Response.json({}));
    await api.editTask("a", { title: "mine" });
    await api.deleteTask("a");
    await api.editTask("a", { description: "ä".repeat(10_000) });
    await api.tasks(view, 100);
    await Array.fromAsync(api.chat("add milk", "c1", "k1", new AbortController().signal));
    assert.deepEqual(
      asked.map(({ init }) => init.keepalive),
      [true, true, false, false, false],
    );
  });

  it("gives the server's own words for an error", async () => {
    const { api, reached } = rig(() => problem(409, "There is an account already."));
    const error = await errorOf(api.register({ email: "a@b.c", password: "12345678" }));
    assert.equal(error.status, 409);
    assert.equal(error.message, "There is an account already.");
    assert.equal(error.isUnavailable, false);
    assert.deepEqual(reached, [true]);
  });

  it("says how long to wait", async () => {
    const { api } = rig(() => problem(429, "Slower.", { "retry-after": "12" }));
    assert.equal((await errorOf(api.tasks(view, 100))).retryAfterSeconds, 12);
  });

  for (const status of [502, 503, 504]) {
    it(`takes ${status} for a server that is away`, async () => {
      const { api, reached } = rig(() => problem(status, "Away."));
      assert.equal((await errorOf(api.tasks(view, 100))).isUnavailable, true);
      assert.deepEqual(reached, [false]);
    });
  }

  it("takes no answer at all for a server that is away", async () => {
    const { api, reached } = rig(() => Promise.reject(new TypeError("Failed to fetch")));
    const error = await errorOf(api.tasks(view, 100));
    assert.equal(error.status, 0);
    assert.equal(error.isUnavailable, true);
    assert.deepEqual(reached, [false]);
  });

  it("takes an error page of something in between for what it is", async () => {
    const { api } = rig(() => new Response("<h1>Teapot</h1>", { status: 418 }));
    assert.equal((await errorOf(api.tasks(view, 100))).message, "The server answered 418.");
  });

  it("reports the end of the session, but not a wrong password", async () => {
    const refused = () => problem(401, "No.");
    const session = rig(refused);
    await errorOf(session.api.tasks(view, 100));
    assert.equal(session.expired(), 1);
    const signIn = rig(refused);
    await errorOf(signIn.api.login({ email: "a@b.c", password: "wrong" }));
    assert.equal(signIn.expired(), 0, "a wrong password while signing in again ends nothing");
  });
});

describe("chatting", () => {
  const events = async (response: () => Response) => {
    const { api, asked } = rig(response);
    const stream = api.chat("add milk", "c1", "k1", new AbortController().signal);
    return { events: await Array.fromAsync(stream), asked };
  };
  const answer = { conversationId: "c1", reply: "Yes.", toolCalls: [], agent: "builtin" } as const;

  it("reads a streamed answer", async () => {
    const call = { name: "list_tasks", arguments: {}, result: { tasks: [] } };
    const body = [
      `event: start\ndata: {"conversationId":"c1"}`,
      `: still here`,
      `event: tool\ndata: ${JSON.stringify(call)}`,
      `event: delta\ndata: {"text":"Ye"}`,
      `event: news\ndata: {"from":"the future"}`,
      `event: done\ndata: ${JSON.stringify(answer)}`,
    ].join("\n\n");
    const headers = { "content-type": "text/event-stream; charset=utf-8" };
    const got = await events(() => new Response(`${body}\n\n`, { headers }));
    assert.deepEqual(got.events, [
      { type: "start", conversationId: "c1" },
      { type: "tool", call },
      { type: "delta", text: "Ye" },
      { type: "done", answer },
    ] satisfies ChatEvent[]);
    const { init } = got.asked[0]!;
    assert.equal(init.body, '{"message":"add milk","conversationId":"c1"}');
    assert.equal(new Headers(init.headers).get("accept"), "text/event-stream");
  });

  it("reads an answer that comes whole", async () => {
    const got = await events(() => Response.json(answer));
    assert.deepEqual(got.events, [{ type: "done", answer }]);
  });

  it("reads an error in the middle", async () => {
    const data = JSON.stringify({ title: "T", status: 503, detail: "Gone." });
    const headers = { "content-type": "text/event-stream" };
    const got = await events(() => new Response(`event: error\ndata: ${data}\n\n`, { headers }));
    assert.deepEqual(got.events, [
      { type: "error", problem: { title: "T", status: 503, detail: "Gone." } },
    ]);
  });

  it("fails before the first event when the server refuses", async () => {
    const { api } = rig(() => problem(429, "Slower."));
    const stream = api.chat("x", undefined, "k1", new AbortController().signal);
    assert.equal((await errorOf(stream.next())).status, 429);
  });

  it("does not take being stopped for a server that is away", async () => {
    const stop = new AbortController();
    const { api, reached } = rig(() => {
      stop.abort();
      return Promise.reject(new DOMException("stopped", "AbortError"));
    });
    await assert.rejects(api.chat("x", undefined, "k1", stop.signal).next(), {
      name: "AbortError",
    });
    assert.deepEqual(reached, []);
  });
});
