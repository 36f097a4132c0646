import { readFileSync } from "node:fs";

import type * as k8s from "@pulumi/kubernetes";
import { load } from "js-yaml";

import type { NetworkSettings } from "../release/network.schema.ts";
import { chart } from "../release/values.ts";
import { tcp } from "../pod-security.ts";

/** How a pod joins a mesh, in the chart's files/mesh.yaml. */
interface Membership {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Port that encrypted connections come in at, whichever port they are for. */
  readonly tunnelPort?: number;
  readonly controlPlaneNamespace?: string;
  /** Rules that let in what the mesh sends. */
  readonly ingress?: k8s.types.input.networking.v1.NetworkPolicyIngressRule[];
}

/** How the pods of the monitoring join a mesh. */
export interface Mesh extends Pick<Membership, "labels" | "annotations" | "ingress"> {
  /** Rules that let out what the pods' proxies send. */
  readonly egress: k8s.types.input.networking.v1.NetworkPolicyEgressRule[];
  /** Ports of a policy that lets other pods in at a port. */
  readonly ports: (port: number) => ReturnType<typeof tcp>[];
}

/**
 * How Prometheus and Alertmanager join a mesh. They stay out of Istio's sidecars: Prometheus calls pods by
 * their addresses, which those pass on unencrypted.
 */
export function monitoringMesh(mode: NetworkSettings["mesh"]): Mesh {
  const all = load(readFileSync(`${chart}/files/mesh.yaml`, "utf8")) as Record<
    NetworkSettings["mesh"],
    Membership
  >;
  const { tunnelPort, controlPlaneNamespace, ...rest } = mode === "istio" ? all.none : all[mode];
  return {
    ...rest,
    egress:
      controlPlaneNamespace === undefined
        ? []
        : [
            {
              to: [
                {
                  namespaceSelector: {
                    matchLabels: { "kubernetes.io/metadata.name": controlPlaneNamespace },
                  },
                },
              ],
            },
          ],
    ports: (port) => [port, ...(tunnelPort === undefined ? [] : [tunnelPort])].map(tcp),
  };
}
