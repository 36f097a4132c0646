import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { programResources } from "../../render/program.ts";
import { project } from "../../lib/project.ts";
import { Folder } from "../unit/folder.ts";
import { runIn, Tree } from "./tree.ts";
import { skipWithout } from "../required-tools.ts";

const node = process.execPath;

async function needHelm(this: Mocha.Context): Promise<void> {
  await skipWithout(this, "helm");
}

/** The files below a folder and what is in them. */
function filesIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    files.sort().map((file) => [file.slice(folder.length + 1), readFileSync(file, "utf8")]),
  );
}

describe("todo preview --render", function () {
  this.timeout(60_000);
  before(needHelm);

  const render = (out: string, env?: Record<string, string>, stack = "dev") =>
    runIn(project, node, ["cli/main.ts", "preview", "--stack", stack, "--render", out], env);

  it("writes one file for each object, named after it", () => {
    using folder = new Folder();
    const { code, output } = render(folder.at("out"));

    assert.equal(code, 0, output);
    const files = filesIn(folder.at("out/dev"));
    assert.match(output, new RegExp(`${files.size} objects of stack dev`));
    for (const name of [
      "namespace-todo-chatbot-namespace.yaml",
      "todo-chatbot-namespace/deployment-backend-deployment.yaml",
      "todo-chatbot-namespace/deployment-prometheus-deployment.yaml",
      "todo-chatbot-namespace/persistentvolumeclaim-todo-chatbot-data.yaml",
      "todo-chatbot-namespace/pod-smoke-test.yaml",
    ]) {
      const { kind } = (parse(files.get(name) ?? "") as { kind?: string } | null) ?? {};
      assert.equal(kind?.toLowerCase(), name.split("/").at(-1)?.split("-")[0], name);
    }
  });

  it("writes no secret", async () => {
    using folder = new Folder();
    render(folder.at("out"));
    const secrets = (await programResources(project, "dev"))
      .flatMap((resource) => resource.secrets)
      .filter((text) => text.length >= 8);

    assert.ok(secrets.length > 3);
    for (const [file, text] of filesIn(folder.at("out/dev"))) {
      for (const secret of secrets) {
        assert.ok(!text.includes(secret), file);
        assert.ok(!text.includes(Buffer.from(secret).toString("base64")), file);
      }
      if (!file.includes("/secret-")) continue;
      const { stringData = {} } = parse(text) as { stringData?: object };
      assert.deepEqual([...new Set(Object.values(stringData))], ["[secret]"], file);
    }
  });

  it("writes the same bytes on a machine with another kubeconfig and Docker", () => {
    using folder = new Folder({ kubeconfig: "no kubeconfig at all" });
    render(folder.at("one"));
    render(folder.at("two"), {
      KUBECONFIG: folder.at("kubeconfig"),
      DOCKER_HOST: "unix:///nowhere",
    });

    assert.deepEqual(filesIn(folder.at("two/dev")), filesIn(folder.at("one/dev")));
  });

  it("replaces an earlier rendering, and no other folder", () => {
    using folder = new Folder({ "mine/dev/notes.yaml": "mine" });
    render(folder.at("out"));
    folder.write("out/dev/todo-chatbot-namespace/service-old.yaml", "old");

    assert.equal(render(folder.at("out")).code, 0);
    assert.ok(!filesIn(folder.at("out/dev")).has("todo-chatbot-namespace/service-old.yaml"));
    const { code, output } = render(folder.at("mine"));
    assert.equal(code, 1);
    assert.match(
      output,
      /mine\/dev has files that are not from here\. Name a new folder with --render\./,
    );
    assert.equal(folder.read("mine/dev/notes.yaml"), "mine");
  });

  it("names the stack that is not there", () => {
    using folder = new Folder();
    const { code, output } = render(folder.at("out"), {}, "prod");

    assert.equal(code, 1);
    assert.match(output, /There is no stack "prod": .*Pulumi\.prod\.yaml is missing\./);
  });

  it("renders encrypted settings with placeholders", () => {
    using tree = new Tree();
    tree.edit(
      "Pulumi.dev.yaml",
      "config:",
      "config:\n  todo-chatbot:database: { mode: external, url: { secure: v1:abc:def } }",
    );
    const { code, output } = tree.run(node, [
      "cli/main.ts",
      "preview",
      "--stack",
      "dev",
      "--render",
      "rendered",
    ]);

    assert.equal(code, 0, output);
    const files = filesIn(join(tree.path, "rendered/dev"));
    assert.ok(!files.has("todo-chatbot-namespace/deployment-database-deployment.yaml"));
    assert.doesNotMatch([...files.values()].join("\n"), /encrypted-|database\.invalid/);
  });
});

