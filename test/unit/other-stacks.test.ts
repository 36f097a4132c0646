import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import { withSubcommands } from "../../cli/command-line.ts";
import { todo } from "../../cli/program.ts";
import { isApproved } from "../../cli/pulumi/approval.ts";
import { committedStacks, npmCommand, stacksIn, todoCommand } from "../../cli/stacks.ts";
import { schema } from "../../config/schema.ts";
import { Tree } from "../pull-request/tree.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Programs, Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

/** A remote cluster that needs no Docker here. */
const production = `
config:
  todo-chatbot:cluster: { kind: remote, context: production }
  todo-chatbot:network: { exposure: loadBalancer }
  todo-chatbot:images: { mode: none }
  todo-chatbot:storage: { protect: false }
`;

/** This project with a third stack. */
function projectWithProduction(): Tree {
  const tree = new Tree();
  writeFileSync(join(tree.path, "Pulumi.production.yaml"), production);
  return tree;
}

/** A Pulumi that has a stack with these resources, and records its calls. */
class FakePulumi extends Programs {
  constructor(url: string, resources: readonly object[] = []) {
    super({
      pulumi: `echo "$*" >>"\${0%/*}/calls"
case "$1 $2" in
"version ") echo v3.0.0 ;;
"stack ls") echo '[{"name":"production"}]' ;;
"stack export") echo '${JSON.stringify({ version: 3, deployment: { resources } })}' ;;
"stack output") echo '${JSON.stringify({ url, scans: {} })}' ;;
esac`,
    });
    this.write("calls", "");
  }

  /** The calls that plan or change something, by their first word. */
  get deeds(): string[] {
    const calls = this.read("calls").split("\n");
    const names = ["preview", "up", "destroy", "refresh"];
    return calls
      .filter((call) => names.includes(call.split(" ")[0] ?? ""))
      .map((call) => call.replace(/ --stack.*/, ""));
  }
}

describe("the stacks", () => {
  it("are the files Pulumi.<name>.yaml, the default one first", () => {
    using folder = new Folder({
      ...{ "Pulumi.yaml": "", "Pulumi.local.yaml": "", "Pulumi.dev.yaml": "" },
      ...{ "Pulumi.eu-1.yaml": "", "Pulumi.yaml.bak": "", "Pulumi.dev.yaml.orig": "" },
    });

    assert.deepEqual(stacksIn(folder.path), ["dev", "eu-1", "local"]);
  });

  it("have golden files only if their file is committed", async () => {
    const committed = await committedStacks();

    assert.deepEqual(committed.slice(0, 2), ["dev", "local"]);
    for (const stack of committed) assert.ok(stacksIn().includes(stack), stack);
  });

  it("are named in commands, except for the default one", () => {
    assert.deepEqual(
      ["dev", "production"].map((stack) => todoCommand("repair", stack)),
      ["npm run todo -- repair", "npm run todo -- repair --stack production"],
    );
    assert.deepEqual(
      ["dev", "production"].map((stack) => npmCommand("start", stack)),
      ["npm start", "npm start -- --stack production"],
    );
  });
});

describe("a stack of one's own", function () {
  this.timeout(120_000);
  let tree: Tree;
  before(() => {
    tree = projectWithProduction();
  });
  after(() => {
    tree[Symbol.dispose]();
  });

  const operands: Readonly<Record<string, readonly string[]>> = {
    "db restore": ["todo-20261122T030000Z.dump", "--yes"],
    "db move": ["--to", "bundled", "--yes"],
    drift: ["--fix", "--yes"],
    pulumi: ["stack"],
    up: ["--yes"],
    down: ["--yes"],
    adopt: ["--yes"],
    preview: ["--render", "/dev/null/nowhere"],
    "reset-password": ["a@example.org"],
  };
  const program = todo();
  const names = withSubcommands(program)
    .filter(({ options }) => options.some(({ long }) => long === "--stack"))
    .map((one) => (one.parent === program ? one.name() : `db ${one.name()}`));

  for (const name of names) {
    it(`is known to ${name}`, async () => {
      using _pulumi = new FakePulumi("");
      using _kubeconfig = new Kubeconfig({});
      const args = ["--stack", "production", ...(operands[name] ?? [])];
      const { code, output } = await command(name, args, {}, tree.path);

      assert.notEqual(code, 2, output);
      assert.doesNotMatch(output, /is invalid|There is no (stack|Pulumi)|\n +at /);
    });
  }

  it("is known to Pulumi's own --stack and -s, and others are not", async () => {
    using pulumi = new FakePulumi("");
    for (const option of ["--stack", "-s"]) {
      await command("pulumi", ["stack", option, "production"], {}, tree.path);
      const refused = await command("pulumi", ["stack", option, "prod"], {}, tree.path);

      assert.equal(refused.code, 2);
      assert.match(
        refused.output,
        /^error: There is no Pulumi\.prod\.yaml\. Stacks: dev, .*production\. Create one: npm run todo -- stack new prod\n/,
      );
    }

    assert.deepEqual(pulumi.read("calls").match(/^stack --stack .*$/gm), [
      "stack --stack production",
      "stack --stack production",
    ]);
  });

  it("is one that doctor checks", async () => {
    using _programs = new Programs();
    using _kubeconfig = new Kubeconfig({});
    const { output } = await command("doctor", [], {}, tree.path);

    const [, report = ""] = /\nStack production\n([\s\S]*)/.exec(output) ?? [];
    assert.match(report, /^✓ config +valid\n✓ backend +\S+\/state; secrets: passphrase in/);
  });
});

