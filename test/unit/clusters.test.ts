import assert from "node:assert/strict";

import type { ClusterTarget } from "../../lib/clusters.ts";
import {
  clusterName,
  createCommand,
  imageOnNode,
  nodePortHost,
  openCommand,
  volumeNodes,
} from "../../lib/clusters.ts";
import { clusterTarget } from "../../config/target.ts";
import { Programs } from "./fakes.ts";

const rows: readonly {
  readonly target: ClusterTarget;
  readonly name: string;
  readonly command: string;
  /** Where a NodePort answers when the nodes have an address, and when they have none. */
  readonly hosts: readonly [string | undefined, string | undefined];
  readonly open: string;
}[] = [
  {
    target: { kind: "kind", context: "kind-dev" },
    name: "dev",
    command: "kind create cluster --name dev",
    hosts: ["localhost", "localhost"],
    open: "kubectl --context kind-dev --namespace n port-forward service/page 8080:80",
  },
  {
    target: { kind: "minikube", context: "laptop" },
    name: "laptop",
    command: "minikube start --profile laptop",
    hosts: ["192.168.49.2", undefined],
    open: "minikube --profile laptop service page --namespace n --url",
  },
  {
    target: { kind: "remote", context: "production" },
    name: "production",
    command: "your provider's own tools",
    hosts: ["192.168.49.2", undefined],
    open: "kubectl --context production --namespace n port-forward service/page 8080:80",
  },
];

for (const { target, name, command, hosts, open } of rows) {
  describe(`a ${target.kind} cluster`, () => {
    it(`is called ${name}, and made by: ${command}`, () => {
      assert.equal(clusterName(target), name);
      assert.equal(createCommand(target), command);
    });

    it("tells where a NodePort answers", () => {
      assert.deepEqual(
        [nodePortHost(target, ["192.168.49.2", "192.168.49.3"]), nodePortHost(target, [])],
        hosts,
      );
    });

    it("tells what opens a Service whatever the network", () => {
      assert.equal(openCommand(target, "n", "page"), open);
    });
  });
}

describe("volumeNodes", () => {
  for (const [kind, className, nodes] of [
    ["minikube", undefined, { "minikube.k8s.io/primary": "true" }],
    ["minikube", "standard", { "minikube.k8s.io/primary": "true" }],
    ["minikube", "csi-hostpath-sc", undefined],
    ["kind", undefined, undefined],
    ["remote", "standard", undefined],
  ] as const) {
    it(`is ${nodes ? "the first" : "any"} for class ${className ?? "default"} of ${kind}`, () => {
      assert.deepEqual(volumeNodes({ kind, context: "any" }, className), nodes);
    });
  }
});

describe("imageOnNode", () => {
  it("fails when the node can't be asked, rather than say that it lacks the image", async () => {
    using _programs = new Programs({ docker: "echo 'container is not running' >&2; exit 1" });

    await assert.rejects(imageOnNode({ kind: "kind", context: "kind-dev" }, "node-1", "app:1"), {
      message: "`docker exec node-1 crictl inspecti app:1` failed: container is not running",
    });
  });

  it("knows nothing of the nodes of a remote cluster", async () => {
    await assert.rejects(
      imageOnNode({ kind: "remote", context: "production" }, "node-1", "app:1"),
      {
        message: "the nodes of a remote cluster can't be accessed; they pull their images",
      },
    );
  });
});

describe("clusterTarget", () => {
  for (const [cluster, context] of [
    [{ kind: "kind" }, "kind-todo-chatbot"],
    [{ kind: "kind", context: "kind-dev" }, "kind-dev"],
    [{ kind: "minikube" }, "minikube"],
    [{ kind: "minikube", profile: "laptop" }, "laptop"],
    [{ kind: "remote", context: "production" }, "production"],
  ] as const) {
    it(`is context ${context} for ${JSON.stringify(cluster)}`, () => {
      assert.deepEqual(clusterTarget({ ...cluster, namespace: "n" }), {
        kind: cluster.kind,
        context,
      });
    });
  }
});
