import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { isSecret, only, plain, registered, settle, startEngine, valueOf } from "./engine.ts";

const secretType = "kubernetes:core/v1:Secret";

describe("the mock engine", () => {
  beforeEach(() => startEngine());

  it("refuses a resource type that it has no mock for", async () => {
    new k8s.batch.v1.Job("job", { spec: { template: {} } });

    await assert.rejects(settle(), {
      message: "no mock for the resource type kubernetes:batch/v1:Job",
    });
  });

  it("refuses a provider function that it has no mock for", async () => {
    const token = "kubernetes:yaml:decode";
    await assert.rejects(pulumi.runtime.invoke(token, { text: "" }));

    await assert.rejects(settle(), { message: `no mock for the provider function ${token}` });
  });

  it("encrypts what a provider says is secret, and what depends on it", async () => {
    const password = new random.RandomPassword("password", { length: 12, special: false });
    new k8s.core.v1.ConfigMap("open", { data: { KEY: "value" } });
    new k8s.core.v1.ConfigMap("closed", { data: { KEY: password.result } });
    const result = await valueOf(password.result);
    await settle();

    const { data } = only("kubernetes:core/v1:ConfigMap", "closed").inputs;
    assert.ok(isSecret(data));
    assert.deepEqual(plain(data), { KEY: result });
    assert.ok(!isSecret(only("kubernetes:core/v1:ConfigMap", "open").inputs["data"]));
  });

  it("tells what a resource waits for, what made it and whether it is protected", async () => {
    const component = new pulumi.ComponentResource("todo-chatbot:index:Test", "component");
    const first = new k8s.core.v1.Secret("first", {}, { parent: component, protect: true });
    new k8s.core.v1.Secret("second", {}, { dependsOn: first });
    await settle();

    const { parent, protect } = only(secretType, "first");
    assert.deepEqual({ parent, protect }, { parent: "component", protect: true });
    const second = only(secretType, "second");
    assert.deepEqual(
      { parent: second.parent, protect: second.protect, dependsOn: second.dependsOn },
      { parent: "", protect: false, dependsOn: ["first"] },
    );
  });

  it("forgets everything when it starts again", async () => {
    new k8s.core.v1.Secret("first", {});
    await settle();
    await startEngine();

    assert.deepEqual(registered, []);
  });
});