describe("a remote cluster", function () {
  this.timeout(120_000);
  const identity = { urn: "i", type: "pulumi-nodejs:dynamic/index:ClusterIdentity", outputs: {} };
  let tree: Tree;
  before(() => {
    tree = projectWithProduction();
  });
  after(() => {
    tree[Symbol.dispose]();
  });

  async function run(name: string, args: readonly string[], resources: readonly object[] = []) {
    const lists = ["secrets?labelSelector=owner%3Dhelm%2Cname%3Dtodo-chatbot", "pods"];
    const base = "/api/v1/namespaces/todo-chatbot-namespace/";
    const objects = Object.fromEntries(lists.map((list) => [`${base}${list}`, { items: [] }]));
    await using server = await ApiServer.start({ objects: { "/readyz": {}, ...objects } });
    using _kubeconfig = new Kubeconfig({ production: server.url });
    using pulumi = new FakePulumi(server.url, resources);
    const outcome = await command(name, ["--stack", "production", ...args], { CI: "" }, tree.path);
    return { ...outcome, deeds: pulumi.deeds, writes: server.writes };
  }

  for (const [name, args] of [
    ["up", []],
    ["down", []],
    ["adopt", []],
    ["drift", ["--fix"]],
    ["db move", ["--to", "bundled"]],
    ["db move", ["--stop"]],
  ] as const) {
    it(`is left alone by ${[name, ...args].join(" ")} where nobody can confirm`, async () => {
      const { code, output, deeds, writes } = await run(name, args, [identity]);

      assert.equal(output, "Not a terminal: pass --yes to skip confirmation.\n");
      assert.equal(code, 1);
      assert.deepEqual([deeds, writes], [[], []]);
    });
  }

  it("is deployed to after its plan was shown", async () => {
    const { code, output, deeds } = await run("up", ["--yes"]);

    assert.equal(code, 0, output);
    assert.match(output, /^• State of stack production: \S+\/state; secrets: passphrase in/m);
    assert.match(output, /^• Plan of stack production for the remote cluster production$/m);
    assert.deepEqual(deeds, ["preview", "up --yes --skip-preview"]);
  });

  it("is not another one than at the last update", async () => {
    const known = { ...identity, outputs: { uid: "uid-2" } };
    const { code, output, deeds } = await run("up", ["--yes"], [known]);

    assert.equal(code, 1);
    assert.match(
      output,
      /\(UID of kube-system: uid-1, was uid-2\)\. Set cluster\.context to the right one in Pulumi\.production\.yaml;/,
    );
    assert.deepEqual(deeds, []);
  });

  it("is cleared after its plan was shown", async () => {
    const { code, output, deeds } = await run("down", ["--yes"], [identity]);

    assert.equal(code, 0, output);
    assert.deepEqual(deeds, [
      "destroy --preview-only --exclude-protected",
      "destroy --yes --skip-preview --exclude-protected",
    ]);
  });

  it("keeps its state when it is unreachable, and is never deleted", async () => {
    using _kubeconfig = new Kubeconfig({ production: "http://127.0.0.1:1" });
    using pulumi = new FakePulumi("", [identity]);
    const down = (...args: string[]) =>
      command("down", ["--stack", "production", "--yes", ...args], {}, tree.path);

    const away = await down();
    assert.match(away.output, /\nNothing was changed\. The API server of context production /);
    const deleted = await down("--cluster");
    assert.match(deleted.output, /^production is not a local cluster; delete it with the tool/);
    assert.deepEqual([away.code, deleted.code, pulumi.deeds], [1, 1, []]);
  });
});

describe("the approval of a plan", () => {
  const workspace = {
    ...{ stack: "production", folder: "/", configFile: "/none", settings: schema.parse({}) },
    ...{
      backend: { url: "s3://state", source: "", inProject: undefined },
      encryption: {},
      env: {},
    },
  };
  const target = { kind: "remote", context: "production" } as const;
  const proposal = { plan: ["preview"], consequence: "deploys to" };

  /** Somebody at a terminal who types a line. */
  function answering(line: string): Disposable {
    const stdin = Object.getOwnPropertyDescriptor(process, "stdin")!;
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    Object.defineProperty(process, "stdin", { ...stdin, get: () => terminal });
    terminal.write(`${line}\n`);
    return { [Symbol.dispose]: () => Object.defineProperty(process, "stdin", stdin) };
  }

  for (const [line, expected] of [
    ["yes", true],
    ["y", false],
    ["", false],
    ["no", false],
  ] as const) {
    it(`is ${expected ? "given" : "refused"} by typing "${line}"`, async () => {
      using pulumi = new FakePulumi("");
      using _ci = new Variable("CI", undefined);
      using _terminal = answering(line);

      assert.equal(await isApproved(workspace, target, { ...proposal, yes: false }), expected);
      assert.deepEqual(pulumi.deeds, ["preview"]);
    });
  }

  it("is asked of nobody in CI", async () => {
    using _pulumi = new FakePulumi("");
    using _ci = new Variable("CI", "true");
    using _terminal = answering("yes");

    await assert.rejects(isApproved(workspace, target, { ...proposal, yes: false }), {
      message: "The variable CI is set: pass --yes to skip confirmation.",
    });
  });

  it("is not given to a plan that fails, even with --yes", async () => {
    using _programs = new Programs({ pulumi: "exit 3" });

    await assert.rejects(isApproved(workspace, target, { ...proposal, yes: true }), {
      message: "The plan failed (exit code 3); see the output above. Nothing was changed.",
    });
  });

  it("is not needed for a local cluster", async () => {
    using pulumi = new FakePulumi("");
    const local = { kind: "kind", context: "kind-todo-chatbot" } as const;

    assert.equal(await isApproved(workspace, local, { ...proposal, yes: false }), true);
    assert.deepEqual(pulumi.deeds, []);
  });
});
