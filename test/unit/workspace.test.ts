import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { parse } from "yaml";

import { openUnchecked, openWorkspace, readWorkspace } from "../../cli/pulumi/workspace.ts";
import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

/** A workspace of its own, on a machine where nothing of Pulumi or of mirrors is set. */
class Home extends Folder {
  readonly #variables: readonly Variable[];

  constructor(env: Readonly<Record<string, string>> = {}) {
    super();
    const unset = [
      ...["NODE", "POSTGRES", "PROMETHEUS", "ALERTMANAGER"].map((part) => `TODO_IMAGE_${part}`),
      ...["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"],
      ...["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"],
    ].map((name) => [name, undefined] as const);
    const all: Record<string, string | undefined> = {
      ...Object.fromEntries(unset),
      TODO_CHATBOT_HOME: this.at("workspace"),
      PULUMI_HOME: this.at("pulumi"),
      ...env,
    };
    this.#variables = Object.entries(all).map(([name, value]) => new Variable(name, value));
  }

  /** What the workspace's own config of stack dev says, by key without `todo-chatbot:`. */
  get config(): Record<string, unknown> {
    const { config } = parse(this.read("workspace/Pulumi.dev.yaml")) as { config: object };
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace("todo-chatbot:", ""), value]),
    );
  }

  /** What the user, or Pulumi for them, wrote to it. */
  setOwn(text: string): void {
    this.write("workspace/Pulumi.dev.yaml", text);
  }

  mode(file: string): string {
    return (statSync(this.at(file)).mode & 0o777).toString(8);
  }

  override [Symbol.dispose](): void {
    for (const variable of this.#variables) variable[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

describe("the workspace", () => {
  it("starts with the committed file and all defaults", async () => {
    using home = new Home();
    const { stack, folder, configFile, settings } = await openWorkspace("dev");

    assert.equal(stack, "dev");
    assert.equal(folder, home.at("workspace"));
    assert.equal(configFile, home.at("workspace/Pulumi.dev.yaml"));
    assert.deepEqual(home.config, { cluster: { kind: "kind" }, storage: { protect: false } });
    assert.equal(settings.storage.protect, false);
    assert.equal(settings.backend.replicas, 2);
  });

  it("removes metadata of a state that a killed update has left empty", async () => {
    using home = new Home();
    await openWorkspace("dev");
    const stacks = "workspace/state/.pulumi/stacks/todo-chatbot";
    home.write(`${stacks}/dev.json`, "");
    home.write(`${stacks}/dev.json.attrs`, "");
    home.write(`${stacks}/local.json.attrs`, "{}");

    await openWorkspace("dev");
    assert.deepEqual(readdirSync(home.at(stacks)).sort(), ["dev.json", "local.json.attrs"]);
  });

  it("is refused if invalid, but open to changes of the config that fix it", async () => {
    using home = new Home();
    home.setOwn(
      "config:\n  todo-chatbot:monitoring: { receivers: { email: { to: a@example.org } } }\n",
    );

    await assert.rejects(openWorkspace("dev"), /monitoring\.receivers\.email\.from is missing/);
    const { configFile } = await openUnchecked("dev");
    assert.equal(configFile, home.at("workspace/Pulumi.dev.yaml"));
    assert.deepEqual(home.config["monitoring"], { receivers: { email: { to: "a@example.org" } } });
  });

  it("never writes into the project", async () => {
    using _home = new Home({ TODO_IMAGE_NODE: "mirror/node:24" });
    const files = readdirSync(".").filter((file) => /^Pulumi\..*yaml$/.test(file));
    const before = files.map((file) => readFileSync(file, "utf8"));
    await openWorkspace("dev", { "backend.replicas": "3" });

    assert.deepEqual(
      readdirSync(".").filter((file) => /^Pulumi\..*yaml$/.test(file)),
      files,
    );
    assert.deepEqual(
      files.map((file) => readFileSync(file, "utf8")),
      before,
    );
  });

  it("is readable by its owner only", async () => {
    using home = new Home();
    await openWorkspace("dev");

    assert.equal(home.mode("workspace"), "700");
    assert.equal(home.mode("workspace/passphrase"), "600");
    assert.equal(home.mode("workspace/Pulumi.dev.yaml"), "600");
  });

  it("prefers a change, then the environment, then the committed file, then its own", async () => {
    using home = new Home({ TODO_IMAGE_NODE: "env:1", TODO_IMAGE_POSTGRES: "env:2" });
    home.setOwn(`
config:
  todo-chatbot:cluster: { context: kind-mine, kind: minikube }
  todo-chatbot:images: { node: "own:1", postgres: "own:2", prometheus: "own:3" }
  todo-chatbot:storage: { protect: true, size: 5Gi }
`);
    const { settings } = await openWorkspace("dev", { "images.node": "change:1" });

    const { node, postgres, prometheus } = settings.images;
    assert.deepEqual([node, postgres, prometheus], ["change:1", "env:2", "own:3"]);
    const { kind, context } = settings.cluster;
    assert.deepEqual([kind, context], ["kind", "kind-mine"]);
    assert.deepEqual([settings.storage.protect, settings.storage.size], [false, "5Gi"]);
  });

  it("keeps a change for the next time", async () => {
    using _home = new Home();
    await openWorkspace("dev", { "backend.replicas": "3", "network.nodePort": "31000" });

    const { settings } = await openWorkspace("dev");
    assert.deepEqual([settings.backend.replicas, settings.network.nodePort], [3, 31000]);
  });

  it("has all image mirrors of the environment", async () => {
    using home = new Home({
      TODO_IMAGE_NODE: "mirror/node:24",
      TODO_IMAGE_POSTGRES: "mirror/postgres:17",
      TODO_IMAGE_PROMETHEUS: "",
      TODO_IMAGE_ALERTMANAGER: "mirror/alertmanager:0",
    });
    await openWorkspace("dev");

    assert.deepEqual(home.config["images"], {
      node: "mirror/node:24",
      postgres: "mirror/postgres:17",
      alertmanager: "mirror/alertmanager:0",
    });
  });

  for (const [text, value] of [
    ["3", 3],
    ["true", true],
    ["false", false],
  ] as const) {
    it(`takes ${text} of a command line for ${typeof value} ${text}`, async () => {
      using home = new Home();
      const path = typeof value === "number" ? "backend.replicas" : "network.policies";
      await openWorkspace("dev", { [path]: text });

      const [key = "", field = ""] = path.split(".");
      assert.equal((home.config[key] as Record<string, unknown>)[field], value);
    });
  }

  it("takes text as it is written, on a command line and in a stack file", async () => {
    using home = new Home();
    home.setOwn("config:\n  todo-chatbot:openai: { model: 4.10 }\n");
    await assert.rejects(openWorkspace("dev"), /openai\.model is set, but openai\.apiKey is not/);

    home.setOwn(`
config:
  todo-chatbot:openai: { model: 4.10, apiKey: { secure: v1:cipher } }
  todo-chatbot:cluster: { namespace: 007 }
`);
    const path = 'monitoring.labels["example.org/team"]';
    const { settings } = await openWorkspace("dev", {
      [path]: "2024",
      "monitoring.labels.release": "true",
    });

    assert.equal(settings.openai.model, "4.10");
    assert.equal(settings.cluster.namespace, "007");
    assert.deepEqual(settings.monitoring.labels, { "example.org/team": "2024", release: "true" });
    // Pulumi reads the file too.
    assert.deepEqual(home.config["cluster"], { kind: "kind", namespace: "007" });
    assert.deepEqual(home.config["monitoring"], { labels: settings.monitoring.labels });
  });

  it("migrates its own settings to their new names, and no others", async () => {
    using home = new Home();
    home.setOwn(`
config:
  kubernetes:context: elsewhere
  todo-chatbot:storage: { className: fast }
  todo-chatbot:network: { exposure: gateway, host: todo.example.org, className: public }
`);
    const { settings } = await openWorkspace("dev");

    assert.equal(settings.storage.storageClassName, "fast");
    assert.deepEqual(home.config["storage"], { protect: false, storageClassName: "fast" });
    assert.equal(settings.network.exposure === "gateway" && settings.network.gatewayName, "public");
    assert.equal(home.config["kubernetes:context"], "elsewhere");
  });

  it("loses what is no longer in the committed file, and keeps what it had itself", async () => {
    using home = new Home();
    const network = { exposure: "ingress", host: "a.org", tlsSecretName: "old" };
    const committed = { "todo-chatbot:network": network, "todo-chatbot:openai": { model: "m" } };
    home.setOwn(
      JSON.stringify({
        config: {
          "todo-chatbot:network": { ...network, policies: false },
          "todo-chatbot:openai": { model: "m" },
          "todo-chatbot:backend": { logLevel: "debug" },
        },
      }),
    );
    home.write("workspace/dev.committed.json", JSON.stringify({ config: committed }));
    await openWorkspace("dev");
    await openWorkspace("dev");

    assert.deepEqual(home.config["network"], { policies: false });
    assert.equal(home.config["openai"], undefined);
    assert.deepEqual(home.config["backend"], { logLevel: "debug" });
  });

  it("remembers the committed file for that", async () => {
    using home = new Home();
    await openWorkspace("dev");
    assert.deepEqual(
      JSON.parse(home.read("workspace/dev.committed.json")),
      parse(readFileSync("Pulumi.dev.yaml", "utf8")),
    );
  });

  it("keeps its own secrets, and the salt that they are encrypted with", async () => {
    using home = new Home();
    home.setOwn(`
encryptionsalt: v1:salt
config:
  todo-chatbot:openai:
    apiKey:
      secure: v1:cipher
  todo-chatbot:database:
    mode: external
    url:
      secure: v1:other
`);
    await openWorkspace("dev");
    const { settings } = await openWorkspace("dev");

    assert.match(home.read("workspace/Pulumi.dev.yaml"), /^encryptionsalt: v1:salt$/m);
    assert.deepEqual(home.config["openai"], { apiKey: { secure: "v1:cipher" } });
    assert.deepEqual(home.config["database"], {
      mode: "external",
      url: { secure: "v1:other" },
    });
    assert.equal(settings.database.mode, "external");
  });

  for (const [what, changes, fault] of [
    ["a fault", { "backend.replicas": "0" }, /backend\.replicas is 0; it must be/],
    ["a secret in plain text", { "openai.apiKey": "hunter2" }, /openai\.apiKey is stored in plain/],
    ["an unknown key", { "backend.workers": "3" }, /backend\.workers is not a known key/],
  ] as const) {
    it(`refuses ${what}, and does not write it down`, async () => {
      using home = new Home();
      await openWorkspace("dev");
      const before = home.read("workspace/Pulumi.dev.yaml");

      await assert.rejects(openWorkspace("dev", changes), ({ message }: Error) => {
        assert.match(message, fault);
        assert.doesNotMatch(message, /hunter2/);
        return true;
      });
      assert.equal(home.read("workspace/Pulumi.dev.yaml"), before);
    });
  }

  it("writes nothing where nothing changes", async () => {
    using home = new Home();
    await openWorkspace("dev", { "backend.replicas": "3" });
    const before = statSync(home.at("workspace/Pulumi.dev.yaml"), { bigint: true });
    await openWorkspace("dev", { "backend.replicas": "3" });

    const after = statSync(home.at("workspace/Pulumi.dev.yaml"), { bigint: true });
    assert.deepEqual([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
  });

  it("writes nothing for a read-only command", async () => {
    using home = new Home({ TODO_IMAGE_NODE: "mirror/node:24" });
    const { settings } = await readWorkspace("dev");

    assert.equal(settings.images.node, "mirror/node:24");
    assert.ok(!existsSync(home.at("workspace")));
  });

  for (const [what, text] of [
    ["empty", ""],
    ["empty", "\n"],
    ["cut off", "encryptionsalt"],
  ] as const) {
    it(`says that its file is ${what}: ${JSON.stringify(text)}`, async () => {
      using home = new Home();
      home.setOwn(text);

      await assert.rejects(openWorkspace("dev"), {
        name: "Problem",
        message: `${home.at("workspace/Pulumi.dev.yaml")} is ${what}; it had settings and the salt of their secrets. Restore it from a backup, or delete it if the stack was never deployed.`,
      });
      assert.equal(home.read("workspace/Pulumi.dev.yaml"), text);
    });
  }

  it("says which of its files is not YAML", async () => {
    using home = new Home();
    home.setOwn("config: [");

    await assert.rejects(openWorkspace("dev"), ({ name, message }: Error) => {
      assert.equal(name, "Problem");
      assert.ok(message.startsWith(`${home.at("workspace/Pulumi.dev.yaml")} is not YAML: `));
      return true;
    });
  });
});

describe("the environment of Pulumi", () => {
  it("keeps state and passphrase in the workspace by default", async () => {
    using home = new Home();
    const { env } = await openWorkspace("dev");

    assert.deepEqual(env, {
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: pathToFileURL(home.at("workspace/state")).href,
      PULUMI_CONFIG_PASSPHRASE_FILE: home.at("workspace/passphrase"),
    });
    assert.ok(existsSync(home.at("workspace/state")));
  });

  it("keeps the passphrase that it generated", async () => {
    using home = new Home();
    await openWorkspace("dev");
    const passphrase = home.read("workspace/passphrase");
    await openWorkspace("local");

    assert.match(passphrase, /^[\w-]{32}$/);
    assert.equal(home.read("workspace/passphrase"), passphrase);
  });

  it("has one passphrase and every setting when first commands run at the same time", async () => {
    using home = new Home();
    const changes = ["backend.replicas", "frontend.replicas", "network.nodePort"].map((key) => ({
      [key]: key === "network.nodePort" ? "31000" : "3",
    }));
    const opened = await Promise.all(changes.map((change) => openWorkspace("dev", change)));

    assert.match(home.read("workspace/passphrase"), /^[\w-]{32}$/);
    assert.equal(new Set(opened.map(({ env }) => env["PULUMI_CONFIG_PASSPHRASE_FILE"])).size, 1);
    const { settings } = await readWorkspace("dev");
    assert.deepEqual(
      [settings.backend.replicas, settings.frontend.replicas, settings.network.nodePort],
      [3, 3, 31000],
    );
    assert.deepEqual(readdirSync(home.at("workspace")).sort(), [
      ...["Pulumi.dev.yaml", "Pulumi.yaml", "dev.committed.json", "passphrase", "state"],
    ]);
  });

  for (const [name, value] of [
    ["PULUMI_BACKEND_URL", "s3://state"],
    ["PULUMI_ACCESS_TOKEN", "pul-0"],
  ] as const) {
    it(`leaves the state where ${name} says`, async () => {
      using home = new Home({ [name]: value });
      const { env } = await openWorkspace("dev");

      assert.ok(!("PULUMI_BACKEND_URL" in env));
      assert.ok(!existsSync(home.at("workspace/state")));
    });
  }

  for (const [what, credentials, own] of [
    ["where pulumi login put it", { current: "https://api.example.org" }, false],
    ["in the workspace after pulumi logout", { current: "" }, true],
  ] as const) {
    it(`leaves the state ${what}`, async () => {
      using home = new Home();
      home.write("pulumi/credentials.json", JSON.stringify(credentials));
      const { env } = await openWorkspace("dev");

      assert.equal("PULUMI_BACKEND_URL" in env, own);
    });
  }

  for (const [name, isUsed] of [
    ["dev", false],
    ["local", true],
  ] as const) {
    it(`${isUsed ? "uses" : "does not use"} a login after stack dev was created here, for ${name}`, async () => {
      using home = new Home();
      home.write("workspace/state/.pulumi/stacks/todo-chatbot/dev.json", "{}");
      home.write("pulumi/credentials.json", JSON.stringify({ current: "https://api.example.org" }));
      const { env, backend } = await openWorkspace(name);

      assert.equal(backend.source, isUsed ? "pulumi login" : undefined);
      assert.equal("PULUMI_BACKEND_URL" in env, !isUsed);
    });
  }

  it("generates no passphrase for Pulumi Cloud, which has its own secrets provider", async () => {
    using home = new Home({ PULUMI_BACKEND_URL: "https://api.example.org" });
    const { env } = await openWorkspace("dev");

    assert.ok(!("PULUMI_CONFIG_PASSPHRASE_FILE" in env));
    assert.ok(!existsSync(home.at("workspace/passphrase")));
  });

  for (const name of ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
    it(`generates no passphrase if ${name} is set`, async () => {
      using home = new Home({ [name]: "given" });
      const { env } = await openWorkspace("dev");

      assert.ok(!("PULUMI_CONFIG_PASSPHRASE_FILE" in env));
      assert.ok(!existsSync(home.at("workspace/passphrase")));
    });
  }
});
