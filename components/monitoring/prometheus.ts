import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { partOf } from "../../lib/labels.ts";
import { dnsEgress, tcp } from "../pod-security.ts";
import type { Alert } from "./alerts.ts";
import { ruleFile } from "./rules.ts";
import { kubeletPort, prometheusConfiguration } from "./scrape-config.ts";
import type { WorkloadArgs, WorkloadSpec } from "./workload.ts";
import { deployment, labelsOf, networkPolicy, service, Workload } from "./workload.ts";

const workload = "prometheus";
const port = 9090;

/** Labels of its pod. */
export const prometheusLabels = labelsOf(workload);

/** Arguments of {@link Prometheus}. */
export interface PrometheusArgs extends WorkloadArgs {
  /** Alerts that it evaluates. */
  readonly alerts: readonly Alert[];
}

interface Metadata {
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  readonly labels: typeof prometheusLabels;
}

/**
 * Discovers the pods by their labels, scrapes /metrics of each and of their kubelets, and evaluates the
 * alerts. It retains at most six hours or 100 MB, in an emptyDir.
 */
export class Prometheus extends Workload {
  constructor(name: string, args: PrometheusArgs, outer: pulumi.Resource) {
    super("Prometheus", name, outer);
    const { namespace, alerts } = args;
    const metadata: Metadata = { name: workload, namespace, labels: prometheusLabels };

    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      this.child,
    );
    const rights = grant(name, metadata, account, this.child);

    const data = pulumi.output(namespace).apply((of) => ({
      "prometheus.yml": prometheusConfiguration(of),
      "alerts.yml": JSON.stringify(ruleFile(alerts), null, 2),
    }));
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: { ...metadata, name: `${workload}-config` }, data },
      this.child,
    );

    // No ingress (kubectl port-forward goes through the kubelet); egress to DNS, the API server, kubelets and pods.
    const policies = networkPolicy(
      name,
      args,
      workload,
      {
        egress: [
          dnsEgress,
          // API server and kubelets are not pods, and their addresses differ between clusters.
          { ports: [443, 6443, 8443, kubeletPort].map(tcp) },
          {
            to: [{ podSelector: { matchLabels: partOf } }],
          },
        ],
      },
      this.child,
    );

    const spec: WorkloadSpec = {
      name: workload,
      port,
      args: [
        "--config.file=/etc/prometheus/prometheus.yml",
        "--storage.tsdb.path=/prometheus",
        "--storage.tsdb.retention.time=6h",
        "--storage.tsdb.retention.size=100MB",
      ],
      config: { configMap: { name: config.metadata.name } },
      revision: data.apply((files) =>
        createHash("sha256").update(JSON.stringify(files)).digest("hex"),
      ),
      dataSize: "300Mi",
      goMemory: "100MiB",
      resources: {
        requests: { cpu: "25m", memory: "64Mi" },
        limits: { cpu: "500m", memory: "128Mi" },
      },
      // For pod discovery through the API server, and CPU metrics from the kubelets.
      serviceAccountName: account.metadata.name,
    };
    const pods = deployment(name, args, spec, {
      ...this.child,
      dependsOn: [...rights, ...policies],
    });
    service(name, args, spec, { ...this.child, dependsOn: pods });
    this.registerOutputs();
  }
}

/** Reads the namespace's pods and, because nodes are cluster-scoped, the metrics of any kubelet. */
function grant(
  name: string,
  metadata: Metadata,
  account: k8s.core.v1.ServiceAccount,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { namespace, labels } = metadata;
  const apiGroup = "rbac.authorization.k8s.io";
  const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace }];
  const role = new k8s.rbac.v1.Role(
    `${name}-role`,
    {
      metadata,
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
    },
    options,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    `${name}-binding`,
    { metadata, roleRef: { apiGroup, kind: "Role", name: role.metadata.name }, subjects },
    options,
  );

  // Named after the namespace, so that each instance has its own.
  const clusterWide = { name: pulumi.interpolate`${namespace}-${workload}`, labels };
  const clusterRole = new k8s.rbac.v1.ClusterRole(
    `${name}-kubelet-role`,
    {
      metadata: clusterWide,
      rules: [{ apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] }],
    },
    options,
  );
  const clusterBinding = new k8s.rbac.v1.ClusterRoleBinding(
    `${name}-kubelet-binding`,
    {
      metadata: clusterWide,
      roleRef: { apiGroup, kind: "ClusterRole", name: clusterRole.metadata.name },
      subjects,
    },
    options,
  );
  return [binding, clusterBinding];
}
