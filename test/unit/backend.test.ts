import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";

import { backendFolder, backendInWords, usesPassphrase } from "../../cli/pulumi/backend.ts";
import { keptKeys } from "../../cli/pulumi/workspace.ts";
import { project } from "../../lib/project.ts";

const backend = (url: string, source?: string) => ({ url, source, inProject: undefined });
const service = { secretsprovider: "awskms://alias/pulumi?region=eu-central-1" };
const salt = { encryptionsalt: "v1:salt" };

describe("a Pulumi backend", () => {
  for (const [url, folder] of [
    ["file:///var/state", "/var/state"],
    ["file:///var/my%20state?no_tmp_dir=true", "/var/my state"],
    ["file://~", homedir()],
    ["file://~/state", join(homedir(), "state")],
    ["file://./state", join(project, "state")],
    ["s3://state", undefined],
    ["https://api.pulumi.com", undefined],
  ] as const) {
    it(`at ${url} is ${folder === undefined ? "no folder" : "a folder"} of this machine`, () => {
      assert.equal(backendFolder({ url }), folder);
    });
  }

  for (const [words, url, source, encryption, env] of [
    [
      ".todo-chatbot/state; secrets: passphrase in .todo-chatbot/passphrase",
      `file://${project}/.todo-chatbot/state`,
      undefined,
      {},
      { PULUMI_CONFIG_PASSPHRASE_FILE: `${project}/.todo-chatbot/passphrase` },
    ],
    [
      "s3://state (PULUMI_BACKEND_URL); secrets: PULUMI_CONFIG_PASSPHRASE",
      "s3://state?region=eu-central-1",
      "PULUMI_BACKEND_URL",
      salt,
      { PULUMI_CONFIG_PASSPHRASE: "hunter2" },
    ],
    [
      "postgres://db.example.org/pulumi (PULUMI_BACKEND_URL); secrets: awskms://alias/pulumi",
      "postgres://me:hunter2@db.example.org/pulumi",
      "PULUMI_BACKEND_URL",
      service,
      {},
    ],
    [
      "https://api.pulumi.com (pulumi login); secrets: those of Pulumi Cloud",
      "https://api.pulumi.com",
      "pulumi login",
      {},
      {},
    ],
  ] as const) {
    it(`is described without credentials: ${words}`, () => {
      assert.equal(backendInWords(backend(url, source), encryption, env), words);
    });
  }

  for (const [what, url, encryption, isUsed] of [
    ["in files", "file:///state", {}, true],
    ["in a bucket", "s3://state", { secretsprovider: "passphrase" }, true],
    ["with a key service", "s3://state", service, false],
    ["of Pulumi Cloud", "https://api.pulumi.com", {}, false],
    ["of Pulumi Cloud with a salt", "https://api.pulumi.com", salt, true],
  ] as const) {
    it(`${what} ${isUsed ? "needs" : "needs no"} passphrase`, () => {
      assert.equal(usesPassphrase({ url }, encryption), isUsed);
    });
  }
});

describe("the encryption of a stack file", () => {
  const own = { ...salt, config: {} };
  const encrypted = {
    ...salt,
    config: { "todo-chatbot:openai": { apiKey: { secure: "v1:cipher" } } },
  };

  for (const [what, committed, mine, kept] of [
    ["stays the workspace's if the committed file has none", {}, encrypted, salt],
    ["stays if both agree", salt, encrypted, salt],
    [
      "is completed by the workspace's key",
      service,
      { ...service, encryptedkey: "key", config: {} },
      { ...service, encryptedkey: "key" },
    ],
    ["is the committed one", service, own, {}],
  ] as const) {
    it(what, () => {
      assert.deepEqual(keptKeys(committed, mine, "production", "own.yaml"), kept);
    });
  }

  it("is not replaced where that would leave secrets unreadable", () => {
    assert.throws(() => keptKeys(service, encrypted, "production", "own.yaml"), {
      name: "Problem",
      message:
        "Pulumi.production.yaml and own.yaml encrypt secrets with different keys, and the second would become unreadable. Set its secrets in Pulumi.production.yaml (pulumi config set --path --secret … --stack production), and remove them from own.yaml.",
    });
  });
});
