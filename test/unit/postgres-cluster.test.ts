import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";

import type { PostgresClusterArgs } from "../../components/database/postgres-cluster.ts";
import { appRole, PostgresCluster } from "../../components/database/postgres-cluster.ts";
import { databaseSchema } from "../../components/release/database.schema.ts";
import type { Manifest } from "../chart/helm.ts";
import { isAllowed } from "../chart/reachability.ts";
import { all, only, registered, settle, startEngine } from "./engine.ts";

const clusterType = "kubernetes:postgresql.cnpg.io/v1:Cluster";
const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const monitorType = "kubernetes:monitoring.coreos.com/v1:PodMonitor";

const usual: PostgresClusterArgs = {
  namespace: "todo",
  namespaceName: "todo",
  database: databaseSchema.parse({ mode: "operator" }),
  storage: { size: "1Gi" },
  image: "postgres:17.11-bookworm",
  ownerSecretName: "database-owner",
  pods: { annotations: { team: "web" } },
  policies: true,
};

interface Spec {
  readonly instances: number;
  readonly inheritedMetadata: object;
  readonly imagePullSecrets: readonly object[];
  readonly postgresUID: number;
  readonly storage: object;
  readonly affinity: Readonly<Record<string, unknown>>;
  readonly postgresql: { readonly synchronous: object };
  readonly managed: { readonly roles: readonly object[] };
  readonly primaryLease: Readonly<Record<string, number>>;
}

async function made(args: Partial<PostgresClusterArgs> = {}): Promise<Spec> {
  await startEngine();
  const provider = new k8s.Provider("provider");
  new PostgresCluster("database", { ...usual, ...args }, { provider });
  await settle();
  return only(clusterType).inputs["spec"] as Spec;
}

describe("PostgresCluster", () => {
  it("has three instances, of which two have each write before it is acknowledged", async () => {
    const { instances, postgresql } = await made();

    assert.equal(instances, 3);
    assert.deepEqual(postgresql.synchronous, {
      ...{ method: "any", number: 1 },
      ...{ dataDurability: "required", failoverQuorum: true },
    });
  });

  it("gives the user the application's role, and no right to create roles", async () => {
    const { managed } = await made();

    // As the backend builds it: left(md5(current_database()), 8).
    assert.equal(appRole, "todo_chatbot_app_ea5cb8ff");
    assert.deepEqual(managed.roles, [
      { name: appRole, ensure: "present", login: false },
      { name: "todo", ensure: "present", login: true, inRoles: [appRole] },
    ]);
  });

  it("has the storage of the stack, unless it has its own", async () => {
    const storage = { storageClassName: "usual", size: "2Gi" };
    const own = databaseSchema.parse({
      mode: "operator",
      operator: { storageClassName: "local", size: "9Gi" },
    });

    assert.deepEqual((await made({ storage })).storage, { storageClass: "usual", size: "2Gi" });
    const { storage: given } = await made({ storage, database: own });
    assert.deepEqual(given, { storageClass: "local", size: "9Gi" });
  });

  it("runs where its pods are said to, and otherwise where all pods are", async () => {
    const pods = { nodeSelector: { pool: "all" }, tolerations: [{ key: "busy" }] };
    const database = databaseSchema.parse({
      ...{ mode: "operator", runAsUser: 70 },
      pods: { nodeSelector: { pool: "data" }, affinity: { nodeAffinity: { a: 1 } } },
    });
    const { affinity, postgresUID, imagePullSecrets } = await made({
      ...{ database, pods, pullSecrets: ["registry-credentials"] },
    });

    assert.deepEqual(affinity["nodeSelector"], { pool: "data" });
    const [given, own] = affinity["tolerations"] as readonly { readonly key: string }[];
    assert.deepEqual(given, { key: "busy" });
    assert.equal(own?.key, "node.kubernetes.io/unreachable");
    assert.deepEqual(affinity["nodeAffinity"], { a: 1 });
    assert.equal(postgresUID, 70);
    assert.deepEqual(imagePullSecrets, [{ name: "registry-credentials" }]);
  });

  it("is found by what reads the labels of the application's pods", async () => {
    assert.deepEqual((await made()).inheritedMetadata, {
      labels: {
        ...{ "app.kubernetes.io/part-of": "todo-chatbot", "istio.io/dataplane-mode": "none" },
      },
      annotations: {
        ...{ team: "web", "sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled" },
      },
    });
  });

  it("has lease times that CloudNativePG accepts", async () => {
    const { leaseDurationSeconds, renewDeadlineSeconds, retryPeriodSeconds } = (await made())
      .primaryLease;

    assert.ok(leaseDurationSeconds! > renewDeadlineSeconds!);
    assert.ok(renewDeadlineSeconds! > retryPeriodSeconds! * 1.2);
  });

  it("is awake, and waited for", async () => {
    await made();

    const { metadata } = only(clusterType).inputs as {
      metadata: { annotations: Readonly<Record<string, string>> };
    };
    assert.deepEqual(metadata.annotations, {
      "pulumi.com/waitFor": "jsonpath={.status.readyInstances}=3",
      "pulumi.com/patchForce": "true",
      "cnpg.io/hibernation": "off",
    });
  });

  it("has a policy only where the stack has policies", async () => {
    await made();
    assert.equal(all(policyType).length, 1);
    await made({ policies: false });
    assert.equal(all(policyType).length, 0);
  });

  it("is reached by those who need it, and nobody else", async () => {
    await made();
    const policy = { kind: "NetworkPolicy", ...only(policyType).inputs } as unknown as Manifest;
    const pod = (name: string, labels: Record<string, string>, namespace = "todo") => ({
      ...{ name, namespace, labels },
    });
    const ours = (component: string) =>
      pod(component, {
        "app.kubernetes.io/part-of": "todo-chatbot",
        "app.kubernetes.io/component": component,
      });
    const instance = pod("instance", { "cnpg.io/cluster": "database" });
    const peers = [
      ...["backend", "backup", "frontend", "prometheus"].map(ours),
      pod("another instance", { "cnpg.io/cluster": "database" }),
      pod("operator", { "app.kubernetes.io/name": "cloudnative-pg" }, "cnpg-system"),
      pod("stranger", { app: "other" }, "default"),
    ];
    const open = peers.flatMap((from) =>
      [5432, 8000, 9187]
        .filter((number) => isAllowed([policy], from, instance, { number, protocol: "TCP" }))
        .map((number) => `${from.name}: ${number}`),
    );
    assert.deepEqual(open, [
      "backend: 5432",
      "backup: 5432",
      "prometheus: 9187",
      "another instance: 5432",
      "another instance: 8000",
      "operator: 5432",
      "operator: 8000",
    ]);
  });

  it("is scraped by the operator's Prometheus, if there is one", async () => {
    await made();
    assert.equal(registered.filter(({ type }) => type === monitorType).length, 0);

    const labels = { release: "stack" };
    await made({ prometheus: { namespace: "metrics", labels, metricRelabelings: [] } });
    const { metadata, spec } = only(monitorType).inputs as {
      metadata: { labels: object };
      spec: { selector: object };
    };
    assert.deepEqual(metadata.labels, { "app.kubernetes.io/part-of": "todo-chatbot", ...labels });
    assert.deepEqual(spec.selector, { matchLabels: { "cnpg.io/cluster": "database" } });
    const [rule] = (
      only(policyType).inputs["spec"] as { ingress: { from: object[]; ports: object[] }[] }
    ).ingress.slice(-1);
    assert.deepEqual(rule, {
      from: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "metrics" } },
          podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
        },
      ],
      ports: [{ port: 9187, protocol: "TCP" }],
    });
  });
});
