import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

import { run, RunError } from "../../lib/exec.ts";
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

  it("gives no input unless told to, not even this process's own", async () => {
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
    ["that it said nothing", "exit 3", "it said nothing"],
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

    assert.equal(message, "`tool` did not end within 0.1 s.");
  });

  it("tells a program that was killed from one that took too long", async () => {
    using _programs = new Programs({ tool: "kill -9 $$" });
    const { message } = await failure(run("tool", []));

    assert.equal(message, "`tool` ended by SIGKILL: it said nothing");
  });

  it("ends a program that takes too long", async () => {
    using _programs = new Programs({ tool: "exec /bin/sleep 10" });
    const start = performance.now();
    const { message, code } = await failure(run("tool", ["now"], { timeoutMs: 100 }));

    assert.equal(message, "`tool now` did not end within 0.1 s.");
    assert.equal(code, undefined);
    assert.ok(performance.now() - start < 5_000);
  });
});
