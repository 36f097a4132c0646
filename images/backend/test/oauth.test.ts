import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { TestBackend, type Answer, type Json, type Person } from "./support/backend.ts";

const origin = "https://todo.example.com";
/** As the frontend sends them. */
const forwarded = { "x-forwarded-host": "todo.example.com", "x-forwarded-proto": "https" };
const callback = "https://app.example.com/callback?from=todo";

describe("OAuth", () => {
  let backend: TestBackend;
  let replica: TestBackend;
  let ann: Person;
  before(async () => {
    backend = await TestBackend.start();
    replica = await TestBackend.start({ database: backend.database });
    ann = await backend.register();
  });
  beforeEach(async () => {
    // Nobody waits for the limits by address.
    await backend.database.asOwner((sql) => sql("DELETE FROM todo.rate_limits"));
  });
  after(async () => {
    await replica.app.close();
    await backend.stop();
  });

  const get = (url: string, headers: object = {}) =>
    backend.send("GET", url, { headers: { ...forwarded, ...headers } });
  const register = (body: object = { client_name: "Robot", redirect_uris: [callback] }) =>
    backend.send("POST", "/api/oauth/register", { body });
  const clientId = async (uris = [callback]): Promise<string> =>
    (await register({ client_name: "Robot", redirect_uris: uris })).body.client_id;
  const form = (url: string, fields: Record<string, string>, headers: object = {}) =>
    backend.send("POST", url, {
      body: new URLSearchParams(fields).toString(),
      headers: {
        ...forwarded,
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
    });
  const token = (fields: Record<string, string>) => form("/api/oauth/token", fields);

  /** A request of a new client, with the verifier of its challenge. */
  async function ask(more: object = {}) {
    const verifier = randomBytes(32).toString("base64url");
    const request: Record<string, string> = {
      client_id: await clientId(),
      redirect_uri: callback,
      response_type: "code",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      scope: "read write",
      state: "a b&c",
      resource: `${origin}/mcp`,
      ...more,
    };
    return { request, verifier };
  }
  const decide = (request: object, scopes: readonly string[], as = ann): Promise<Answer> =>
    backend.send("POST", "/api/oauth/authorization", {
      as,
      body: { request, scopes },
      headers: { ...forwarded, "x-timezone": "Asia/Tokyo" },
    });
  const show = (request: Record<string, string>, as = ann) =>
    backend.send("GET", `/api/oauth/authorization?${new URLSearchParams(request).toString()}`, {
      as,
      headers: forwarded,
    });
  const codeOf = (answer: Answer): string =>
    new URL(answer.body.redirectTo).searchParams.get("code") ?? "";

  /** Everything up to the request for tokens. */
  async function allowed(scopes = ["read", "write"], more: object = {}, as = ann) {
    const { request, verifier } = await ask(more);
    const code = codeOf(await decide(request, scopes, as));
    return {
      grant_type: "authorization_code",
      code,
      client_id: request["client_id"] ?? "",
      redirect_uri: request["redirect_uri"]!,
      code_verifier: verifier,
    };
  }
  const connect = async (scopes?: string[], more?: object, as = ann) => {
    const fields = await allowed(scopes, more, as);
    const { body } = await token({ ...fields, resource: `${origin}/mcp` });
    return { ...body, client_id: fields.client_id };
  };
  const call = (bearer: string, tool = "list_tasks", pod = backend, headers: object = {}) =>
    pod.send("POST", "/mcp", {
      as: { ...ann, token: bearer },
      body: {
        ...{ jsonrpc: "2.0", id: 1, method: "tools/call" },
        params: { name: tool, arguments: tool === "add_task" ? { title: "by an app" } : {} },
      },
      headers: { ...forwarded, accept: "application/json, text/event-stream", ...headers },
    });
  const refresh = ({ refresh_token, client_id }: Json, more: object = {}) =>
    token({ grant_type: "refresh_token", refresh_token, client_id, ...more });
  const apps = async (as = ann): Promise<Json> =>
    (await backend.send("GET", "/api/oauth/apps", { as })).body;

  it("is found from a refused request, at the origin that the client used", async () => {
    const refused = await call("");
    assert.equal(refused.status, 401);
    const challenge = `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
    assert.equal(refused.headers["www-authenticate"], challenge);
    const { body: resource } = await get("/.well-known/oauth-protected-resource/mcp");
    assert.equal(resource.resource, `${origin}/mcp`);
    assert.deepEqual(resource.authorization_servers, [origin]);
    const { body: all } = await get("/.well-known/oauth-protected-resource");
    assert.equal(all.resource, origin);
    const { body: server } = await get("/.well-known/oauth-authorization-server");
    assert.equal(server.issuer, origin);
    assert.equal(server.authorization_endpoint, `${origin}/authorize`);
    assert.deepEqual(server.code_challenge_methods_supported, ["S256"]);
    const { body: local } = await backend.send("GET", "/.well-known/oauth-authorization-server", {
      headers: { host: "localhost:3000" },
    });
    assert.equal(local.token_endpoint, "http://localhost:3000/api/oauth/token");
  });

  it("refuses a Host header that is none", async () => {
    for (const host of ["a/b", "user@a", "a?b"]) {
      const headers = { "x-forwarded-host": host, host };
      const { status } = await get("/.well-known/oauth-authorization-server", headers);
      assert.equal(status, 400, host);
    }
  });

  it("refuses with the right problem whatever the Host header is", async () => {
    for (const host of ["a/b", "user@a", "a?b"]) {
      const { status, headers } = await backend.send("GET", "/api/tasks", { headers: { host } });
      assert.equal(status, 401, host);
      assert.match(String(headers["content-type"]), /^application\/problem\+json/);
      assert.equal(headers["www-authenticate"], "Bearer");
    }
  });

  it("registers apps with redirects to https or their own computer only", async () => {
    const { status, body } = await register();
    assert.equal(status, 201);
    assert.equal(body.token_endpoint_auth_method, "none");
    assert.equal(body.client_secret, undefined);
    for (const uri of [
      "http://app.example.com/",
      "javascript:alert(1)",
      "data:text/html,x",
      "app://callback",
      "https://user:password@app.example.com/",
      "https://app.example.com/#x",
      "http://127.0.0.1.example.com/",
      "http://localhost@evil.example/",
      "https:\\\\evil.example",
      "/callback",
      `https://app.example.com/${"x".repeat(500)}`,
    ]) {
      const refused = await register({ redirect_uris: [uri] });
      assert.deepEqual([refused.status, refused.body.error], [400, "invalid_redirect_uri"], uri);
    }
    for (const wrong of [{}, { redirect_uris: [] }, { redirect_uris: "https://a.example" }]) {
      assert.equal((await register(wrong)).body.error, "invalid_redirect_uri");
    }
    const long = { client_name: "x".repeat(101), redirect_uris: [callback] };
    assert.equal((await register(long)).body.error, "invalid_client_metadata");
  });

  it("bounds registrations, in size and number", async () => {
    const huge = { client_name: "x".repeat(10_000), redirect_uris: [callback] };
    assert.equal((await register(huge)).status, 413);
    const many = { redirect_uris: Array<string>(11).fill(callback) };
    assert.equal((await register(many)).status, 400);
    const statuses = [];
    for (let turn = 0; turn < 35; turn += 1) statuses.push((await register()).status);
    assert.ok(statuses.includes(429));
    await backend.database.asOwner(async (sql) => {
      await sql("DELETE FROM todo.rate_limits");
      await sql(
        `INSERT INTO todo.clients (name, redirect_uris)
         SELECT 'x', '{}' FROM generate_series(1, 10000)`,
      );
    });
    assert.equal((await register()).status, 503);
    await backend.database.asOwner((sql) =>
      sql("UPDATE todo.clients SET created_at = now() - interval '2 days' WHERE name = 'x'"),
    );
    assert.equal((await register()).status, 201, "unused ones make room");
  });

  it("shows what an app asks for, and gives it what the user allows", async () => {
    const { request } = await ask();
    assert.deepEqual((await show(request)).body, {
      name: "Robot",
      redirectHost: "app.example.com",
      isLocal: false,
      scopes: ["read", "write"],
    });
    const { redirectTo } = (await decide(request, ["read"])).body;
    const url = new URL(redirectTo);
    assert.equal(`${url.origin}${url.pathname}`, "https://app.example.com/callback");
    assert.equal(url.searchParams.get("from"), "todo");
    assert.equal(url.searchParams.get("state"), "a b&c");
    assert.equal(url.searchParams.get("iss"), origin);
    const denied = new URL((await decide(request, [])).body.redirectTo);
    assert.equal(denied.searchParams.get("error"), "access_denied");
    assert.equal(denied.searchParams.get("code"), null);
  });

  it("works for MCP with the tokens of a code", async () => {
    const tokens = await connect();
    assert.deepEqual(
      [tokens.token_type, tokens.expires_in, tokens.scope],
      ["Bearer", 3600, "read write"],
    );
    const answer = await call(tokens.access_token, "add_task");
    assert.equal(answer.body.result.structuredContent.task.title, "by an app");
    assert.match(JSON.stringify(await backend.tasks(ann)), /by an app/);
    const [app] = await apps();
    assert.equal(app.name, "Robot");
    assert.ok(app.lastUsedAt);
  });

  it("needs the scope of what is done, and lets nobody get more", async () => {
    const tokens = await connect(["read"]);
    assert.equal(tokens.scope, "read");
    const refused = await call(tokens.access_token, "add_task");
    assert.equal(refused.status, 403);
    assert.equal(
      refused.headers["www-authenticate"],
      `Bearer error="insufficient_scope", scope="read write", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
    );
    const { body } = await refresh(tokens, { scope: "read write" });
    assert.equal(body.error, "invalid_scope");
    const { request } = await ask({ scope: "read" });
    assert.equal((await decide(request, ["read", "write"])).status, 400);
    const { request: unknown } = await ask({ scope: "read admin" });
    assert.equal((await show(unknown)).status, 400);
    for (const path of ["/api/auth/tokens", "/api/oauth/apps", "/api/auth/sessions"]) {
      const as = { ...ann, token: (await connect()).access_token as string };
      const { status } = await backend.send("GET", path, { as, headers: forwarded });
      assert.equal(status, 401, `${path} is another resource`);
    }
  });

  it("takes a code once; a second time ends what the first one gave", async () => {
    const fields = await allowed();
    const { body: tokens } = await token(fields);
    assert.equal((await call(tokens.access_token)).status, 200);
    const again = await token(fields);
    assert.deepEqual([again.status, again.body.error], [400, "invalid_grant"]);
    await sleep(50);
    for (const pod of [backend, replica]) {
      assert.equal((await call(tokens.access_token, "list_tasks", pod)).status, 401);
    }
    const { body } = await refresh({ ...tokens, client_id: fields.client_id });
    assert.equal(body.error, "invalid_grant");
  });

  it("gives one pair to a code that comes twice at once", async () => {
    const fields = await allowed();
    const answers = await Promise.all([token(fields), token(fields)]);
    const statuses = answers.map(({ status }) => status).sort();
    assert.ok(statuses[1] === 400, String(statuses));
  });

  it("refuses a code with anything else than what it was given for", async () => {
    const other = "http://127.0.0.1:4000/callback";
    for (const wrong of [
      { code_verifier: randomBytes(32).toString("base64url") },
      { redirect_uri: other },
      { client_id: await clientId() },
      { code: "todo_code_x" },
    ]) {
      const { status, body } = await token({ ...(await allowed()), ...wrong });
      assert.deepEqual([status, body.error], [400, "invalid_grant"], Object.keys(wrong)[0]);
    }
    for (const missing of ["code_verifier", "redirect_uri", "client_id", "code"]) {
      const fields: Record<string, string> = await allowed();
      delete fields[missing];
      assert.equal((await token(fields)).body.error, "invalid_request", missing);
    }
    const unknown = await token({ ...(await allowed()), client_id: crypto.randomUUID() });
    assert.deepEqual([unknown.status, unknown.body.error], [401, "invalid_client"]);
    assert.equal((await token({ grant_type: "password" })).body.error, "unsupported_grant_type");
    assert.equal((await token({})).body.error, "invalid_request");
  });

  it("forgets a code after a minute", async () => {
    const fields = await allowed();
    await backend.database.asOwner((sql) =>
      sql(
        "UPDATE todo.grant_tokens SET expires_at = expires_at - interval '60 s' WHERE kind = 'code'",
      ),
    );
    assert.equal((await token(fields)).body.error, "invalid_grant");
  });

  it("asks for PKCE with S256, a code, and a registered redirect", async () => {
    for (const wrong of [
      { code_challenge: "" },
      { code_challenge_method: "plain" },
      { code_challenge_method: "" },
      { response_type: "token" },
      { redirect_uri: "https://evil.example/" },
      { redirect_uri: `${callback}&x` },
      { redirect_uri: "https://app.example.com/callback/../evil" },
      { redirect_uri: "http://127.0.0.1/" },
      { client_id: crypto.randomUUID() },
      { client_id: "x" },
      { resource: "https://other.example.com/mcp" },
      { resource: `${origin}/api` },
      { resource: "x" },
    ]) {
      const { request } = await ask(wrong);
      for (const answer of [await show(request), await decide(request, ["read"])]) {
        assert.equal(answer.status, 400, JSON.stringify(wrong));
        assert.doesNotMatch(answer.text, /redirectTo/);
      }
    }
  });

  it("allows any port of the own computer, and nothing else to differ", async () => {
    const id = await clientId(["http://127.0.0.1/callback", "http://localhost:7777/"]);
    const shown = async (uri: string) =>
      (await show((await ask({ client_id: id, redirect_uri: uri })).request)).status;
    assert.equal(await shown("http://127.0.0.1:54321/callback"), 200);
    assert.equal(await shown("http://localhost:1234/"), 200);
    for (const uri of [
      "http://127.0.0.1:54321/other",
      "http://localhost:54321/callback",
      "https://127.0.0.1/callback",
      "http://127.0.0.1:54321/callback?x=1",
      "http://127.0.0.1:1@evil.example/callback",
    ]) {
      assert.equal(await shown(uri), 400, uri);
    }
  });

  it("renews tokens, and ends the grant when an old one comes back", async () => {
    const first = await connect();
    const { body: second } = await refresh(first);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await call(second.access_token)).status, 200);
    assert.equal((await refresh(first)).status, 200, "at the same time, by another process");
    await backend.database.asOwner((sql) =>
      sql("UPDATE todo.grant_tokens SET used_at = used_at - interval '11 s'"),
    );
    assert.equal((await refresh(first)).body.error, "invalid_grant");
    await sleep(50);
    assert.equal((await call(second.access_token)).status, 401);
    const { client_id } = first;
    assert.equal((await refresh({ ...second, client_id })).body.error, "invalid_grant");
    const stolen = await connect();
    const thief = await clientId();
    assert.equal((await refresh({ ...stolen, client_id: thief })).body.error, "invalid_grant");
  });

  it("keeps tokens to the resource that they were given for", async () => {
    const tokens = await connect();
    const elsewhere = { "x-forwarded-host": "other.example.com" };
    const refused = await call(tokens.access_token, "list_tasks", backend, elsewhere);
    assert.equal(refused.status, 401);
    assert.match(String(refused.headers["www-authenticate"]), /error="invalid_token"/);
    const as = { ...ann, token: tokens.access_token as string };
    const api = await backend.send("GET", "/api/tasks", { as, headers: forwarded });
    assert.equal(api.status, 401);
    assert.match(api.body.detail, /is for https:\/\/todo\.example\.com\/mcp only/);
    const mcpx = await backend.send("POST", "/mcpx", { as, headers: forwarded });
    assert.equal(mcpx.status, 404);
    const all = await connect(["read"], { resource: origin });
    assert.equal(all.error, "invalid_target", "asked for another than was allowed");
    const { body } = await token(await allowed(["read"], { resource: `${origin}/` }));
    const whole = { ...ann, token: body.access_token as string };
    assert.equal(
      (await backend.send("GET", "/api/tasks", { as: whole, headers: forwarded })).status,
      200,
    );
  });

  it("disconnects an app at once, at all replicas, by its user only", async () => {
    const tokens = await connect();
    const [{ id }] = await apps();
    const bob = await backend.register();
    const remove = (as: Person) => backend.send("DELETE", `/api/oauth/apps/${id}`, { as });
    for (const pod of [backend, replica]) {
      assert.equal((await call(tokens.access_token, "list_tasks", pod)).status, 200);
    }
    assert.deepEqual(await apps(bob), []);
    assert.equal((await remove(bob)).status, 404);
    assert.equal((await remove(ann)).status, 204);
    await sleep(50);
    for (const pod of [backend, replica]) {
      assert.equal((await call(tokens.access_token, "list_tasks", pod)).status, 401);
    }
    assert.equal((await refresh(tokens)).body.error, "invalid_grant");
  });

  it("lets an app disconnect itself, and no other", async () => {
    const tokens = await connect();
    const revoke = (token: string, client_id: string) =>
      form("/api/oauth/revoke", { token, client_id });
    assert.equal((await revoke(tokens.refresh_token, await clientId())).status, 200);
    assert.equal((await call(tokens.access_token)).status, 200);
    assert.equal((await revoke(tokens.refresh_token, tokens.client_id)).status, 200);
    await sleep(50);
    assert.equal((await call(tokens.access_token)).status, 401);
  });

  it("replaces what an app had when the user allows it again", async () => {
    const carl = await backend.register();
    const first = await connect(["read"], {}, carl);
    const second = await connect(["read"], { client_id: first.client_id }, carl);
    assert.equal((await apps(carl)).length, 1);
    assert.equal((await refresh(first)).body.error, "invalid_grant");
    assert.equal((await refresh(second)).status, 200);
  });

  it("is decided by who is signed in, not by an app", async () => {
    const { request } = await ask();
    const tokens = await connect(undefined, { resource: `${origin}/mcp` });
    for (const token of ["", "x", tokens.access_token as string]) {
      assert.equal((await decide(request, ["read"], { ...ann, token })).status, 401);
    }
    const { body } = await backend.send("POST", "/api/auth/tokens", {
      as: ann,
      body: { name: "script", scopes: ["write"] },
    });
    assert.equal((await decide(request, ["read"], { ...ann, token: body.token })).status, 403);
  });

  it("takes no parameter twice, and no JSON for a form's errors", async () => {
    const twice = await backend.send("POST", "/api/oauth/token", {
      body: "grant_type=refresh_token&grant_type=authorization_code",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assert.deepEqual([twice.status, twice.body.error], [400, "invalid_request"]);
  });

  it("forgets what has expired, and keeps the rest", async () => {
    const dora = await backend.register();
    await connect(["read"], {}, dora);
    const { request } = await ask();
    await decide(request, ["read"], dora);
    const count = async () =>
      (
        await backend.database.asOwner((sql) =>
          sql("SELECT 1 FROM todo.grants WHERE user_id = $1", [dora.id]),
        )
      ).length;
    assert.equal(await count(), 2);
    await backend.database.asOwner((sql) =>
      sql("UPDATE todo.grant_tokens SET expires_at = now() - interval '1 s' WHERE kind = 'code'"),
    );
    await backend.database.asOwner((sql) => sql("SELECT todo.forget_grants()"));
    assert.equal(await count(), 1);
    assert.equal((await apps(dora)).length, 1);
  });

  it("stores and logs no token", async () => {
    await connect();
    const rows = await backend.database.asOwner((sql) =>
      sql("SELECT json_agg(t)::text AS all FROM todo.grant_tokens t"),
    );
    assert.doesNotMatch(JSON.stringify(rows), /todo_/);
    assert.doesNotMatch(backend.log.join(""), /todo_(?:at|rt|code)_/);
  });
});