describe("todo preview --against", function () {
  this.timeout(60_000);
  let tree: Tree;
  before(needHelm);
  before(() => {
    tree = new Tree();
    tree.commit();
  });
  afterEach(() => tree.restore());
  // None was made where helm is missing.
  after(() => (tree as Tree | undefined)?.[Symbol.dispose]());

  const diff = (...args: string[]) =>
    tree.run(node, ["cli/main.ts", "preview", "--against", ...args]);

  it("finds nothing where nothing changed, and leaves the repository as it was", () => {
    const { code, output } = diff("HEAD");

    assert.equal(code, 0, output);
    assert.match(output, /^stack dev: no change \(\d+ objects\)\n\nstack local: no change/);
    assert.equal(tree.run("git", ["worktree", "list"]).output.trim().split("\n").length, 1);
    assert.equal(tree.run("git", ["status", "--short"]).output.trim(), "?? node_modules");
  });

  it("shows an edited setting, template and source where each ends up", () => {
    tree.edit("Pulumi.dev.yaml", "config:", "config:\n  todo-chatbot:backend: { replicas: 3 }");
    tree.edit(
      "charts/todo-chatbot/templates/_pod.tpl",
      "enableServiceLinks: false",
      "enableServiceLinks: false\nhostname: chosen",
    );
    tree.edit("images/frontend/src/main.tsx", "import", "// edited\nimport");
    const { code, output } = diff("HEAD", "--stack", "dev");

    assert.equal(code, 0, output);
    assert.match(output, /^ {4}todo-chatbot-frontend: [0-9a-f]{12} → [0-9a-f]{12}$/m);
    assert.match(
      output,
      /~ Deployment\/backend-deployment \(rolls its pods\)\n {6}spec\.replicas: 2 → 3\n/,
    );
    assert.match(output, /^ {6}spec\.template\.spec\.hostname: \(none\) → chosen$/m);
    assert.doesNotMatch(output, /todo-chatbot-backend: /);
  });

  it("shows everything of a stack that is new", () => {
    const file = join(tree.path, "Pulumi.production.yaml");
    writeFileSync(
      file,
      `config:
  todo-chatbot:cluster: { kind: remote, context: production }
  todo-chatbot:images: { registry: registry.example.org/team }
  todo-chatbot:network: { exposure: loadBalancer }
`,
    );
    try {
      const { code, output } = diff("HEAD");

      assert.equal(code, 0, output);
      assert.match(
        output,
        /^stack dev: no change .*\n\nstack local: no change .*\n\nstack production: 0 changed, \d\d added, 0 removed, 0 unchanged$/m,
      );
    } finally {
      rmSync(file);
    }
  });

  it("compares two revisions without the working tree", () => {
    tree.edit("Pulumi.dev.yaml", "config:", "config:\n  todo-chatbot:backend: { replicas: 3 }");

    assert.equal(
      diff("main..HEAD", "--stack", "dev").output.trim().replace(/\d+/, "N"),
      "stack dev: no change (N objects)",
    );
  });

  for (const [what, args, words] of [
    [
      "a commit that is not there",
      ["nonsense"],
      /There is no commit nonsense in this repository\. Fetch it \(git fetch\), or name another\./,
    ],
    ["an option in a commit's place", ["--output=x"], /There is no commit --output=x/],
  ] as const) {
    it(`ends with exit code 1 for ${what}`, () => {
      const { code, output } = diff(...args);

      assert.match(output, words);
      assert.equal(code, 1);
    });
  }
});

describe("todo pulumi", function () {
  this.timeout(60_000);

  it("takes a secret before there is a stack, and writes it down encrypted", async function () {
    await skipWithout(this, "pulumi");
    using tree = new Tree();
    const key = "todo-chatbot:database.url";
    const url = "postgresql://todo:hush@db.example.org/todo";
    const { code, output } = tree.run(
      node,
      ["cli/main.ts", "pulumi", "config", "set", "--path", "--secret", key, url],
      { PULUMI_BACKEND_URL: "", PULUMI_CONFIG_PASSPHRASE: "" },
    );

    assert.equal(code, 0, output);
    const file = readFileSync(join(tree.path, ".todo-chatbot/Pulumi.dev.yaml"), "utf8");
    assert.match(file, /url:\s*\{?\s*secure: /);
    assert.ok(!(file + output).includes("hush"));
  });
});
