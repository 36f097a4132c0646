import assert from "node:assert/strict";

import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

import { TestBackend, type Answer, type Json, type Person } from "./support/backend.ts";

describe("the OpenAPI document", () => {
  let backend: TestBackend;
  let ann: Person;
  let document: Json;
  before(async () => {
    backend = await TestBackend.start();
    ann = await backend.register();
    document = (await backend.send("GET", "/api/openapi.json")).body;
  });
  after(() => backend.stop());

  it("names every route", () => {
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(routes.sort(), [
      "DELETE /api/account/calendar",
      "DELETE /api/auth/sessions",
      "DELETE /api/auth/sessions/{id}",
      "DELETE /api/auth/tokens/{id}",
      "DELETE /api/conversations/{id}",
      "DELETE /api/oauth/apps/{id}",
      "DELETE /api/tasks/{id}",
      "GET /.well-known/oauth-authorization-server",
      "GET /.well-known/oauth-protected-resource",
      "GET /.well-known/oauth-protected-resource/mcp",
      "GET /api/account",
      "GET /api/account/calendar",
      "GET /api/account/export.ics",
      "GET /api/account/export.json",
      "GET /api/auth/options",
      "GET /api/auth/sessions",
      "GET /api/auth/tokens",
      "GET /api/calendar/{file}",
      "GET /api/conversations",
      "GET /api/conversations/{id}/messages",
      "GET /api/events",
      "GET /api/oauth/apps",
      "GET /api/oauth/authorization",
      "GET /api/openapi.json",
      "GET /api/tasks",
      "GET /api/tasks/usage",
      "GET /api/tasks/{id}",
      "GET /healthz",
      "GET /readyz",
      "PATCH /api/conversations/{id}",
      "PATCH /api/tasks/{id}",
      "POST /api/account/calendar",
      "POST /api/account/deletion",
      "POST /api/auth/forgot",
      "POST /api/auth/login",
      "POST /api/auth/logout",
      "POST /api/auth/password",
      "POST /api/auth/refresh",
      "POST /api/auth/register",
      "POST /api/auth/reset",
      "POST /api/auth/tokens",
      "POST /api/chat",
      "POST /api/oauth/authorization",
      "POST /api/oauth/register",
      "POST /api/oauth/revoke",
      "POST /api/oauth/token",
      "POST /api/tasks",
      "POST /api/tasks/quick",
      "POST /api/tasks/quick/preview",
      "POST /mcp",
    ]);
  });

  it("asks for a token where one is needed, and only there", async () => {
    for (const [path, methods] of Object.entries<Json>(document.paths)) {
      for (const [method, operation] of Object.entries<Json>(methods)) {
        const url = path.replace("{id}", crypto.randomUUID());
        const { status } = await backend.send(method.toUpperCase() as "GET", url, {});
        assert.equal(status === 401, operation.security !== undefined, `${method} ${path}`);
      }
    }
  });

  it("names the errors of each route", () => {
    const errors = (path: string, method: string) =>
      Object.keys(document.paths[path][method].responses).filter((status) => status >= "4");
    const always = ["429", "503", "default"];
    assert.deepEqual(errors("/healthz", "get"), always);
    assert.deepEqual(errors("/api/auth/login", "post"), ["400", "401", "413", "415", ...always]);
    assert.deepEqual(errors("/api/tasks/{id}", "patch"), [
      ...["400", "401", "403", "404", "409", "413", "415", ...always],
    ]);
    assert.deepEqual(errors("/mcp", "post"), ["400", "401", "403", "406", "413", "415", ...always]);
    const { 400: refusal } = document.paths["/api/oauth/token"].post.responses;
    assert.deepEqual(Object.keys(refusal.content), ["application/json"]);
    assert.match(JSON.stringify(document.paths["/mcp"].post.requestBody), /JSON-RPC/);
  });

  it("describes what is really answered", async () => {
    const ajv = new Ajv2020({ strict: false });
    // The package's types don't know its default export.
    (formats as unknown as (ajv: Ajv2020) => void)(ajv);
    const check = (path: string, method: string, { status, body }: Answer): void => {
      const answer =
        document.paths[path][method].responses[status] ??
        document.paths[path][method].responses.default;
      const [content] = Object.values<Json>(answer.content);
      const schema = content.schema.$ref ? document.components.schemas.Problem : content.schema;
      assert.ok(ajv.validate(schema, body), `${method} ${path}: ${ajv.errorsText()}`);
    };
    const send = async (
      method: "GET" | "POST" | "PATCH",
      path: string,
      url = path,
      body?: unknown,
    ) => {
      const answer = await backend.send(method, url, { as: ann, body });
      check(path, method.toLowerCase(), answer);
      return answer;
    };
    const { body: task } = await send("POST", "/api/tasks", "/api/tasks", {
      title: "x",
      dueAt: "2026-05-01T00:00:00Z",
    });
    await send("GET", "/api/tasks/{id}", `/api/tasks/${task.id}`);
    await send("PATCH", "/api/tasks/{id}", `/api/tasks/${task.id}`, { completed: true });
    await send("GET", "/api/tasks");
    const { body: chat } = await send("POST", "/api/chat", "/api/chat", {
      message: "add buy milk",
    });
    await send("GET", "/api/conversations");
    await send(
      "GET",
      "/api/conversations/{id}/messages",
      `/api/conversations/${chat.conversationId}/messages`,
    );
    await send("POST", "/api/auth/register", "/api/auth/register", {
      email: "x@example.com",
      password: "plain-horse",
    });
    await send("GET", "/healthz");
    await send("POST", "/api/tasks", "/api/tasks", { title: "" });
    await send("GET", "/api/tasks/{id}", `/api/tasks/${crypto.randomUUID()}`);
  });
});
