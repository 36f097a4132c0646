import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

import { unreachable } from "../../cli/kubernetes/reachable.ts";
import { Authority } from "../e2e/certificates.ts";
import { skip } from "../skip.ts";

/** A web UI that responds with these statuses, the last one again and again. */
async function webUi(...statuses: number[]) {
  const server = createServer((_request, response) => {
    response.writeHead((statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 500).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("the web UI of a deployed stack", () => {
  it("is reachable as soon as it is ready", async () => {
    await using ui = await webUi(503, 200);

    assert.equal(await unreachable(ui.url, 5_000), undefined);
  });

  it("is unreachable when it never becomes ready", async () => {
    await using ui = await webUi(503);

    assert.deepEqual(await unreachable(ui.url, 100), {
      kind: "no answer",
      cause: "status 503",
    });
  });

  it("is behind a certificate that this machine does not trust", async function () {
    if (spawnSync("openssl", ["version"]).error) skip(this, "openssl is not on PATH");
    await using authority = await Authority.make("Own authority");
    const { certificate, key } = await authority.issue("todo", ["IP:127.0.0.1"]);
    const server = createTlsServer({ cert: certificate, key }, (_request, response) => {
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const problem = await unreachable(`https://127.0.0.1:${port}`, 100);

    server.close();
    assert.equal(problem?.kind, "untrusted certificate", problem?.cause);
  });

  it("has an unknown name when DNS does not know it, which nobody waits for", async () => {
    const begin = Date.now();
    const problem = await unreachable("http://todo.invalid", 30_000);

    assert.equal(problem?.kind, "unknown name", problem?.cause);
    assert.ok(Date.now() - begin < 20_000);
  });
});
