import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mock } from "node:test";
import { pathToFileURL } from "node:url";

import { runProgram, withSubcommands } from "../../cli/command-line.ts";
import { renamed, todo } from "../../cli/program.ts";
import { project } from "../../lib/project.ts";
import { command } from "./command.ts";
import { Programs } from "./fakes.ts";
import { Folder } from "./folder.ts";

const program = todo();
/** The words by which each command is called. */
const names = withSubcommands(program)
  .filter(({ commands }) => commands.length === 0)
  .map((one) =>
    one.parent === program ? one.name() : `${one.parent?.name() ?? ""} ${one.name()}`,
  );

/** Runs a command line within this process. */
async function inside(words: string): Promise<{ code: unknown; output: string }> {
  const before = process.exitCode;
  let output = "";
  const write = (text: unknown) => (output += String(text)).length > 0;
  const streams = [process.stdout, process.stderr].map((stream) =>
    mock.method(stream, "write", write),
  );
  try {
    await runProgram(todo(), words.split(" "));
    return { code: process.exitCode, output };
  } finally {
    for (const stream of streams) stream.mock.restore();
    process.exitCode = before;
  }
}

describe("the command line", function () {
  this.timeout(60_000);

  it("has a line of help for every command and option", () => {
    assert.notEqual(names.length, 0);
    for (const one of withSubcommands(program)) {
      assert.match(one.description(), /^[A-Z].*\.$/s, one.name());
      for (const { flags, description } of one.options) assert.notEqual(description, "", flags);
      for (const argument of one.registeredArguments) {
        assert.notEqual(argument.description, "", `${one.name()} ${argument.name()}`);
      }
    }
  });

  for (const name of names) {
    it(`shows the help of ${name}`, async () => {
      const { code, output } = await inside(`${name} --help`);

      assert.ok(output.startsWith(`Usage: npm run todo -- ${name} `), output);
      assert.equal(code, 0);
    });

    // Pulumi's arguments are passed through.
    if (name === "pulumi") continue;
    it(`answers an unknown option of ${name} with usage and exit code 2`, async () => {
      const { code, output } = await inside(`${name} --nope`);

      assert.match(output, /^error: unknown option '--nope'\n/);
      assert.match(output, new RegExp(`\n\nUsage: npm run todo -- ${name} `));
      assert.equal(code, 2);
    });
  }

  for (const [what, words, message] of [
    ["an unknown command", "nope", /^error: unknown command 'nope'/],
    ["an unknown command of db", "db nope", /^error: unknown command 'nope'/],
    ["a word too many", "doctor now", /^error: too many arguments/],
    ["a port that is none", "up --port 80", /It must be a whole number from 30000 to 32767\./],
    ["a setting without a value", "up --set backend", /Write a key and a value/],
    [
      "an unknown stack",
      "drift --stack prod",
      /'prod' is invalid\. There is no Pulumi\.prod\.yaml\. Stacks: dev, .*local/,
    ],
    ["a report of nothing", "preview --report x", /^error: --report needs --against <ref>/],
    ["a scan for nothing", "preview --scan", /^error: --scan needs --report <file>/],
    ["a file that is not there", "preview --policy-config none.json", /can't be read as JSON/],
  ] as const) {
    it(`answers ${what} with usage and exit code 2`, async () => {
      const { code, output } = await inside(words);

      assert.match(output, message);
      assert.match(output, /\n\nUsage: npm run todo -- /);
      assert.equal(code, 2);
    });
  }

  it("ends the process with the exit code, and complains on standard error", async () => {
    const { code, output } = await command("up", ["--nope"]);

    assert.match(output, /^error: unknown option '--nope'/);
    assert.equal(code, 2);
  });

  for (const [name, exit, words] of [
    ["doctor", 1, /^– state +nothing is deployed/m],
    ["status", 1, /^The kubeconfig has no contexts/],
    ["logs", 1, /^The kubeconfig has no contexts/],
    ["drift", 1, /^Stack dev is not deployed/m],
  ] as const) {
    it(`writes nothing where ${name} only looks`, async () => {
      using _programs = new Programs({ pulumi: "echo v3.0.0" });
      using folder = new Folder({ kubeconfig: "" });
      const { code, output } = await command(name, [], {
        TODO_CHATBOT_HOME: folder.at("home"),
        XDG_CACHE_HOME: folder.at("cache"),
        KUBECONFIG: folder.at("kubeconfig"),
      });

      assert.match(output, words);
      assert.equal(code, exit);
      assert.deepEqual(readdirSync(folder.path), ["kubeconfig"]);
    });
  }

  it("says what a command is called now", async () => {
    assert.deepEqual(await command("backup", []), {
      code: 2,
      output: "backup is now: npm run todo -- db backup\n",
    });
  });

  it("names only commands that there are as new ones", () => {
    for (const successor of renamed.values()) {
      const [, words = ""] = /^npm run todo -- ([a-z ]+?)( -.*)?$/.exec(successor) ?? [];
      assert.ok(names.includes(words) || successor === "npm run generate", successor);
    }
  });

  it("loads no package that help and mistakes don't need", async () => {
    using folder = new Folder({
      "loaded.mjs": `
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { console.error("loaded " + url); return next(url, context); } });`,
    });
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(folder.at("loaded.mjs")).href}` };
    const { output } = await command("up", ["--help"], env);
    const loaded = [...output.matchAll(/^loaded \S*\/node_modules\/((?:@[^/]+\/)?[^/]+)/gm)];

    assert.deepEqual([...new Set(loaded.map(([, name]) => name))].sort(), [
      "@commander-js/extra-typings",
      "commander",
    ]);
    assert.match(output, new RegExp(`^loaded ${pathToFileURL(project).href}/cli/program.ts$`, "m"));
  });
});
