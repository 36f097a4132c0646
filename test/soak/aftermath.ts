import { KubernetesObjectApi } from "@kubernetes/client-node";

import { KubernetesApi } from "../../cli/kubernetes/dynamic-client.ts";
import { helmRecord } from "../../cli/kubernetes/helm-record.ts";
import type { StateResource } from "../../cli/pulumi/deployed.ts";
import { deployed } from "../../cli/pulumi/deployed.ts";
import { releaseName, releaseRecords } from "../../lib/helm.ts";
import { nameOf } from "../../lib/manifest.ts";
import { cluster, namespace } from "../e2e/project.ts";
import { stack } from "../e2e/stack.ts";

/** Every kind that the program, the chart or a command may create. */
const kinds = [
  ...["ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim", "Pod"].map(
    (kind) => ["v1", kind] as const,
  ),
  ...["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].map(
    (kind) => ["apps/v1", kind] as const,
  ),
  ...["Job", "CronJob"].map((kind) => ["batch/v1", kind] as const),
  ...["NetworkPolicy", "Ingress"].map((kind) => ["networking.k8s.io/v1", kind] as const),
  ...["Role", "RoleBinding"].map((kind) => ["rbac.authorization.k8s.io/v1", kind] as const),
  ["policy/v1", "PodDisruptionBudget"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
] as const;

/** What Kubernetes creates in every namespace. */
const everywhere = ["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"];

/** The resources in the stack's state. */
export async function stateResources(): Promise<(StateResource & { readonly delete?: boolean })[]> {
  const { code, output } = await stack.todo("pulumi", "stack", "export", "--show-secrets");
  if (code !== 0) throw new Error(output);
  const { deployment } = JSON.parse(output) as { deployment: { resources?: StateResource[] } };
  return deployment.resources ?? [];
}

/**
 * What an interruption has left behind for good: objects that neither the state nor Helm nor an owner
 * knows, Helm's records that block an update or are duplicates, resources that the state still has
 * to delete.
 */
export async function leftovers(): Promise<string[]> {
  const { context } = stack;
  const resources = await stateResources();
  const [records, newest] = await Promise.all([
    releaseRecords(context, namespace),
    new KubernetesApi(context).secrets(namespace, `owner=helm,name=${releaseName},status=deployed`),
  ]);
  const known = new Set([
    ...everywhere,
    ...deployed(resources).objects.map(nameOf),
    ...(helmRecord(newest)?.objects ?? []).map(nameOf),
    ...records.map(({ secret }) => `Secret/${secret}`),
  ]);
  const api = KubernetesObjectApi.makeApiClient(cluster(context).config);
  const found = await Promise.all(
    kinds.map(async ([apiVersion, kind]) => {
      const { items } = await api.list(apiVersion, kind, namespace);
      return items.flatMap(({ metadata }) =>
        metadata?.ownerReferences === undefined ? [`${kind}/${metadata?.name ?? ""}`] : [],
      );
    }),
  );
  const releases = resources.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
  return [
    ...found.flat().filter((name) => !known.has(name)),
    ...records.flatMap(({ secret, status }) =>
      /^(deployed|superseded|failed)$/.test(status) ? [] : [`${secret} is ${status}`],
    ),
    ...(newest.length === 1 ? [] : [`${newest.length} records of Helm are of what is deployed`]),
    ...(releases.length === 1 ? [] : [`the state has ${releases.length} releases`]),
    ...resources.flatMap((each) => (each.delete ? [`${each.urn} is still to be deleted`] : [])),
  ];
}
