import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

import { capture, run, RunError, show } from "../../lib/exec.ts";
import { Programs } from "./fakes.ts";

/** The error that a call ends with. */
async function failure(call: Promise<unknown>): Promise<RunError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RunError, String(error));
  return error;
}

describe("run", () => {
  it("hands back what the program printed, without white space around it", async () => {
    using _programs = new Programs({ tool: 'echo; echo " $1|$2 "; echo noise >&2' });

    assert.equal(await run("tool", ["one two", "$HOME"]), "one two|$HOME");
  });

  it("gives the program a folder, an input and more environment", async () => {
    using programs = new Programs({ tool: '/bin/pwd; echo "$EXTRA"; /bin/cat' });
    programs.write("input", "from a file");
    const input = await open(programs.at("input"));
    try {
      const output = await run("tool", [], {
        cwd: programs.path,
        env: { EXTRA: "more" },
        stdin: input.fd,
      });
      assert.equal(output, `${programs.path}\nmore\nfrom a file`);
    } finally {
      await input.close();
    }
  });

  it("passes no input by default, not even that of this process", async () => {
    using _programs = new Programs({ tool: "/bin/cat; echo end" });
    const code = `import { run } from "./lib/exec.ts"; console.log(await run("tool", []))`;

    // Its input is a pipe that nobody ends.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", code],
      { timeout: 10_000 },
    );
    assert.equal(stdout, "end\n");
  });

  it("says that a program is missing", async () => {
    using _programs = new Programs();
    const { message, missing, code } = await failure(run("tool", ["version"]));

    assert.equal(message, "tool is not on PATH. Install it, then try again.");
    assert.deepEqual([missing, code], [true, undefined]);
  });

  it("says that a program can't be started", async () => {
    using programs = new Programs();
    programs.write("tool", "no program", 0o644);
    const { message, missing } = await failure(run("tool", ["version"]));

    assert.equal(message, "`tool version` could not be started: spawn tool EACCES");
    assert.equal(missing, false);
  });

  for (const [what, text, words] of [
    ["what it complained about", "echo result; echo 'no such thing' >&2; exit 3", "no such thing"],
    ["what it printed when it did not complain", "echo 'not found'; exit 3", "not found"],
    ["that it printed nothing", "exit 3", "no output"],
    [
      "the last five lines of much",
      "for i in 1 2 3 4 5 6 7; do echo $i >&2; done; exit 3",
      "3\n4\n5\n6\n7",
    ],
  ] as const) {
    it(`says of a program that failed ${what}`, async () => {
      using _programs = new Programs({ tool: text });
      const { message, missing, code } = await failure(run("tool", ["--flag", "value"]));

      assert.equal(message, `\`tool --flag value\` failed: ${words}`);
      assert.deepEqual([missing, code], [false, 3]);
    });
  }

  it("ends a program that takes too long and does not want to end", async () => {
    using _programs = new Programs({ tool: "trap '' TERM; while :; do :; done" });
    const { message } = await failure(run("tool", [], { timeoutMs: 100 }));

    assert.equal(message, "`tool` timed out after 0.1 s.");
  });

  it("tells a program that was killed from one that took too long", async () => {
    using _programs = new Programs({ tool: "kill -9 $$" });
    const { message } = await failure(run("tool", []));

    assert.equal(message, "`tool` was ended by SIGKILL: no output");
  });

  it("ends a program that takes too long", async () => {
    using _programs = new Programs({ tool: "exec /bin/sleep 10" });
    const start = performance.now();
    const { message, code } = await failure(run("tool", ["now"], { timeoutMs: 100 }));

    assert.equal(message, "`tool now` timed out after 0.1 s.");
    assert.equal(code, undefined);
    assert.ok(performance.now() - start < 5_000);
  });
});

describe("capture", () => {
  it("hands back a failure as it is", async () => {
    using _programs = new Programs({ tool: "echo out; echo err >&2; exit 3" });

    assert.deepEqual(await capture("tool", []), { code: 3, stdout: "out\n", stderr: "err\n" });
  });
});

describe("show", () => {
  /** Another process with this code, which may use what lib/exec.ts has. */
  function other(code: string) {
    const program = `import { run, show } from "./lib/exec.ts"; ${code}`;
    return spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  it("leaves input and output to the program, and hands back its exit code", async () => {
    using _programs = new Programs({ tool: "echo shown; exit 3" });
    const child = other(`console.log(await show("tool", []));`);

    assert.equal(await text(child.stdout), "shown\n3\n");
  });

  it("passes each line on", async () => {
    using _programs = new Programs({ tool: "echo one; echo two" });
    const child = other(`
      const lines = [];
      await show("tool", [], { onLine: (line) => lines.push(line) });
      console.log(lines.join(" and "));`);

    assert.equal(await text(child.stdout), "one\ntwo\none and two\n");
  });

  it("ends the program on abort", async () => {
    using _programs = new Programs({ tool: "exec /bin/sleep 9" });
    const stop = new AbortController();
    const ended = show("tool", [], { signal: stop.signal });
    stop.abort();

    assert.equal(await ended, 128 + 15);
  });

  it("passes a signal on and lives to tell how the program ended", async () => {
    using _programs = new Programs({
      tool: "trap 'echo in good order; exit 4' TERM; echo up; for _ in 1 2 3 4 5 6 7 8 9; do /bin/sleep 1; done",
    });
    const child = other(`console.log(await show("tool", []));`);
    child.stdout.once("data", () => child.kill("SIGTERM"));

    assert.equal(await text(child.stdout), "up\nin good order\n4\n");
  });

  it("has no part in it that what run started ends with this process", async () => {
    using programs = new Programs({ tool: 'echo $$ >"${0%/*}/pid"; exec /bin/sleep 9' });
    const child = other(`
      import { existsSync } from "node:fs";
      const ended = run("tool", []);
      while (!existsSync("${programs.at("pid")}")) await new Promise((go) => setTimeout(go, 10));
      console.log("up");
      await ended;`);
    child.stdout.once("data", () => child.kill("SIGTERM"));
    const [, signal] = (await once(child, "exit")) as [unknown, string];

    assert.equal(signal, "SIGTERM");
    const pid = Number(programs.read("pid"));
    // The kernel may need a moment to end it.
    for (let tries = 100; tries > 0 && isAlive(pid); tries -= 1) {
      await new Promise((go) => setTimeout(go, 20));
    }
    assert.ok(!isAlive(pid), "the program goes on without this process");
  });

  function isAlive(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }
});
