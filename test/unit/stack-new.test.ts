import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { faultOf, questionsFor, stackFileText } from "../../cli/commands/stack-new.ts";
import { Tree } from "../pull-request/tree.ts";
import { Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Folder } from "./folder.ts";
import { skipWithout } from "../required-tools.ts";

describe("a new stack file", () => {
  it("has a comment for each setting, from its declaration, and suggests others", () => {
    const values = {
      cluster: { kind: "remote", context: "production" },
      storage: { backup: { keep: 3 }, protect: true },
    };

    assert.equal(
      stackFileText("production", values),
      `# Stack production, created by: npm run todo -- stack new production
# Only what differs from the defaults; docs/configuration.md describes every setting.

config:
  # The cluster that the stack is deployed to.
  todo-chatbot:cluster:
    # Any other cluster
    kind: remote
    # Context in the kubeconfig.
    context: production
    # Namespace of all objects; each instance needs its own.
    # namespace: todo-chatbot-namespace
  # Storage and backups of the database.
  todo-chatbot:storage:
    # Backups of the database.
    backup:
      # Number of newest backups to keep.
      keep: 3
    # Keep the namespace, PVCs and the database's password on destroy.
    protect: true
    # Size of the database's PVC.
    # size: 1Gi
    # StorageClass of both PVCs; default: the cluster's.
    # storageClassName: …
`,
    );
  });
});

