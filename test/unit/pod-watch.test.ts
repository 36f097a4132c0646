import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { CoreV1Api, V1ContainerStatus, V1Pod, V1Service } from "@kubernetes/client-node";

import { addressTrouble, PodWatch, troubleOf } from "../../cli/kubernetes/pod-watch.ts";

const container = (name: string, status: Partial<V1ContainerStatus>): V1ContainerStatus => ({
  name,
  ready: false,
  restartCount: 0,
  image: "any",
  imageID: "any",
  ...status,
});
const crashed = (exitCode: number, reason = "Error") => ({ terminated: { exitCode, reason } });
const running = { running: {} };

function pod(containers: V1ContainerStatus[], more: Partial<V1Pod["status"]> = {}): V1Pod {
  return { metadata: { name: "backend-1" }, status: { containerStatuses: containers, ...more } };
}

describe("what keeps a pod from getting ready", () => {
  const rows: [string, V1Pod, string | undefined, string][] = [
    [
      "a crash, and how often it came",
      pod([
        container("backend", {
          restartCount: 3,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: crashed(1),
        }),
      ]),
      "backend",
      "ended with exit code 1, 3 times",
    ],
    [
      "the first crash",
      pod([container("backend", { state: crashed(7) })]),
      "backend",
      "ended with exit code 7",
    ],
    [
      "too little memory",
      pod([container("backend", { state: crashed(137, "OOMKilled") })]),
      "backend",
      "ended with exit code 137, because it needed more memory than its limit",
    ],
    [
      "a missing image",
      pod([
        container("backend", {
          state: { waiting: { reason: "ErrImagePull", message: "not found" } },
        }),
      ]),
      "backend",
      "does not start (ErrImagePull: not found)",
    ],
    [
      "a registry that refuses the pods' credentials",
      pod([
        container("backend", {
          state: {
            waiting: {
              reason: "ErrImagePull",
              message: "unexpected status from HEAD request to https://a/v2/b: 401 Unauthorized",
            },
          },
        }),
      ]),
      "backend",
      "does not start (ErrImagePull: unexpected status from HEAD request to https://a/v2/b: 401 Unauthorized). The registry refuses the credentials that the pods pull with: check images.pullCredentials, or the Secret that images.pullSecretName names",
    ],
    [
      "a probe that fails",
      pod([container("backend", { state: running })]),
      "backend",
      "runs, but is not ready",
    ],
    [
      "the one that crashed, not the one that waits for it",
      pod([container("guard", { state: running }), container("database", { state: crashed(1) })]),
      "database",
      "ended with exit code 1",
    ],
    [
      "a container that prepares",
      pod([container("backend", { state: { waiting: { reason: "PodInitializing" } } })], {
        initContainerStatuses: [container("migrate", { state: crashed(2) })],
      }),
      "migrate",
      "ended with exit code 2",
    ],
    [
      "no room on any node",
      pod([], {
        conditions: [
          { type: "PodScheduled", status: "False", message: "0/1 nodes: too little cpu" },
        ],
      }),
      undefined,
      "finds no node: 0/1 nodes: too little cpu",
    ],
  ];
  for (const [what, given, name, words] of rows) {
    it(`is ${what}`, () => {
      const trouble = troubleOf(given);
      assert.deepEqual(
        [trouble?.pod, trouble?.container, trouble?.what],
        ["backend-1", name, words],
      );
    });
  }

  it("is nothing while it starts, when it is ready, when it has prepared, and for a Job that the database does not need", () => {
    const starting = { waiting: { reason: "ContainerCreating" } };
    assert.equal(troubleOf(pod([container("backend", { state: starting })])), undefined);
    const ready = { conditions: [{ type: "Ready", status: "True" }] };
    const restarted = container("backend", { ready: true, lastState: crashed(1) });
    assert.equal(troubleOf(pod([restarted], ready)), undefined);
    assert.equal(troubleOf(pod([container("migrate", { state: crashed(0) })])), undefined);
    const job = pod([container("backup", { state: crashed(1) })]);
    const owner = { apiVersion: "batch/v1", kind: "Job", name: "backup", uid: "1" };
    assert.equal(
      troubleOf({ ...job, metadata: { ...job.metadata, ownerReferences: [owner] } }),
      undefined,
    );
    const labels = { "cnpg.io/jobRole": "full-recovery" };
    const recovery = { ...job, metadata: { ...job.metadata, ownerReferences: [owner], labels } };
    assert.equal(troubleOf(recovery)?.what, "ended with exit code 1");
  });
});

describe("what keeps a Service from getting ready", () => {
  const service = (type: string, ingress?: readonly object[]): V1Service => ({
    metadata: { name: "frontend-service", namespace: "todo" },
    spec: { type },
    status: { loadBalancer: ingress === undefined ? {} : { ingress: [...ingress] } },
  });
  const text =
    "Service frontend-service has no address of a load balancer. Its events tell why, if the cluster has a controller for load balancers: kubectl --namespace todo describe service frontend-service. If not, install one (that of your cloud, or MetalLB), or set network.exposure to ingress or gateway. Settings of the controller go into network.serviceAnnotations.";

  it("is a load balancer that gives no address", () => {
    assert.equal(addressTrouble(service("LoadBalancer")), text);
    assert.equal(addressTrouble(service("LoadBalancer", [])), text);
    assert.equal(addressTrouble(service("LoadBalancer", [{ ip: "203.0.113.7" }])), undefined);
    assert.equal(addressTrouble(service("NodePort")), undefined);
  });

  it("is told after an update that was rolled back", async () => {
    let items = [service("LoadBalancer")];
    const core = {
      listNamespacedPod: () => Promise.resolve({ items: [] }),
      listNamespacedService: () => Promise.resolve({ items }),
    } as unknown as CoreV1Api;
    const watch = new PodWatch(core, "todo", 50);
    await sleep(200);
    items = [];
    await sleep(200);

    assert.deepEqual(watch.stop(), [text]);
  });
});

describe("the log of a container that ends again and again", () => {
  const ended = (name: string) => {
    const crashing = pod([container("backend", { state: crashed(1) })]);
    return { ...crashing, metadata: { ...crashing.metadata, name } };
  };
  /** Watches pods whose logs are these, a poll each, and then empty. */
  const told = async (pods: readonly V1Pod[], logs: readonly string[]) => {
    let polls = 0;
    const core = {
      listNamespacedPod: () => {
        polls += 1;
        return Promise.resolve({ items: pods });
      },
      listNamespacedService: () => Promise.resolve({ items: [] }),
      readNamespacedPodLog: ({ name }: { name: string }) =>
        Promise.resolve(name === "backend-1" ? (logs[polls - 1] ?? "") : ""),
    } as unknown as CoreV1Api;
    const watch = new PodWatch(core, "todo", 20);
    while (polls <= logs.length + 1) await sleep(10);
    return watch.stop();
  };
  const text = "backend-1: container backend ended with exit code 1";

  for (const [what, log] of [
    ["is removed", "unable to retrieve container logs for containerd://1234"],
    ["is empty after its next start", "\n"],
  ] as const) {
    it(`stays told when it ${what}`, async () => {
      const lines = await told([ended("backend-1")], ["Error: broken\n", log]);
      assert.deepEqual(lines, [`${text}; its last log lines:\n      Error: broken`]);
    });
  }

  it("is told once for replicas, from the one that has it", async () => {
    const lines = await told([ended("backend-1"), ended("backend-2")], ["Error: broken\n"]);
    assert.deepEqual(lines, [`${text}; its last log lines:\n      Error: broken`]);
  });
});
