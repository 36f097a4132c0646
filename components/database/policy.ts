import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { cloudNativePg } from "../../lib/cloudnative-pg.ts";
import { partOf } from "../../lib/labels.ts";
import type { OperatorPrometheus } from "../monitoring/monitor.ts";
import { dnsEgress, tcp } from "../pod-security.ts";

/** Port of the instance manager, which the operator and the other instances ask. */
const statusPort = 8000;
const metricsPort = 9187;

/** What the instances' pods may be reached by, and reach. */
export function databasePolicy(
  name: string,
  metadata: k8s.types.input.meta.v1.ObjectMeta,
  prometheus: OperatorPrometheus | undefined,
  archivePorts: readonly pulumi.Input<number>[],
  options: pulumi.CustomResourceOptions,
): void {
  const { podLabels, port } = cloudNativePg;
  const instances = { podSelector: { matchLabels: podLabels } };
  const component = (name: string) => ({
    podSelector: { matchLabels: { ...partOf, "app.kubernetes.io/component": name } },
  });
  const scraper =
    prometheus === undefined
      ? component("prometheus")
      : {
          namespaceSelector: {
            matchLabels: { "kubernetes.io/metadata.name": prometheus.namespace },
          },
          podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
        };
  // The operator may be installed in any namespace.
  const operator = {
    namespaceSelector: {},
    podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
  };
  new k8s.networking.v1.NetworkPolicy(
    `${name}-policy`,
    {
      metadata: { ...metadata, name: "allow-database-instances" },
      spec: {
        ...instances,
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          { from: [component("backend"), component("backup")], ports: [tcp(port)] },
          { from: [instances, operator], ports: [tcp(port), tcp(statusPort)] },
          { from: [scraper], ports: [tcp(metricsPort)] },
        ],
        egress: [
          dnsEgress,
          { to: [instances], ports: [tcp(port), tcp(statusPort)] },
          // The API server is not a pod, and its address differs between clusters.
          { ports: [443, 6443, 8443].map(tcp) },
          // A bucket and a proxy may be anywhere too.
          ...(archivePorts.length > 0 ? [{ ports: archivePorts.map(tcp) }] : []),
        ],
      },
    },
    options,
  );
}
