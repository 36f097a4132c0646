import assert from "node:assert/strict";

import { Cluster } from "../../components/cluster/cluster.ts";
import type { ClusterArgs } from "../../components/cluster/cluster.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { only, settle, startEngine } from "./engine.ts";

const identityType = "pulumi-nodejs:dynamic/index:ClusterIdentity";
const providerType = "pulumi:providers:kubernetes";
const namespaceType = "kubernetes:core/v1:Namespace";

const target = { kind: "kind", context: "kind-todo-chatbot" } as const;
const connection = { uid: "5f7c", nodeAddresses: ["172.18.0.2"] };

/** Registers a cluster, and waits until all of it is. */
async function cluster(args: Partial<ClusterArgs> = {}): Promise<Cluster> {
  const made = new Cluster("cluster", {
    target,
    connection,
    found: undefined,
    namespace: "todo-chatbot-namespace",
    stack: "dev",
    settings: { backend: { replicas: 3 } },
    isPreview: false,
    protect: true,
    ...args,
  });
  await settle();
  return made;
}

describe("Cluster", () => {
  beforeEach(() => startEngine());

  for (const protect of [true, false]) {
    it(`${protect ? "keeps" : "gives up"} the namespace at destroy when protect is ${String(protect)}`, async () => {
      await cluster({ protect });

      assert.equal(only(namespaceType).protect, protect);
    });
  }

  it("marks the namespace with the id and the words that the identity has", async () => {
    const owner = "2f6a";
    const ownedBy = "stack dev of ann@laptop";
    await startEngine({ outputs: { "cluster-identity": { owner, ownedBy } } });
    await cluster();

    assert.deepEqual((only(namespaceType).inputs["metadata"] as Manifest["metadata"]).annotations, {
      "todo-chatbot/owner": owner,
      "todo-chatbot/owned-by": ownedBy,
      "todo-chatbot/settings": '{"backend":{"replicas":3}}',
    });
  });

  it("tells the identity what is there, and is accepted with it", async () => {
    const found = { uid: "uid-1", isTerminating: false, owner: "2f6a" };
    await (
      await cluster({ found, isPreview: true })
    ).accepted;

    const { __provider, ...inputs } = only(identityType).inputs;
    assert.deepEqual(inputs, {
      ...{ target, found, isPreview: true },
      ...{ namespace: "todo-chatbot-namespace", uid: "5f7c", stack: "dev" },
    });
  });

  for (const [kind, context, identifier] of [
    ["kind", "kind-todo-chatbot", "kind/todo-chatbot"],
    ["minikube", "laptop", "minikube/laptop"],
    ["remote", "production", "remote/production"],
  ] as const) {
    it(`binds the provider to ${context}, and to an identifier that outlives the address`, async () => {
      await cluster({ target: { kind, context } });

      const { clusterIdentifier, kubeconfig, ...inputs } = only(providerType).inputs;
      assert.deepEqual([inputs["context"], clusterIdentifier], [context, identifier]);
      // Not left out: the SDK would fill in this machine's $KUBECONFIG.
      assert.equal(kubeconfig, "");
    });
  }

  it("names no server to the provider while no cluster answers", async () => {
    await cluster({ connection: undefined });

    const { kubeconfig } = only(providerType).inputs;
    assert.deepEqual(JSON.parse(String(kubeconfig)), {
      apiVersion: "v1",
      kind: "Config",
      clusters: [],
      contexts: [],
    });
  });

  it("compares the cluster's identity before anything is done in it", async () => {
    await cluster();

    const { uid, target: where } = only(identityType).inputs;
    assert.deepEqual({ uid, where }, { uid: "5f7c", where: target });
    assert.deepEqual(only(providerType).dependsOn, ["cluster-identity"]);
  });

  it("keeps the identity that it knows while no cluster answers", async () => {
    await cluster({ connection: undefined });

    assert.ok(!("uid" in only(identityType).inputs));
  });
});
