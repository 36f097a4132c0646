import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";

import { endSurvivors } from "../../cli/pulumi/survivors.ts";

describe("the plugins of an update", () => {
  const server = createServer();
  let open = 0;
  const plugins: ChildProcess[] = [];

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    open = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    for (const plugin of plugins) plugin.kill("SIGKILL");
  });

  /** A process that looks like a plugin whose engine listens on a port. */
  function plugin(port: number, cwd = process.cwd()): ChildProcess {
    const command = "pulumi-resource-fake";
    const wait = "setInterval(() => undefined, 1000)";
    const child = spawn(process.execPath, ["--eval", wait, command, `127.0.0.1:${port}`], { cwd });
    plugins.push(child);
    return child;
  }

  it("are ended once their engine is gone, and no other project's or running update's", async () => {
    const [orphan, inUse, foreign] = [plugin(1), plugin(open), plugin(1, tmpdir())];
    await Promise.all(plugins.map((child) => once(child, "spawn")));

    const ended = once(orphan, "exit");
    assert.equal(await endSurvivors(), 1);
    await ended;
    assert.deepEqual([inUse.exitCode, inUse.signalCode], [null, null]);
    assert.deepEqual([foreign.exitCode, foreign.signalCode], [null, null]);
    assert.equal(await endSurvivors(), 0);
  });
});
