import assert from "node:assert/strict";

import {
  UnauthorizedError,
  type OAuthClientProvider,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";

import { TestBackend, type Json, type Person } from "./support/backend.ts";

/** An app's memory, and a user who agrees to everything without a browser. */
class Agreeing implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:33418/callback";
  readonly clientMetadata = { client_name: "SDK", redirect_uris: [this.redirectUrl] };
  client: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  code = "";
  asked = 0;
  #verifier = "";
  readonly #agree: (request: Record<string, string>) => Promise<URL>;

  constructor(agree: (request: Record<string, string>) => Promise<URL>) {
    this.#agree = agree;
  }

  clientInformation() {
    return this.client;
  }
  saveClientInformation(client: OAuthClientInformationMixed) {
    this.client = client;
  }
  tokens() {
    return this.saved;
  }
  saveTokens(tokens: OAuthTokens) {
    this.saved = tokens;
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier;
  }
  codeVerifier() {
    return this.#verifier;
  }
  state() {
    return "of the client";
  }
  invalidateCredentials(what: string) {
    if (what !== "verifier") this.saved = undefined;
    if (what === "all" || what === "client") this.client = undefined;
  }
  async redirectToAuthorization(url: URL) {
    this.asked += 1;
    assert.equal(url.pathname, "/authorize");
    const answer = await this.#agree(Object.fromEntries(url.searchParams));
    assert.equal(answer.searchParams.get("state"), "of the client");
    this.code = answer.searchParams.get("code") ?? "";
  }
}

describe("the official MCP client, with OAuth", () => {
  let backend: TestBackend;
  let origin: string;
  let ann: Person;
  let app: Agreeing;
  before(async () => {
    backend = await TestBackend.start();
    origin = await backend.listen();
    ann = await backend.register();
  });
  after(() => backend.stop());

  /** As the web UI does for a user who is signed in and presses Allow. */
  async function agree(request: Record<string, string>): Promise<URL> {
    const answer = await fetch(`${origin}/api/oauth/authorization`, {
      method: "POST",
      headers: { authorization: `Bearer ${ann.token}`, "content-type": "application/json" },
      body: JSON.stringify({ request, scopes: ["read", "write"] }),
    });
    const body = (await answer.json()) as Json;
    assert.equal(answer.status, 200, JSON.stringify(body));
    return new URL(body.redirectTo);
  }
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider: app });
  const newClient = () => new Client({ name: "sdk", version: "1" });
  const signIn = async () => {
    const refused = transport();
    await assert.rejects(newClient().connect(refused), UnauthorizedError);
    await refused.finishAuth(app.code);
    const client = newClient();
    await client.connect(transport());
    return client;
  };

  it("finds out by itself how to sign in, and works", async () => {
    app = new Agreeing(agree);
    const client = await signIn();
    assert.equal(app.asked, 1);
    const { structuredContent } = await client.callTool({
      name: "add_task",
      arguments: { title: "by the official client" },
    });
    assert.equal((structuredContent as Json).task.title, "by the official client");
    assert.equal((await backend.tasks(ann)).length, 1);
    await client.close();
  });

  it("renews its token by itself", async () => {
    const before = app.saved?.access_token;
    await backend.database.asOwner((sql) =>
      sql("UPDATE todo.grant_tokens SET expires_at = now() WHERE kind = 'access'"),
    );
    // Or the token would be known for a minute.
    backend.changes.stop();
    const client = newClient();
    await client.connect(transport());
    assert.equal((await client.listTools()).tools.length, 5);
    assert.notEqual(app.saved?.access_token, before);
    assert.equal(app.asked, 1, "without asking the user");
    await client.close();
  });

  it("asks again when the user has disconnected it, or its registration is forgotten", async () => {
    await backend.database.asOwner((sql) => sql("DELETE FROM todo.grants"));
    await (await signIn()).close();
    assert.equal(app.asked, 2);
    await backend.database.asOwner((sql) => sql("DELETE FROM todo.clients"));
    await (await signIn()).close();
    assert.equal(app.asked, 3);
  });
});
