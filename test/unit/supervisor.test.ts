import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { supervisorCommand } from "../../cli/watch/overlay.ts";
import { Folder } from "./folder.ts";

/** A server that answers with a text; POST ends it. */
const server = (text: string) => `
import { createServer } from "node:http";
createServer((request, response) => {
  if (request.method === "POST") process.exit(3);
  response.setHeader("connection", "close");
  response.end(${JSON.stringify(text)} + " in " + process.cwd().split("/").at(-1));
}).listen(process.env.PORT);
process.on("SIGTERM", () => { console.log("drained"); process.exit(0); });
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe("the supervisor of a development pod", function () {
  this.timeout(60_000);

  let folder: Folder;
  let supervisor: ChildProcess;
  let output = "";
  let app = "";
  let control = "";

  beforeEach(async () => {
    folder = new Folder({ "image/server.mjs": server("image") });
    const port = await freePort();
    const controlPort = await freePort();
    [app, control] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${controlPort}`];
    const command = ["node", "--max-semi-space-size=1", folder.at("image/server.mjs")];
    const options = { port: controlPort, command, folder: folder.at("watch") };
    const [, ...args] = [...supervisorCommand(), JSON.stringify(options)];
    supervisor = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    output = "";
    supervisor.stdout!.on("data", (part: Buffer) => (output += part.toString()));
    await answers("image in image");
  });
  afterEach(() => {
    supervisor.kill("SIGKILL");
    folder[Symbol.dispose]();
  });

  const ask = async () => (await fetch(app)).text();

  /** Waits for an answer, however long the code needs to start. */
  async function answers(expected: string): Promise<void> {
    let last: unknown;
    for (let tries = 0; tries < 200; tries += 1) {
      last = await ask().catch((error: unknown) => error);
      if (last === expected) return;
      await sleep(50);
    }
    assert.equal(last, expected);
  }

  async function send(files: Readonly<Record<string, string>>) {
    const code = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, Buffer.from(text).toString("base64")]),
    );
    const body = JSON.stringify(code);
    for (let tries = 0; ; tries += 1) {
      const response = await fetch(control, { method: "POST", body }).catch((error: unknown) => {
        if (tries > 50) throw error;
      });
      if (response !== undefined) return { status: response.status, text: await response.text() };
      await sleep(50);
    }
  }

  it("runs newer code in a folder of its own, with its other files, from the next request on", async () => {
    const reader = `import { readFileSync } from "node:fs";${server("text")}`.replace(
      '"text"',
      'readFileSync("page/a.txt", "utf8")',
    );
    assert.deepEqual(await send({ "server.mjs": reader, "page/a.txt": "beside" }), {
      status: 204,
      text: "",
    });
    assert.equal(await ask(), "beside in 1");
  });

  it("keeps what runs when newer code ends before it listens", async () => {
    await send({ "server.mjs": server("good") });
    const refused = await send({ "server.mjs": "process.exit(7)" });

    assert.deepEqual(refused, { status: 422, text: "ended with exit code 7 before it listened" });
    assert.equal(await ask(), "good in 1");
    await send({ "server.mjs": server("better") });
    assert.equal(await ask(), "better in 3");
  });

  it("restarts code that ends by itself", async () => {
    await send({ "server.mjs": server("mortal") });
    await fetch(app, { method: "POST" }).catch(() => undefined);

    await answers("mortal in 1");
  });

  it("lets the application drain when the pod ends", async () => {
    await send({ "server.mjs": server("last") });
    supervisor.kill("SIGTERM");
    const [code] = (await once(supervisor, "exit")) as [number | null];

    assert.equal(code, 0);
    assert.match(output, /drained/);
  });
});
