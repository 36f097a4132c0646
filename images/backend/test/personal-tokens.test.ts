import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

import { TestBackend, type Json, type Person } from "./support/backend.ts";

describe("personal access tokens", () => {
  let backend: TestBackend;
  let replica: TestBackend;
  let url: URL;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
    replica = await TestBackend.start({ database: backend.database });
    url = new URL(`${await backend.listen()}/mcp`);
  });
  beforeEach(async () => {
    ann = await backend.register();
  });
  after(async () => {
    await replica.app.close();
    await backend.stop();
  });

  const create = async (scopes: readonly string[], more: object = {}, as = ann): Promise<Json> =>
    (
      await backend.send("POST", "/api/auth/tokens", {
        as,
        body: { name: "script", scopes, ...more },
        headers: { "x-timezone": "Asia/Tokyo" },
      })
    ).body;
  const holder = (token: string): Person => ({ ...ann, token });
  const list = async (as = ann): Promise<Json> =>
    (await backend.send("GET", "/api/auth/tokens", { as })).body;
  const mcp = async (token: string): Promise<Client> => {
    const client = new Client({ name: "test", version: "1" });
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    return client;
  };

  it("are shown once, and listed without the token", async () => {
    const { token, ...rest } = await create(["write"], { days: 30 });
    assert.match(token, /^todo_pat_[0-9a-z]{50}$/);
    assert.deepEqual(rest.scopes, ["read", "write"]);
    assert.equal(rest.lastUsedAt, null);
    const days = (Date.parse(rest.expiresAt) - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days <= 30.01, String(days));
    assert.deepEqual(await list(), [rest]);
    const rows = await backend.database.asOwner((sql) =>
      sql(
        "SELECT json_agg(t)::text || (SELECT json_agg(g)::text FROM todo.grants g) AS all FROM todo.grant_tokens t",
      ),
    );
    assert.doesNotMatch(JSON.stringify(rows), /todo_pat_/);
    assert.doesNotMatch(backend.log.join(""), /todo_pat_/);
  });

  it("work for the API and MCP, and tell when they were used", async () => {
    const { token } = await create(["read", "write"]);
    await backend.addTask(holder(token), "by a script");
    const client = await mcp(token);
    const { tasks } = (await client.callTool({ name: "list_tasks", arguments: {} }))
      .structuredContent as Json;
    assert.deepEqual(tasks, await backend.tasks(ann));
    await client.close();
    const [listed] = await list();
    assert.ok(Date.now() - Date.parse(listed.lastUsedAt) < 5000);
  });

  it("with the scope read change nothing, in the API or by MCP", async () => {
    const task = await backend.addTask(ann, "milk");
    const { token } = await create(["read"]);
    const as = holder(token);
    assert.deepEqual(await backend.tasks(as), [task]);
    assert.equal((await backend.send("GET", "/api/account/export.json", { as })).status, 200);
    for (const [method, path, body] of [
      ["POST", "/api/tasks", { title: "x" }],
      ["PATCH", `/api/tasks/${task.id}`, { title: "x" }],
      ["DELETE", `/api/tasks/${task.id}`, undefined],
      ["POST", "/api/chat", { message: "add x" }],
    ] as const) {
      const refused = await backend.send(method, path, { as, body });
      assert.equal(refused.status, 403, path);
      assert.match(refused.body.detail, /needs `write`/);
      assert.match(String(refused.headers["www-authenticate"]), /error="insufficient_scope"/);
    }
    const client = await mcp(token);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    assert.deepEqual(names, ["list_tasks"]);
    await assert.rejects(
      client.callTool({ name: "delete_task", arguments: { id: task.id } }),
      /403/,
    );
    const batch = [{ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "add_task" } }];
    assert.equal((await backend.send("POST", "/mcp", { as, body: batch })).status, 403);
    await client.close();
    assert.deepEqual(await backend.tasks(ann), [task]);
  });

  it("can't manage the account, nor give themselves more", async () => {
    const { id, token } = await create(["read", "write"]);
    const as = holder(token);
    const body = { name: "more", scopes: ["write"] };
    for (const [method, path, given] of [
      ["POST", "/api/auth/tokens", body],
      ["GET", "/api/auth/tokens", undefined],
      ["DELETE", `/api/auth/tokens/${id}`, undefined],
      ["GET", "/api/auth/sessions", undefined],
      ["DELETE", "/api/auth/sessions", undefined],
      ["POST", "/api/auth/logout", undefined],
      ["POST", "/api/auth/password", { password: "correct horse", newPassword: "new battery" }],
      ["POST", "/api/account/deletion", { password: "correct horse" }],
    ] as const) {
      const refused = await backend.send(method, path, { as, body: given });
      assert.equal(refused.status, 403, path);
      assert.match(refused.body.detail, /Sign in for it/);
    }
    const refresh = await backend.send("POST", "/api/auth/refresh", { as });
    assert.equal(refresh.status, 401);
    assert.equal((await list()).length, 1);
  });

  it("are refused at once by all replicas when revoked, and by their owner only", async () => {
    const bob = await backend.register();
    const { id, token } = await create(["read"]);
    const statuses = async () => {
      const seen = [];
      for (const pod of [backend, replica, backend, replica]) {
        seen.push((await pod.send("GET", "/api/tasks", { as: holder(token) })).status);
      }
      return [...new Set(seen)];
    };
    const revoke = (as: Person) => backend.send("DELETE", `/api/auth/tokens/${id}`, { as });
    assert.deepEqual(await statuses(), [200]);
    assert.equal((await revoke(bob)).status, 404);
    assert.deepEqual(await statuses(), [200]);
    assert.equal((await revoke(ann)).status, 204);
    await sleep(50);
    assert.deepEqual(await statuses(), [401]);
    assert.deepEqual(await list(bob), []);
  });

  it("outlive a change of the password, and sign-outs, but not their last day", async () => {
    const { token } = await create(["read"]);
    const change = { password: "correct horse", newPassword: "new battery" };
    await backend.send("POST", "/api/auth/password", { as: ann, body: change });
    await backend.send("POST", "/api/auth/logout", { as: ann });
    const use = async () => (await replica.send("GET", "/api/tasks", { as: holder(token) })).status;
    assert.equal(await use(), 200);
    await backend.database.asOwner((sql) =>
      sql("UPDATE todo.grant_tokens SET expires_at = now() WHERE user_id = $1", [ann.id]),
    );
    const { status } = await backend.send("GET", "/api/tasks", { as: holder(token) });
    assert.equal(status, 401);
  });

  it("are taken from the header only", async () => {
    const { token } = await create(["read"]);
    for (const path of ["/api/tasks", "/mcp"]) {
      const method = path === "/mcp" ? "POST" : "GET";
      const { status } = await backend.send(method, `${path}?access_token=${token}`, {});
      assert.equal(status, 401, path);
    }
    assert.doesNotMatch(backend.log.join(""), /todo_pat_/);
  });

  it("are at most 50, of known scopes, for at most a year", async () => {
    for (const body of [
      { name: "", scopes: ["read"] },
      { name: "x", scopes: [] },
      { name: "x", scopes: ["admin"] },
      { name: "x", scopes: ["read"], days: 400 },
    ]) {
      assert.equal((await backend.send("POST", "/api/auth/tokens", { as: ann, body })).status, 400);
    }
    await backend.database.asOwner((sql) =>
      sql(
        `INSERT INTO todo.grants (user_id, kind, name, can_write, time_zone)
         SELECT $1, 'personal', 'x', false, 'UTC' FROM generate_series(1, 50)`,
        [ann.id],
      ),
    );
    const { status, body } = await backend.send("POST", "/api/auth/tokens", {
      as: ann,
      body: { name: "x", scopes: ["read"] },
    });
    assert.equal(status, 409);
    assert.match(body.detail, /revoke some first/);
  });
});
