import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

import { stringify } from "yaml";

import { openWorkspace } from "../../cli/pulumi/workspace.ts";
import { secretPaths } from "../../config/tree.ts";
import { valueAt, withPlaceholders } from "../../config/values.ts";
import { project } from "../../lib/project.ts";
import { programResources } from "../../render/program.ts";
import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";
import type { Values } from "./settings.ts";
import { refusal } from "./settings.ts";

const secure = { secure: "v1:cipher" };

/** A stack with every secret that there is, and all that depends on one. */
const stack: Values = {
  images: {
    pullCredentials: { server: "registry.example.org", username: "robot", password: secure },
  },
  database: { mode: "external", url: secure, caCertificate: rootCertificates[0] },
  monitoring: {
    receivers: {
      webhook: { url: secure },
      slack: { url: secure, channel: "#alerts" },
      email: {
        to: "ops@example.org",
        from: "todo@example.org",
        smarthost: "smtp.example.org:587",
        username: "todo",
        password: secure,
      },
    },
  },
  network: { proxy: { url: secure }, publicUrl: "https://todo.example.org" },
  openai: { apiKey: secure, baseUrl: "http://ollama.example.org:11434/v1", model: "small" },
  smtp: { host: "smtp.example.org", from: "a@example.org", user: "todo", password: secure },
  storage: {
    backup: {
      s3: {
        endpoint: "https://s3.example.org",
        bucket: "safe",
        accessKeyId: secure,
        secretAccessKey: secure,
      },
    },
  },
};
const stackFile = stringify({
  config: Object.fromEntries(
    Object.entries(stack).map(([key, value]) => [`todo-chatbot:${key}`, value]),
  ),
});

describe("placeholders of encrypted settings", () => {
  it("are tested with every secret", () => {
    for (const path of secretPaths) assert.equal(valueAt(stack, path), secure, path.join("."));
  });

  it("are accepted as what they stand for", () => {
    const encrypted = new Set<string>();
    const values = withPlaceholders(stack, [], (key) => encrypted.add(key)) as Values;

    assert.equal(refusal(values, [...encrypted]), "accepted");
  });

  it("change when the encrypted value does", () => {
    const placeholders = (cipher: string) =>
      secretPaths.map((path) => withPlaceholders({ secure: cipher }, path, () => undefined));
    const [one, other] = [placeholders("v1:one"), placeholders("v1:other")];

    for (const [index, placeholder] of one.entries()) assert.notEqual(placeholder, other[index]);
  });

  for (const [what, values] of [
    ["a group that is encrypted as a whole", { openai: secure }],
    ["a setting that need not be encrypted", { storage: { size: secure } }],
    ["the bucket's name", { storage: { backup: { s3: { ...s3(), bucket: secure } } } }],
  ] as const) {
    it(`are accepted for ${what}`, () => {
      const encrypted = new Set<string>();
      const plain = withPlaceholders(values, [], (key) => encrypted.add(key)) as Values;

      assert.equal(refusal(plain, [...encrypted]), "accepted");
    });
  }

  it("let the commands open a workspace", async () => {
    using folder = new Folder();
    using _home = new Variable("TODO_CHATBOT_HOME", folder.at("workspace"));
    folder.write("workspace/Pulumi.dev.yaml", stackFile);

    assert.equal((await openWorkspace("dev")).settings.database.mode, "external");
  });

  it("let the program run without the stack's passphrase", async () => {
    using folder = new Folder();
    const tree = folder.at("tree");
    mkdirSync(tree);
    for (const name of readdirSync(project)) symlinkSync(join(project, name), join(tree, name));
    folder.write("tree/Pulumi.secrets.yaml", stackFile);

    const resources = await programResources(tree, "secrets");
    const secret = resources.find(({ name }) => name === "secrets-database-secret");
    assert.match(JSON.stringify(secret?.secrets), /postgresql:/);
  });
});

function s3() {
  return ((stack["storage"] as Values)["backup"] as Values)["s3"] as Values;
}
