import assert from "node:assert/strict";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

import { TestBackend, type Json, type Person } from "./support/backend.ts";

const site = "https://inspector.example.com";

describe("the MCP server", () => {
  let backend: TestBackend;
  let url: URL;
  let ann: Person;
  let bob: Person;
  const clients: Client[] = [];
  before(async () => {
    backend = await TestBackend.start({ allowedOrigins: [site] });
    url = new URL(`${await backend.listen()}/mcp`);
    ann = await backend.register();
    bob = await backend.register();
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await backend.stop();
  });

  async function connect(token: string): Promise<Client> {
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(url, {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    // The SDK's own types disagree about optional fields of transports.
    await client.connect(transport);
    clients.push(client);
    return client;
  }
  const call = async (client: Client, name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    const [{ text }] = result.content as Json;
    const value: Json = result.structuredContent ?? { error: text };
    return { isError: result.isError === true, value, result };
  };

  it("offers the five tools with the schemas of the chat's tools", async () => {
    const { tools } = await (await connect(ann.token)).listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      [...["add_task", "list_tasks", "complete_task", "update_task", "delete_task"]],
    );
    const remove = tools.find(({ name }) => name === "delete_task");
    assert.deepEqual(remove?.inputSchema.required, ["id"]);
    assert.equal(remove.annotations?.destructiveHint, true);
    const idempotent = tools.filter(({ annotations }) => annotations?.idempotentHint);
    assert.deepEqual(
      idempotent.map(({ name }) => name),
      ["list_tasks", "complete_task", "update_task", "delete_task"],
    );
    assert.deepEqual(Object.keys(remove.outputSchema?.properties ?? {}), ["deleted"]);
    assert(tools.every(({ outputSchema }) => outputSchema?.type === "object"));
    assert.equal(tools.find(({ name }) => name === "list_tasks")?.annotations?.readOnlyHint, true);
    assert.doesNotMatch(JSON.stringify(tools), /user/i);
  });

  it("promises nothing that it never sends", async () => {
    const client = await connect(ann.token);
    assert.deepEqual(client.getServerCapabilities(), { tools: { listChanged: false } });
  });

  it("tells the date and the time zone, that of the token or of the request", async () => {
    const instructions = async (token: string, zone?: string) => {
      const headers = { authorization: `Bearer ${token}`, ...(zone && { "x-timezone": zone }) };
      const client = new Client({ name: "test", version: "1" });
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
      clients.push(client);
      return client.getInstructions() ?? "";
    };
    const day = (timeZone: string) =>
      new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone }).format();
    const { body } = await backend.send("POST", "/api/auth/tokens", {
      as: ann,
      body: { name: "script", scopes: ["read"] },
      headers: { "x-timezone": "Pacific/Kiritimati" },
    });
    for (const [token, zone, expected] of [
      [ann.token, undefined, "UTC"],
      [ann.token, "Asia/Tokyo", "Asia/Tokyo"],
      [body.token as string, undefined, "Pacific/Kiritimati"],
      [body.token as string, "Asia/Tokyo", "Asia/Tokyo"],
    ] as const) {
      const text = await instructions(token, zone);
      assert.ok(text.includes(day(expected)) && text.includes(expected), text);
    }
  });

  it("refuses pages of other origins", async () => {
    const from = async (origin: string, host = "localhost:8000") => {
      const headers = { origin, host, accept: "application/json, text/event-stream" };
      const body = { jsonrpc: "2.0", id: 1, method: "ping" };
      return (await backend.send("POST", "/mcp", { as: ann, body, headers })).status;
    };
    assert.equal(await from(site), 200);
    assert.equal(await from("http://localhost:8000"), 200);
    for (const origin of ["https://evil.example", "null", "http://localhost:8001", "x"]) {
      assert.equal(await from(origin), 403, origin);
    }
  });

  it("answers errors of the protocol as problems, as the document says", async () => {
    const body = { jsonrpc: "2.0", id: 1, method: "ping" };
    const accept = "application/json, text/event-stream";
    for (const [headers, status] of [
      [{ accept: "text/html" }, 406],
      [{ accept, "mcp-protocol-version": "1.0" }, 400],
    ] as const) {
      const refused = await backend.send("POST", "/mcp", { as: ann, body, headers });
      assert.equal(refused.status, status);
      assert.match(String(refused.headers["content-type"]), /^application\/problem\+json/);
      assert.match(refused.body.detail, /Not Acceptable|protocol version/i);
    }
  });

  it("lets a client in a browser send and read every header of the protocol", async () => {
    const headers = { origin: site, "access-control-request-method": "POST" };
    const preflight = await backend.send("OPTIONS", "/mcp", { headers });
    const listOf = (name: string, from: typeof preflight) =>
      String(from.headers[name]).split(", ").sort();
    assert.deepEqual(
      [
        "mcp-protocol-version",
        "mcp-session-id",
        "last-event-id",
        "authorization",
        "if-match",
      ].filter((name) => !listOf("access-control-allow-headers", preflight).includes(name)),
      [],
    );
    const refusal = await backend.send("POST", "/mcp", { headers: { origin: site } });
    assert.equal(refusal.status, 401);
    assert.deepEqual(listOf("access-control-expose-headers", refusal), [
      "etag",
      "link",
      "mcp-session-id",
      "retry-after",
      "www-authenticate",
      "x-next-cursor",
      "x-request-id",
    ]);
  });

  it("refuses a due date in another century with a sentence", async () => {
    const client = await connect(ann.token);
    const task = { title: "x", dueAt: "0026-11-29T00:00:00Z" };
    const answer = await client.callTool({ name: "add_task", arguments: task });
    assert.match(JSON.stringify(answer.content), /must be in the years 1900 to 2200/);
  });

  it("finds tasks without a time on their day, wherever they were added", async () => {
    const client = await connect((await backend.register()).token);
    await call(client, "add_task", { title: "on a day", dueOn: "2026-05-01" });
    const found = async (dueAfter: string, dueBefore: string) =>
      (await call(client, "list_tasks", { dueAfter, dueBefore })).value.tasks.length;
    for (const zone of ["Z", "+14:00", "-11:00"]) {
      const start = (day: string) => `2026-${day}T00:00:00${zone}`;
      assert.equal(await found(start("05-01"), start("05-02")), 1, zone);
      assert.equal(await found(start("04-30"), start("05-01")), 0, zone);
      assert.equal(await found(start("05-02"), start("05-03")), 0, zone);
    }
  });

  it("works on the list of the person whose token it gets", async () => {
    const client = await connect(ann.token);
    const { value } = await call(client, "add_task", { title: "from a client", priority: "high" });
    const { id } = value.task;
    await call(client, "update_task", { id, title: "renamed" });
    await call(client, "complete_task", { id });
    const listed = await call(client, "list_tasks", { status: "completed" });
    assert.deepEqual(listed.value.tasks, await backend.tasks(ann));
    assert.equal(listed.value.tasks[0].title, "renamed");
    assert.equal((await call(client, "delete_task", { id })).value.deleted.id, id);
    assert.deepEqual(await backend.tasks(ann), []);
  });

  it("tells what is wrong with a call", async () => {
    const client = await connect(ann.token);
    assert.equal((await call(client, "add_task", { title: "" })).isError, true);
    assert.equal((await call(client, "add_task", { title: "x", userId: bob.id })).isError, true);
    const missing = await call(client, "delete_task", { id: ann.id });
    assert.match(missing.value.error, /no task with this id/);
  });

  it("keeps to the person, whatever ids a client gives", async () => {
    const task = await backend.addTask(ann, "ann's own");
    const client = await connect(bob.token);
    for (const name of ["complete_task", "delete_task"]) {
      assert.equal((await call(client, name, { id: task.id })).isError, true);
    }
    assert.deepEqual((await call(client, "list_tasks", {})).value.tasks, []);
    assert.deepEqual(await backend.tasks(ann), [task]);
  });

  it("lets nobody in without a token", async () => {
    await assert.rejects(connect("nonsense"));
    assert.equal((await fetch(url, { method: "POST", body: "{}" })).status, 401);
  });

  it("has no sessions, and says so", async () => {
    for (const method of ["GET", "DELETE"] as const) {
      const answer = await backend.send(method, "/mcp", { as: ann });
      assert.deepEqual([answer.status, answer.headers["allow"]], [405, "POST"]);
    }
  });

  it("answers nonsense without falling over", async () => {
    for (const body of [{}, [], { jsonrpc: "2.0", id: 1, method: "no/such" }, { jsonrpc: "1.0" }]) {
      const { status } = await backend.send("POST", "/mcp", {
        as: ann,
        body,
        headers: { accept: "application/json, text/event-stream" },
      });
      assert.ok(status < 500);
    }
  });
});
