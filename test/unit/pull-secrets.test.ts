import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { PullSecretsArgs } from "../../components/images/pull-secrets.ts";
import { pullSecrets } from "../../components/images/pull-secrets.ts";
import { all, isSecret, only, plain, settle, startEngine, valueOf } from "./engine.ts";

const secretType = "kubernetes:core/v1:Secret";

async function names(args: Omit<PullSecretsArgs, "namespace">): Promise<string[]> {
  await startEngine();
  const provider = new k8s.Provider("provider");
  const made = pullSecrets("pull-secret", { namespace: "todo", ...args }, { provider });
  await settle();
  return Promise.all(made.map((name) => valueOf(pulumi.output(name))));
}

describe("the Secrets that images are pulled with", () => {
  for (const [server, key] of [
    ["registry.example.org:5000", "registry.example.org:5000"],
    ["docker.io", "https://index.docker.io/v1/"],
  ] as const) {
    it(`are created of the credentials for ${server}, encrypted`, async () => {
      const password = pulumi.secret("hunter2");

      assert.deepEqual(await names({ pullCredentials: { server, username: "robot", password } }), [
        "registry-credentials",
      ]);
      const { type, stringData, metadata } = only(secretType).inputs;
      assert.equal(type, "kubernetes.io/dockerconfigjson");
      assert.equal((metadata as { namespace: string }).namespace, "todo");
      const { ".dockerconfigjson": text } = plain(stringData) as { ".dockerconfigjson": unknown };
      assert.ok(isSecret(stringData) || isSecret(text));
      assert.deepEqual(JSON.parse(plain(text) as string), {
        auths: {
          [key]: { username: "robot", password: "hunter2", auth: "cm9ib3Q6aHVudGVyMg==" },
        },
      });
    });
  }

  it("may exist already", async () => {
    assert.deepEqual(await names({ pullSecretName: "registry" }), ["registry"]);
    assert.deepEqual(all(secretType), []);
  });

  it("are none by default", async () => {
    assert.deepEqual(await names({}), []);
    assert.deepEqual(all(secretType), []);
  });
});
