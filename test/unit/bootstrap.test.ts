import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { delimiter, dirname } from "node:path";
import { text } from "node:stream/consumers";

import { project } from "../../lib/project.ts";
import { Folder } from "./folder.ts";

/** A project with one command, installed packages, and a fake npm that records its arguments. */
class Project extends Folder {
  constructor(main: string) {
    super({
      "cli/main.ts": main,
      "tools/test.ts": "",
      "npm.js": `require("node:fs").appendFileSync(__dirname + "/calls", process.cwd() + " " + process.argv.slice(2).join(" ") + "\\n");`,
      calls: "",
    });
    cpSync(`${project}/cli/bootstrap.mjs`, this.at("cli/bootstrap.mjs"));
    for (const folder of ["", "images/backend/", "images/frontend/"]) {
      this.write(`${folder}package-lock.json`, "{}");
      this.write(`${folder}node_modules/.installed-from`, "{}");
    }
  }

  /** Folders and arguments of the calls of npm. */
  get npmCalls(): string[] {
    return this.read("calls").replaceAll(this.path, "").split("\n").slice(0, -1);
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { NO_PROXY: _one, no_proxy: _other, ...rest } = process.env;
    return spawn(process.execPath, [this.at("cli/bootstrap.mjs"), ...args], {
      env: { ...rest, npm_execpath: this.at("npm.js"), ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = this.start(args, env);
    const closed = once(child, "close");
    const output = await text(child.stdout);
    const [code, signal] = (await closed) as [number | null, string | null];
    return { output, code, signal };
  }
}

describe("the entry point of the commands", function () {
  this.timeout(30_000);

  it("passes on arguments and exit code, and does not run npm when everything is installed", async () => {
    using folder = new Project("console.log(process.argv.slice(2).join()); process.exitCode = 3;");

    assert.deepEqual(await folder.run(["cli/main.ts", "up", "--set", "a b"]), {
      output: "up,--set,a b\n",
      code: 3,
      signal: null,
    });
    assert.deepEqual(folder.npmCalls, []);
  });

  it("installs what the lock file says, development packages too", async () => {
    using folder = new Project("");
    folder.write("package-lock.json", "{ }");
    for (let times = 2; times > 0; times -= 1) {
      await folder.run(["cli/main.ts", "up"], { NODE_ENV: "production" });
    }

    assert.deepEqual(folder.npmCalls, [
      " ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error",
    ]);
  });

  for (const [what, args, installs] of [
    ["dev", ["cli/main.ts", "dev"], true],
    ["the tests", ["tools/test.ts"], true],
    ["a command on a cluster", ["cli/main.ts", "up"], false],
  ] as const) {
    it(`${installs ? "installs" : "leaves out"} the application's packages for ${what}`, async () => {
      using folder = new Project("");
      for (const app of ["backend", "frontend"])
        folder.write(`images/${app}/package-lock.json`, "");
      await folder.run(args);

      assert.deepEqual(
        folder.npmCalls.map((call) => call.split(" ")[0]),
        installs ? ["/images/backend", "/images/frontend"] : [],
      );
    });
  }

  it("forwards a signal, and exits with the code of the program", async () => {
    using folder = new Project(
      'process.on("SIGTERM", () => process.exit(4)); console.log("up"); setTimeout(() => {}, 9_000);',
    );
    const child = folder.start(["cli/main.ts"]);
    child.stdout.once("data", () => child.kill("SIGTERM"));

    assert.deepEqual(await once(child, "close"), [4, null]);
  });

  it("ends by the signal that ends the program", async () => {
    using folder = new Project('console.log("up"); setTimeout(() => {}, 9_000);');
    const child = folder.start(["cli/main.ts"]);
    child.stdout.once("data", () => child.kill("SIGTERM"));

    assert.deepEqual(await once(child, "close"), [null, "SIGTERM"]);
  });

  /** Starts the script `dev` of this project by the real npm, in another folder. */
  function npm(folder: Project) {
    const { dev } = (
      JSON.parse(readFileSync("package.json", "utf8")) as { scripts: { dev: string } }
    ).scripts;
    folder.write("package.json", JSON.stringify({ scripts: { dev } }));
    return spawn("npm", ["run", "--silent", "dev"], {
      cwd: folder.path,
      env: {
        ...process.env,
        PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
      },
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    it(`ends with npm when only npm gets a ${signal}`, async () => {
      using folder = new Project(
        'console.log("up"); setTimeout(() => console.log("late"), 9_000);',
      );
      const child = npm(folder);
      child.stdout.once("data", () => child.kill(signal));

      // All of it, until everything that could write to it has ended.
      assert.equal(await text(child.stdout), "up\n");
    });
  }

  it("ends a running installation", async () => {
    using folder = new Project("");
    folder.write("package-lock.json", "{ }");
    folder.write(
      "npm.js",
      'require("node:fs").writeFileSync(__dirname + "/calls", String(process.pid)); setTimeout(() => {}, 9_000);',
    );
    const child = folder.start(["cli/main.ts"]);
    const closed = once(child, "close");
    while (folder.read("calls") === "") await new Promise((go) => setTimeout(go, 10));
    child.kill("SIGTERM");

    assert.deepEqual(await closed, [null, "SIGTERM"]);
    assert.throws(() => process.kill(Number(folder.read("calls")), 0), { code: "ESRCH" });
  });

  it("has scripts that leave no shell between npm and it", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const script of Object.values(scripts)) assert.match(script, /^exec node cli\/bootstrap/);
  });

  it("downloads through the proxy of the environment, and asks this machine directly", async () => {
    const page = createServer((_request, response) => response.end("page"));
    await once(page.listen(0, "127.0.0.1"), "listening");
    const { port } = page.address() as AddressInfo;
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url = "" }, socket) => {
      asked.push(url);
      const tunnel = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
      socket.pipe(tunnel).pipe(socket);
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    using folder = new Project(
      "for (const url of process.argv.slice(2)) console.log(await (await fetch(url)).text());",
    );
    const fetched = async (url: string, env: NodeJS.ProcessEnv) =>
      (await folder.run(["cli/main.ts", url], { HTTP_PROXY, ...env })).output;
    try {
      assert.equal(await fetched("http://elsewhere.invalid/", {}), "page\n");
      assert.equal(await fetched(`http://127.0.0.1:${port}/`, {}), "page\n");
      assert.equal(await fetched(`http://0.0.0.0:${port}/`, { no_proxy: "0.0.0.0" }), "page\n");
      assert.deepEqual(asked, ["elsewhere.invalid:80"]);
    } finally {
      proxy.close();
      page.close();
    }
  });
});
