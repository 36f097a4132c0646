import assert from "node:assert/strict";
import { join } from "node:path";

import { createServer, type ViteDevServer } from "vite";

import { listen } from "../server/rig.ts";

describe("the page's development server", () => {
  let vite: ViteDevServer;
  let origin: string;
  let stopBackend: () => void;
  const apiUrl = process.env.API_URL;
  before(async () => {
    const { server, url } = await listen((request, response) => {
      response.writeHead(404, {
        "content-type": "application/problem+json",
        "x-host": request.headers.host,
      });
      response.end(JSON.stringify({ status: 404, detail: request.url }));
    });
    stopBackend = () => server.close();
    process.env.API_URL = url.origin;
    const root = join(import.meta.dirname, "../..");
    vite = await createServer({ root, logLevel: "silent", server: { host: "127.0.0.1", port: 0 } });
    await vite.listen();
    origin = new URL(vite.resolvedUrls?.local[0] ?? "").origin;
  });
  after(async () => {
    await vite.close();
    stopBackend();
    if (apiUrl === undefined) delete process.env.API_URL;
    else process.env.API_URL = apiUrl;
  });

  it("tells the backend which host was asked for", async () => {
    assert.equal((await fetch(`${origin}/api/host`)).headers.get("x-host"), new URL(origin).host);
  });

  it("hands out the page", async () => {
    assert.match(await (await fetch(`${origin}/`)).text(), /<div id="root">/);
  });

  for (const path of [
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-authorization-server",
    "/mcp/.well-known/openid-configuration",
    "/api/none",
  ]) {
    it(`leaves ${path} to the backend, whose answer is no page`, async () => {
      const answer = await fetch(origin + path, { headers: { accept: "*/*" } });
      assert.equal(answer.status, 404);
      assert.deepEqual(await answer.json(), { status: 404, detail: path });
    });
  }
});
