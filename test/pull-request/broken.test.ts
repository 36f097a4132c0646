import assert from "node:assert/strict";
import { join } from "node:path";

import type { Outcome } from "./tree.ts";
import { Tree } from "./tree.ts";
import { skipWithout } from "../required-tools.ts";

const node = process.execPath;
const policies = (tree: Tree) =>
  tree.run(node, ["cli/main.ts", "preview", "--policies", "--stack", "dev"]);
const policyTests = (tree: Tree) =>
  tree.run(node, [
    join("node_modules", "mocha", "bin", "mocha.js"),
    ...["--no-config", "--timeout", "60000", "test/policy/**/*.test.ts"],
  ]);

/** What is broken, how, and the words of the check that turns red. */
type Case = readonly [
  what: string,
  breakIt: (tree: Tree) => void,
  words: RegExp,
  check?: (tree: Tree) => Outcome,
];

const templates = "charts/todo-chatbot/templates";

const cases: readonly Case[] = [
  [
    "a template with an open action",
    (tree) => tree.edit(`${templates}/backend/service.yaml`, "{{ include", "{{ if }}{{ include"),
    /parse error.*service\.yaml/,
  ],
  [
    "a template without a security context's half",
    (tree) =>
      tree.edit(`${templates}/_pod.tpl`, "readOnlyRootFilesystem: true", "privileged: false"),
    /read-only-root: Deployment\/backend-deployment container backend has a writable root file system/,
  ],
  [
    "a template less",
    (tree) => tree.remove(`${templates}/backend/pdb.yaml`),
    /rolling-updates: Deployment\/backend-deployment has no PodDisruptionBudget/,
  ],
  [
    "a default value that the schema refuses",
    (tree) =>
      tree.edit(
        "charts/todo-chatbot/values.yaml",
        "pullPolicy: IfNotPresent",
        "pullPolicy: Sometimes",
      ),
    /values don't meet the specifications of the schema[\s\S]*pullPolicy/,
  ],
  [
    "a value that is not in the schema",
    (tree) =>
      tree.edit("charts/todo-chatbot/values.yaml", "namePrefix:", "nameSuffix: x\nnamePrefix:"),
    /nameSuffix/,
  ],
  [
    "a setting of a stack out of its range",
    (tree) =>
      tree.edit("Pulumi.dev.yaml", "config:", "config:\n  todo-chatbot:backend: { replicas: -5 }"),
    /todo-chatbot:backend\.replicas is -5; it must be a whole number from 1 to 50/,
  ],
  [
    "a secret of a stack in plain text",
    (tree) =>
      tree.edit(
        "Pulumi.dev.yaml",
        "config:",
        "config:\n  todo-chatbot:openai: { apiKey: sk-0123456789 }",
      ),
    /openai\.apiKey is stored in plain text/,
  ],
  [
    "a program that throws",
    (tree) =>
      tree.edit(
        "components/storage/storage.ts",
        "const claim =",
        'throw new Error("no disk");\n    const claim =',
      ),
    /The program of stack dev fails: no disk/,
  ],
  [
    "a release that does not roll back",
    (tree) => tree.edit("components/release/release.ts", "atomic: true", "atomic: false"),
    /atomic-release: kubernetes:helm\.sh\/v3:Release release does not set atomic/,
  ],
  [
    "a program that hands the chart a secret",
    (tree) =>
      tree.edit(
        "components/secrets/secrets.ts",
        "this.revision = revisionOf(",
        "this.revision = pulumi.unsecret(databasePassword);\n    void revisionOf(",
      ),
    /no-secret-outside-secrets: kubernetes:helm\.sh\/v3:Release release values\.secretsRevision holds the value of a secret/,
  ],
  [
    "a resource on whatever cluster the kubeconfig points at",
    (tree) =>
      tree.edit("index.ts", "{ namespace, ...storage }, inCluster)", "{ namespace, ...storage })"),
    /explicit-provider: kubernetes:core\/v1:PersistentVolumeClaim data-claim has no explicit provider/,
  ],
  [
    "a tag that is always the same",
    (tree) =>
      tree.edit(
        "components/images/content-tag.ts",
        'return hash.digest("hex").slice(0, 12);',
        'return "main";',
      ),
    /no-moving-tags: Deployment\/backend-deployment container backend runs todo-chatbot-backend:main/,
  ],
  [
    "a policy that does not parse",
    (tree) => tree.edit("policy/rules/release.ts", "export const", "export konst"),
    /SyntaxError|ERR_INVALID_TYPESCRIPT_SYNTAX/,
  ],
  [
    "a policy that throws",
    (tree) =>
      tree.edit(
        "policy/rules/release.ts",
        'for (const input of ["atomic"',
        'throw new Error("no policy");\n      for (const input of ["atomic"',
      ),
    /Error: no policy/,
  ],
  [
    "a policy that lets everything pass",
    (tree) =>
      tree.edit(
        "policy/rules/release.ts",
        'for (const input of ["atomic", "cleanupOnFail"])',
        "for (const input of [])",
      ),
    /failing[\s\S]*atomic-release/,
    policyTests,
  ],
  [
    "a policy without a fixture",
    (tree) => tree.edit("policy/rules/release.ts", 'name: "kept-data"', 'name: "kept-pods"'),
    /failing[\s\S]*have a fixture that breaks kept-pods/,
    policyTests,
  ],
];

describe("The check of a tree", function () {
  this.timeout(120_000);

  let tree: Tree;
  before(async function () {
    tree = new Tree();
    await skipWithout(this, "helm");
  });
  afterEach(() => tree.restore());
  after(() => tree[Symbol.dispose]());

  it("is green as it is", () => {
    const { code, output } = policies(tree);

    assert.match(output, /✓ stack dev: no violations/);
    assert.equal(code, 0);
  });

  for (const [what, breakIt, words, check = policies] of cases) {
    it(`turns red with ${what}`, () => {
      breakIt(tree);

      const { code, output } = check(tree);

      assert.match(output, words);
      assert.ok(code !== null && code > 0, `exit code ${code ?? "none"}`);
    });
  }
});