describe("stack new", function () {
  this.timeout(120_000);
  const remote = ["--kind", "remote", "--context", "eu", "--registry", "registry.example.org/team"];
  let tree: Tree;
  before(() => {
    tree = new Tree();
  });
  after(() => {
    tree[Symbol.dispose]();
  });

  const file = (name = "production") => join(tree.path, `Pulumi.${name}.yaml`);
  const create = (args: readonly string[], env: NodeJS.ProcessEnv = {}, name = "production") =>
    command("stack new", [name, ...args], env, tree.path);
  afterEach(() => {
    rmSync(file(), { force: true });
  });

  for (const [what, args, expected] of [
    ["kind", ["--kind", "kind"], { cluster: { kind: "kind" }, storage: { protect: true } }],
    [
      "a remote cluster",
      remote,
      {
        cluster: { kind: "remote", context: "eu" },
        images: { registry: "registry.example.org/team" },
        network: { exposure: "loadBalancer" },
        storage: { protect: true },
      },
    ],
    [
      "a host with TLS, and other settings",
      [
        ...[...remote, "--host", "todo.example.org", "--tls-secret", "todo-tls"],
        ...["--database", "bundled", "--set", "backend.replicas=3"],
        ...["--set", 'monitoring.labels["example.org/team"]=2024'],
      ],
      {
        cluster: { kind: "remote", context: "eu" },
        images: { registry: "registry.example.org/team" },
        network: { exposure: "ingress", host: "todo.example.org", tlsSecretName: "todo-tls" },
        storage: { protect: true },
        backend: { replicas: 3 },
        monitoring: { labels: { "example.org/team": "2024" } },
      },
    ],
  ] as const) {
    it(`writes a file for ${what}, which other commands accept`, async () => {
      using _kubeconfig = new Kubeconfig({ eu: "http://127.0.0.1:1" });
      const { code, output } = await create(args);

      assert.equal(
        output,
        `✓ Pulumi.production.yaml
Check it: npm run todo -- preview --stack production
Deploy it: npm start -- --stack production
Commit it, and pull requests are previewed against it; npm run generate records its golden files.
`,
      );
      assert.equal(code, 0);
      const { config } = parse(readFileSync(file(), "utf8")) as { config: object };
      const settings = Object.entries(config).map(
        ([key, value]) => [key.replace("todo-chatbot:", ""), value] as const,
      );
      assert.deepEqual(Object.fromEntries(settings), expected);
      const accepted = await command("settings", ["--stack", "production"], {}, tree.path);
      assert.equal(accepted.code, 0, accepted.output);
    });
  }

  it("takes an issuer of cert-manager in place of a Secret", async () => {
    await create([...remote, "--host", "todo.example.org", "--cluster-issuer", "letsencrypt"]);

    assert.match(readFileSync(file(), "utf8"), /^ {4}clusterIssuer: letsencrypt$/m);
  });

  it("writes down the secrets provider", async () => {
    await create(["--kind", "kind", "--secrets-provider", "awskms://alias/pulumi"]);

    assert.match(readFileSync(file(), "utf8"), /^secretsprovider: awskms:\/\/alias\/pulumi$/m);
  });

  it("says that the context is not on this machine, which may be meant", async () => {
    using _kubeconfig = new Kubeconfig({});
    const { code, output } = await create(remote);

    assert.equal(code, 0);
    assert.match(output, /^The kubeconfig of this machine has no context eu\.$/m);
  });

  it("never changes a file that exists", async () => {
    const before = readFileSync(file("dev"), "utf8");
    const { code, output } = await create(["--kind", "kind"], {}, "dev");

    assert.equal(code, 1);
    assert.equal(
      output,
      "Pulumi.dev.yaml already exists; it was not changed. Edit it, or delete it.\n",
    );
    assert.equal(readFileSync(file("dev"), "utf8"), before);
  });

  const url = "postgresql://todo:hunter2@db.example.org/todo?sslmode=require";
  for (const [what, args, words, exit = 2] of [
    ["no kind", [], /^error: --kind is missing\. Kind of cluster: kind, minikube or remote/],
    ["no context", ["--kind", "remote"], /^error: --context is missing\. Context in the kube/],
    ["no registry", remote.slice(0, 4), /^error: --registry is missing\. Registry to push/],
    ["an invalid value", [...remote, "--host", "A"], /network\.host is "A"; it must be a host/, 1],
    ["an unknown setting", ["--kind", "kind", "--set", "a.b=1"], /"?a"? is not a known key/, 1],
    [
      "no URL of an external database",
      [...remote, "--database", "external"],
      /--database external needs --database-url-from-env/,
    ],
    [
      "a URL of the bundled database",
      [...remote, "--database-url-from-env", "DB"],
      /--database-url-from-env needs --database external/,
    ],
    [
      "a variable that is not set",
      [...remote, "--database", "external", "--database-url-from-env", "NONE"],
      /The environment variable NONE is not set/,
    ],
    [
      "a URL that Postgres' clients can't use",
      [...remote, "--database", "external", "--database-url-from-env", "BAD"],
      /database\.url/,
      1,
    ],
  ] as const) {
    it(`refuses ${what} where nobody can be asked, and writes nothing`, async () => {
      const { code, output } = await create(args, { DB: url, BAD: "hunter2" });

      assert.match(output, words);
      assert.doesNotMatch(output, /hunter2|\n +at /);
      assert.equal(code, exit);
      assert.ok(!existsSync(file()));
    });
  }

  for (const name of ["a.b", "-a", "a/b", ""]) {
    it(`refuses the name "${name}"`, async () => {
      const { code, output } = await command("stack new", ["--kind", "kind", "--", name]);

      assert.match(output, /It must be letters, digits, - and _, like production\./);
      assert.equal(code, 2);
    });
  }

  describe("with an external database", () => {
    const external = [...remote, "--database", "external", "--database-url-from-env", "DB"];

    it("encrypts its URL with the user's backend and passphrase", async function () {
      await skipWithout(this, "pulumi");
      using folder = new Folder({ "state/.keep": "", "home/.keep": "" });
      const env = {
        PULUMI_BACKEND_URL: `file://${folder.at("state")}`,
        PULUMI_CONFIG_PASSPHRASE: "a passphrase",
        TODO_CHATBOT_HOME: folder.at("home"),
        DB: url,
      };
      const { code, output } = await create(external, env);

      assert.equal(code, 0, output);
      assert.match(output, /\(PULUMI_BACKEND_URL\); secrets: PULUMI_CONFIG_PASSPHRASE$/m);
      const text = readFileSync(file(), "utf8");
      assert.match(text, /^encryptionsalt: v1:/m);
      assert.match(text, /# Your own, at url\n +mode: external\n +url:\n +secure: v1:/);
      assert.doesNotMatch(text + output, /hunter2/);
      const get = ["config", "get", "--path", "todo-chatbot:database.url"];
      const read = (more: NodeJS.ProcessEnv) =>
        command("pulumi", ["--stack", "production", ...get], { ...env, ...more }, tree.path);
      assert.equal((await read({})).output, `${url}\n`);

      // Another machine, which has the file and neither state nor passphrase.
      const elsewhere = { PULUMI_CONFIG_PASSPHRASE: "", TODO_CHATBOT_HOME: folder.at("other") };
      assert.deepEqual(await read(elsewhere), {
        code: 1,
        output:
          "The secrets in Pulumi.production.yaml are encrypted with a passphrase that is not known here. Export PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.\n",
      });
    });

    it("leaves no file behind when that fails", async function () {
      await skipWithout(this, "pulumi");
      using folder = new Folder();
      const { code } = await create(external, {
        PULUMI_BACKEND_URL: `file://${folder.at("missing")}`,
        PULUMI_CONFIG_PASSPHRASE: "a passphrase",
        DB: url,
      });

      assert.equal(code, 1);
      assert.ok(!existsSync(file()));
    });
  });
});

describe("the questions for a new stack", () => {
  /** Asks until the end; each answer has to be accepted. @returns the settings that were asked for */
  function asked(replies: Readonly<Record<string, string>>): string[] {
    const answers: Record<string, string> = {};
    const paths: string[] = [];
    for (const { path } of questionsFor(answers, [])) {
      const reply = replies[path] ?? "";
      paths.push(path);
      if (reply !== "") assert.equal(faultOf(answers, path, reply), undefined);
      answers[path] = reply;
    }
    return paths;
  }
  const usual = {
    ...{ "cluster.kind": "remote", "cluster.context": "eu", "images.registry": "example.org/team" },
    ...{ "network.host": "todo.example.org", "database.mode": "bundled" },
  };
  const certificate = (replies: Readonly<Record<string, string>>) =>
    asked({ ...usual, ...replies }).filter((path) => /Secret|Issuer/.test(path));

  it("are about a certificate where there is a host: an issuer, or else a Secret", () => {
    const [issuer, secret] = ["network.clusterIssuer", "network.tlsSecretName"];
    assert.deepEqual(certificate({ [issuer]: "letsencrypt" }), [issuer]);
    assert.deepEqual(certificate({ [secret]: "todo-tls" }), [issuer, secret]);
    assert.deepEqual(certificate({}), [issuer, secret]);
    assert.deepEqual(certificate({ "network.host": "" }), []);
  });

  it("say what is accepted where an answer is not", () => {
    assert.equal(
      faultOf({ "network.host": "a.org" }, "network.tlsSecretName", "A B"),
      "It must be the name of a Secret.",
    );
  });
});
