import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { DigestFile } from "../../cli/preview/digest.ts";
import { programResources } from "../../render/program.ts";
import { Folder } from "../unit/folder.ts";
import { Tree } from "./tree.ts";
import { skipWithout } from "../required-tools.ts";

const node = process.execPath;
/** Settings of this machine that `up` would take over. */
const noMirrors = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith("TODO_IMAGE_"))
    .map((name) => [name, ""]),
);

describe("The digest of what a stack deploys", function () {
  this.timeout(120_000);

  let tree: Tree;
  let reviewed: DigestFile;

  function digestsOf({ run, path }: Tree, env: Readonly<Record<string, string>> = {}): DigestFile {
    const file = join(path, "digests.json");
    rmSync(file, { force: true });
    const args = ["cli/main.ts", "preview", "--digests", "digests.json"];
    const { code, output } = run.call({ path }, node, args, env);
    assert.equal(code, 0, output);
    return JSON.parse(readFileSync(file, "utf8")) as DigestFile;
  }

  /** Names of the parts of stack dev that differ from the sound tree. */
  function differing(): string[] {
    const { digest, parts } = digestsOf(tree)["dev"]!;
    assert.notEqual(digest, reviewed["dev"]!.digest);
    return Object.keys(parts).filter((name) => parts[name] !== reviewed["dev"]!.parts[name]);
  }

  before(async function () {
    await skipWithout(this, "helm");
    tree = new Tree();
    reviewed = digestsOf(tree);
    copyFileSync(join(tree.path, "digests.json"), join(tree.path, "reviewed.json"));
  });
  afterEach(() => tree.restore());
  after(() => (tree as Tree | undefined)?.[Symbol.dispose]());

  it("is the same in another clone, for another user, on another day and kind of machine", () => {
    using other = new Tree();
    using folder = new Folder({
      "elsewhere.mjs": `
        Object.defineProperty(process, "arch", { value: "arm64", writable: true, configurable: true });
        const now = Date.now;
        Date.now = () => now() + 400 * 86_400_000;
        Math.random = () => 0.5;`,
    });

    const digests = digestsOf(other, {
      ...{ HOME: folder.path, USER: "somebody", LANG: "tr_TR.UTF-8", TZ: "Asia/Tokyo" },
      NODE_OPTIONS: `--import ${folder.at("elsewhere.mjs")}`,
    });

    assert.notEqual(other.path, tree.path);
    assert.deepEqual(digests, reviewed);
  });

  it("has no secret, neither in clear nor as its digest", async () => {
    const secrets = (await programResources(tree.path, "dev")).flatMap(({ secrets }) => secrets);
    const text = JSON.stringify(reviewed);

    assert.ok(secrets.length > 3);
    for (const secret of secrets.filter(({ length }) => length >= 8)) {
      assert.ok(!text.includes(secret));
    }
    for (const value of Object.values(reviewed["dev"]!.parts)) {
      assert.match(value, /^[0-9a-f]{64}$|^[\w.-]+(@sha256:[0-9a-f]{12})?$/);
    }
  });

  it("changes with a value of the chart", () => {
    tree.edit("charts/todo-chatbot/values.yaml", "cpu: 5m", "cpu: 6m");

    // The chart's hash is in one object, and a value of the release.
    assert.deepEqual(differing(), [
      "ConfigMap/app-config in todo-chatbot-namespace",
      "Deployment/database-deployment in todo-chatbot-namespace",
      "resource kubernetes:helm.sh/v3:Release release",
    ]);
  });

  it("changes with a source of an image", () => {
    tree.edit("images/backend/src/server.ts", "\n", "// Another build.\n\n");

    assert.deepEqual(differing().slice(0, 3), [
      "image todo-chatbot-backend",
      "CronJob/backup-drill in todo-chatbot-namespace",
      "Deployment/backend-deployment in todo-chatbot-namespace",
    ]);
  });

  it("changes with the result of a policy", () => {
    tree.edit("policy/rules/release.ts", "for (const input of [", 'for (const input of ["force", ');

    assert.deepEqual(differing(), ["policies"]);
  });

  for (const [what, from, to] of [
    ["that protects it", "protect: args.protect", "protect: !args.protect"],
    ["that ignores changes", 'ignoreChanges: ["metadata.name", ', "ignoreChanges: ["],
    ["that keeps it", "protect: args.protect", "protect: args.protect, retainOnDelete: true"],
  ] as const) {
    it(`changes with an option of a resource ${what}`, () => {
      tree.edit("components/storage/storage.ts", from, to);

      assert.deepEqual(differing(), [
        "resource kubernetes:core/v1:PersistentVolumeClaim data-claim",
      ]);
    });
  }

  it("changes with an encrypted setting, by however little", () => {
    const secret = "x".repeat(60);
    const file = (last: string) =>
      `config:\n  todo-chatbot:openai: { apiKey: { secure: v1:${secret}${last} } }\n`;
    const path = join(tree.path, "Pulumi.other.yaml");
    try {
      const [one, two] = ["a", "b"].map((last) => {
        writeFileSync(path, file(last));
        return digestsOf(tree)["other"]!.parts;
      });
      const differs = Object.keys(one!).filter((name) => one![name] !== two![name]);
      assert.equal(differs[0], "Deployment/backend-deployment in todo-chatbot-namespace");
      assert.ok(differs.includes("Secret/api-keys-secret in todo-chatbot-namespace"));
    } finally {
      rmSync(path);
    }
  });

  describe("as what npm start --reviewed deploys and nothing else", () => {
    const up = (digest: string, ...more: string[]) =>
      tree.run(node, ["cli/main.ts", "up", "--reviewed", digest, ...more], noMirrors);

    it("continues when nothing differs", () => {
      const { code, output } = up(reviewed["dev"]!.digest, "--digests", "reviewed.json");

      // There is no Docker engine, and no trial in place of the deployment.
      assert.match(output, /Stack dev is what was reviewed: sha256:[0-9a-f]{64}\n.*Docker/);
      assert.doesNotMatch(output, /Running the application here/);
      assert.equal(code, 1);
    });

    it("refuses another tree before anything is done, and names what differs first", () => {
      tree.edit("images/backend/src/server.ts", "\n", "// Another build.\n\n");
      tree.edit("Pulumi.dev.yaml", "config:", "config:\n  todo-chatbot:frontend: { replicas: 3 }");
      const { code, output } = up(reviewed["dev"]!.digest, "--digests", "reviewed.json");

      assert.equal(code, 1);
      assert.match(
        output,
        /^Nothing was changed\. Stack dev is not what was reviewed: its digest is sha256:\w+, and that of the review sha256:\w+\.\nFirst difference: image todo-chatbot-backend was [0-9a-f]{12} and is [0-9a-f]{12}\. \d+ more: ConfigMap\/prometheus-config in todo-chatbot-namespace, CronJob\/backup-drill in todo-chatbot-namespace, Deployment\/backend-deployment in/,
      );
    });

    it("refuses a setting of this machine", () => {
      const { code, output } = up(
        reviewed["dev"]!.digest,
        ...["--digests", "reviewed.json", "--set", "backend.replicas=3"],
      );
      rmSync(join(tree.path, ".todo-chatbot"), { recursive: true });

      assert.match(
        output,
        /First difference: ConfigMap\/prometheus-config in todo-chatbot-namespace has changed\. \d+ more: Deployment\/backend-deployment in/,
      );
      assert.equal(code, 1);
    });

    for (const [what, file] of [
      ["without the file of digests", []],
      ["with a file that is not there", ["--digests", "none.json"]],
      ["with that of another review", ["--digests", "reviewed.json"]],
    ] as const) {
      it(`says only that it differs ${what}`, () => {
        const { code, output } = up(`sha256:${"0".repeat(64)}`, ...file);

        assert.match(
          output,
          /that of the review sha256:0{64}\.\nWhat differs is not known without/,
        );
        assert.doesNotMatch(output, /First difference/);
        assert.equal(code, 1);
      });
    }

    it("takes only a digest", () => {
      const { code, output } = up("latest");

      assert.match(output, /Write sha256: and 64 hexadecimal digits/);
      assert.equal(code, 2);
    });
  });
});
