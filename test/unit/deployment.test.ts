import assert from "node:assert/strict";

import type { ExportedState } from "../../cli/pulumi/deployment.ts";
import {
  knowsRelease,
  releaseStanding,
  withoutForce,
  withoutPending,
  withRelease,
} from "../../cli/pulumi/deployment.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::todo-chatbot::${type}::${name}`;
const component = {
  ...{ urn: urn("todo-chatbot:index:ChatbotRelease", "release"), custom: false },
  type: "todo-chatbot:index:ChatbotRelease",
};
const provider = {
  urn: urn("todo-chatbot:index:Cluster$pulumi:providers:kubernetes", "cluster-provider"),
  ...{ type: "pulumi:providers:kubernetes", custom: true, id: "p-1" },
};
const namespace = {
  urn: urn("todo-chatbot:index:Cluster$kubernetes:core/v1:Namespace", "cluster-namespace"),
  ...{ type: "kubernetes:core/v1:Namespace", custom: true },
  provider: `${provider.urn}::p-1`,
};
const image = {
  urn: urn("docker:index/image:Image", "a"),
  type: "docker:index/image:Image",
  custom: true,
};

const state = (...resources: NonNullable<ExportedState["deployment"]["resources"]>) => ({
  version: 3,
  deployment: { resources, pending_operations: [{ type: "creating" }], secrets_providers: "kept" },
});

describe("a state", () => {
  it("adopts the release, below its component, and uninstalls it before what it uses", () => {
    const before = state(provider, namespace, image, component);
    const after = withRelease(before, "todo");

    const facts = { name: "todo-chatbot", namespace: "todo" };
    assert.deepEqual(after, {
      version: 3,
      deployment: {
        ...before.deployment,
        resources: [
          ...before.deployment.resources,
          {
            urn: urn("todo-chatbot:index:ChatbotRelease$kubernetes:helm.sh/v3:Release", "release"),
            type: "kubernetes:helm.sh/v3:Release",
            custom: true,
            id: "todo/todo-chatbot",
            parent: component.urn,
            provider: `${provider.urn}::p-1`,
            inputs: facts,
            outputs: facts,
            dependencies: [namespace.urn],
          },
        ],
      },
    });
    assert.ok(knowsRelease(after.deployment));
    assert.ok(!knowsRelease(before.deployment));
  });

  it("replaces a release that it has by what there is, and nothing else", () => {
    const type = "kubernetes:helm.sh/v3:Release";
    const release = { urn: "r", type, custom: true, parent: "p", dependencies: ["d"] };
    const failed = { inputs: { values: 1 }, outputs: { values: 1 }, initErrors: ["late"] };
    const other = { ...image, initErrors: ["kept"] };

    const facts = { name: "todo-chatbot", namespace: "todo" };
    assert.deepEqual(
      withRelease(state(other, { ...release, ...failed }), "todo")?.deployment.resources,
      [other, { ...release, inputs: facts, outputs: facts }],
    );
  });

  it("has a release that is known, failed or unknown", () => {
    const release = (initErrors?: string[]) => ({
      resources: [
        { urn: "r", type: "kubernetes:helm.sh/v3:Release", ...(initErrors && { initErrors }) },
      ],
    });
    assert.equal(releaseStanding({ resources: [] }), "unknown");
    assert.equal(releaseStanding(release()), "known");
    assert.equal(releaseStanding(release([])), "known");
    assert.equal(releaseStanding(release(["late"])), "failed");
  });

  it("adopts no release without its component or its provider", () => {
    assert.equal(withRelease(state(provider, namespace), "todo"), undefined);
    assert.equal(withRelease(state(component), "todo"), undefined);
  });

  it("loses the permission to take fields from others, and nothing else", () => {
    const kept = { context: "kind-todo-chatbot" };
    const forced = { ...kept, enablePatchForce: "true" };
    const before = state({ ...provider, inputs: forced, outputs: forced }, namespace);

    const { resources } = withoutForce(before).deployment;
    assert.deepEqual(resources, [{ ...provider, inputs: kept, outputs: kept }, namespace]);
  });

  it("loses operations that never ended, and nothing else", () => {
    const before = state(provider);
    assert.deepEqual(withoutPending(before), {
      version: 3,
      deployment: { ...before.deployment, pending_operations: [] },
    });
  });
});
