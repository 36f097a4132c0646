import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { lossesIn, planStack } from "../../cli/preview/plan.ts";
import { run } from "../../lib/exec.ts";
import { Folder } from "../unit/folder.ts";
import { stateAfter, stepsOf } from "./plan-steps.ts";
import { skipWithout } from "../required-tools.ts";
import { Tree } from "./tree.ts";

const volume = "components/storage/storage.ts";
const apiKey = "sk-of-the-real-stack";

/** The files of a folder, by the digest of what is in them. */
function contentOf(folder: string): object {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]),
  );
}

describe("todo preview --report --state", function () {
  this.timeout(240_000);

  let tree: Tree;
  let backend: Folder;
  let access: Record<string, string>;

  /** The comment of a preview that can read the state, unless told otherwise. */
  function comment(stack: string, env: Record<string, string> = access) {
    const { output, code } = tree.run(
      process.execPath,
      [
        ...["cli/main.ts", "preview", "--stack", stack, "--against", "HEAD"],
        ...["--state", "--report", "comment.md"],
      ],
      { TODO_CHATBOT_HOME: backend.at("home"), ...env },
    );
    return { code, output, text: readFileSync(join(tree.path, "comment.md"), "utf8") };
  }

  before(async function () {
    await skipWithout(this, "pulumi", "helm");
    tree = new Tree();
    backend = new Folder();
    mkdirSync(backend.at("state"));
    access = {
      PULUMI_BACKEND_URL: pathToFileURL(backend.at("state")).href,
      PULUMI_CONFIG_PASSPHRASE: "of the real stack",
    };
    const env = { ...access, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const pulumi = (args: string[], stdin?: string) =>
      run("pulumi", args, { cwd: tree.path, env, ...(stdin && { stdin }) });
    for (const stack of ["dev", "local"]) {
      const steps = stepsOf(await planStack(tree.path, stack, { args: ["--json"] }));
      await pulumi(["stack", "init", "--no-select", stack]);
      const key = ["config", "set", "--path", "--secret", "todo-chatbot:openai.apiKey"];
      if (stack === "dev") await pulumi([...key, "--stack", stack], apiKey);
      const empty = JSON.parse(await pulumi(["stack", "export", "--stack", stack]));
      const state = stateAfter(steps);
      const deployment = { ...empty.deployment, ...state.deployment };
      await pulumi(["stack", "import", "--stack", stack], JSON.stringify({ ...state, deployment }));
    }
    tree.commit();
  });
  afterEach(() => tree.restore());
  after(() => {
    (tree as Tree | undefined)?.[Symbol.dispose]();
    (backend as Folder | undefined)?.[Symbol.dispose]();
  });

  it("shows what an update would replace, and changes nothing", () => {
    const before = contentOf(backend.path);
    tree.edit(volume, '"spec.storageClassName"]', "]");
    tree.edit(volume, "storageClassName: args.storageClassName", 'storageClassName: "fast"');
    tree.edit(
      "components/secrets/secrets.ts",
      "metadata: {",
      'type: "example.org/another",\n          metadata: {',
    );

    const { text, output } = comment("dev");

    assert.match(
      text,
      /Previewed from the code of the change and the state of the stacks\./,
      output,
    );
    assert.match(text, /\| `dev` \| ✅ \| its state \| \+ 1 to create\b/);
    assert.match(
      text,
      /\| `dev` \| replace \| `kubernetes:core\/v1:PersistentVolumeClaim data-claim` \| `~spec` \|/,
    );
    assert.match(text, /\| `dev` \| replace \| `kubernetes:core\/v1:Secret secrets-[\w-]+` \|/);
    assert.ok(!(text + output).includes(apiKey));
    assert.deepEqual(contentOf(backend.path), before);
  });

  it("shows that a replaced resource is protected, and fails", () => {
    tree.edit(volume, '"spec.storageClassName"]', "]");
    tree.edit(volume, "storageClassName: args.storageClassName", 'storageClassName: "fast"');

    const { code, text } = comment("local");

    assert.equal(code, 1);
    assert.match(text, /\| `local` \| ❌ exit code 1 \| its state \|/);
    assert.match(
      text,
      /\| replace, but it is protected \| `kubernetes:core\/v1:PersistentVolumeClaim data-claim` \|/,
    );
  });

  it("starts from an empty state without access, as for a fork", () => {
    const { text } = comment("dev", { PULUMI_BACKEND_URL: "", PULUMI_CONFIG_PASSPHRASE: "" });

    assert.match(text, /\| `dev` \| ✅ \| an empty state \| \+ \d\d to create \|/);
    assert.doesNotMatch(text, /Deleted or replaced/);
  });

  it("fails when the state can't be decrypted, and does not show another in its place", () => {
    const { code, text } = comment("dev", { ...access, PULUMI_CONFIG_PASSPHRASE: "wrong" });

    assert.equal(code, 1);
    assert.match(text, /\| `dev` \| ❌ \| {2}\| .*incorrect passphrase/);
  });

  it("needs a report", () => {
    const { code, output } = tree.run(process.execPath, ["cli/main.ts", "preview", "--state"]);

    assert.equal(code, 2);
    assert.match(output, /--state needs --report <file>/);
  });
});

describe("What an update would delete or replace", () => {
  it("is read from the rows of a preview, once each", () => {
    const stdout = `
 ~  kubernetes:core/v1:Secret secrets-auth-secret update [diff: ~data]
 -- kubernetes:core/v1:PersistentVolumeClaim data-claim delete original
 +- kubernetes:core/v1:PersistentVolumeClaim data-claim replace [diff: ~spec]
 ++ kubernetes:core/v1:PersistentVolumeClaim data-claim create replacement [diff: ~spec]
 +- kubernetes:core/v1:PersistentVolumeClaim data-claim replace [diff: ~spec]
 -  kubernetes:core/v1:Namespace cluster-namespace delete error: unable to delete
Diagnostics:
  kubernetes:core/v1:Namespace (cluster-namespace):
    error: unable to delete resource "urn:pulumi:dev::todo-chatbot::kubernetes:core/v1:Namespace::cluster-namespace"
    as it is currently marked for protection. To unprotect the resource,
`;

    assert.deepEqual(
      lossesIn({ stdout }).map((loss) => Object.values(loss)),
      [
        ["kubernetes:core/v1:PersistentVolumeClaim", "data-claim", "~spec", "replace", false],
        ["kubernetes:core/v1:Namespace", "cluster-namespace", "", "delete", true],
      ],
    );
  });
});
