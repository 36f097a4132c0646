import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { callApi, findObject } from "../../lib/api-server.ts";
import { Kubeconfig } from "./apiServer.ts";

/** An API server that answers with the request's headers. */
async function echo() {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/missing" ? 404 : 200);
    response.end(JSON.stringify({ ...request.headers, message: "there is no such object" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a plugin for credentials prints. */
const credential = JSON.stringify({
  apiVersion: "client.authentication.k8s.io/v1",
  kind: "ExecCredential",
  status: { token: "of the plugin" },
});
const plugin = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: process.execPath,
  args: ["-e", `console.log(${JSON.stringify(credential)})`],
};

describe("a request to the API server", () => {
  for (const [how, user, authorization] of [
    ["a token", { token: "secret" }, "Bearer secret"],
    ["a plugin", { exec: plugin }, "Bearer of the plugin"],
    ["a password", { username: "user", password: "word" }, "Basic dXNlcjp3b3Jk"],
  ] as const) {
    it(`signs in with ${how}`, async () => {
      await using server = await echo();
      using kubeconfig = new Kubeconfig({ c: server.url });
      kubeconfig.edit('{"token":"token"}', JSON.stringify(user));

      const headers = await callApi<Record<string, string>>("c", "/api");
      assert.equal(headers["authorization"], authorization);
    });
  }

  it("finds nothing where there is no object, and fails with the server's message", async () => {
    await using server = await echo();
    using _kubeconfig = new Kubeconfig({ c: server.url });

    assert.equal(await findObject("c", "/missing"), undefined);
    await assert.rejects(findObject("c", "/missing", [403]), {
      status: 404,
      message: "The API server refuses GET /missing: there is no such object",
    });
  });
});
