import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { partOf } from "../../lib/labels.ts";
import type { PodSettings, PodsSettings } from "../release/pods.schema.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import type { Mesh } from "./mesh.ts";

/** Arguments that Prometheus and Alertmanager share. */
export interface WorkloadArgs {
  readonly namespace: pulumi.Input<string>;
  readonly image: pulumi.Input<string>;
  /** Whether it gets a NetworkPolicy. */
  readonly policies: boolean;
  /** How its pod joins the service mesh. */
  readonly mesh: Mesh;
  /** Secrets that the image is pulled with. */
  readonly pullSecrets?: readonly pulumi.Input<string>[];
  /** Where its pod runs, the pod's annotations, and when it must be ready; default: anywhere, none, any time. */
  readonly pods?: PodSettings & Partial<Pick<PodsSettings, "readyTimeout">>;
}

/** The differences between the two workloads. */
export interface WorkloadSpec {
  readonly name: string;
  readonly port: number;
  /** Command line; the configuration is in /etc/<name>, and what it may write to is /<name>. */
  readonly args: string[];
  /** Where the configuration comes from. */
  readonly config: Omit<k8s.types.input.core.v1.Volume, "name">;
  /** Changes with the configuration, to roll the pod. */
  readonly revision: pulumi.Output<string>;
  /** Size limit of its data volume, like `32Mi`. */
  readonly dataSize: string;
  /** GOMEMLIMIT, below the memory limit: the garbage collector works harder before the pod is killed. */
  readonly goMemory: string;
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  /** ServiceAccount whose token is mounted; undefined: none. */
  readonly serviceAccountName?: pulumi.Output<string>;
}

/** Labels of a workload's pod, for the selectors of its Service, Deployment and NetworkPolicy. */
export const labelsOf = (workload: string) => ({
  "app.kubernetes.io/name": workload,
  "app.kubernetes.io/component": workload,
  ...partOf,
});

/** A component inside {@link Monitoring}; before 1.1 its children belonged to the outer component. */
export abstract class Workload extends pulumi.ComponentResource {
  /** For every child. */
  protected readonly child: pulumi.CustomResourceOptions;

  constructor(type: string, name: string, outer: pulumi.Resource) {
    super(`todo-chatbot:index:${type}`, name, {}, { parent: outer });
    // Without the alias, deployed stacks would recreate each object.
    this.child = { parent: this, aliases: [{ parent: outer }] };
  }
}

/** The Deployment of a workload with one pod, once `dependsOn` is ready. */
export function deployment(
  name: string,
  {
    namespace,
    image,
    mesh,
    pullSecrets = [],
    pods: {
      annotations,
      nodeSelector,
      tolerations,
      affinity,
      priorityClassName,
      readyTimeout,
    } = {},
  }: WorkloadArgs,
  spec: WorkloadSpec,
  options: pulumi.CustomResourceOptions,
): k8s.apps.v1.Deployment {
  const labels = labelsOf(spec.name);
  return new k8s.apps.v1.Deployment(
    `${name}-deployment`,
    {
      metadata: { name: `${spec.name}-deployment`, namespace, labels },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 3,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: {
            labels: { ...labels, ...mesh.labels },
            annotations: { ...mesh.annotations, ...annotations, "checksum/config": spec.revision },
          },
          spec: {
            ...podSpec(image, spec),
            ...{ nodeSelector, tolerations, affinity, priorityClassName },
            ...(pullSecrets.length > 0 && {
              imagePullSecrets: pullSecrets.map((each) => ({ name: each })),
            }),
          },
        },
      },
    },
    { ...options, customTimeouts: { create: readyTimeout, update: readyTimeout } },
  );
}

/** The Service of a workload. */
export function service(
  name: string,
  { namespace }: WorkloadArgs,
  spec: Pick<WorkloadSpec, "name" | "port">,
  options: pulumi.CustomResourceOptions,
): k8s.core.v1.Service {
  const labels = labelsOf(spec.name);
  return new k8s.core.v1.Service(
    `${name}-service`,
    {
      metadata: {
        name: `${spec.name}-service`,
        namespace,
        labels,
        // The provider would wait ten seconds for endpoints; the Deployment already waits for the pod.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { selector: labels, ports: [{ name: "http", port: spec.port, targetPort: "http" }] },
    },
    options,
  );
}

/** The NetworkPolicy of a workload, if enabled: allows only what the rules list, and the mesh's own traffic. */
export function networkPolicy(
  name: string,
  { namespace, policies, mesh }: WorkloadArgs,
  workload: string,
  rules: NetworkRules,
  options: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy[] {
  if (!policies) return [];
  const labels = labelsOf(workload);
  const policy = new k8s.networking.v1.NetworkPolicy(
    `${name}-policy`,
    {
      metadata: { name: workload, namespace, labels },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress", "Egress"],
        ...withMesh(rules, mesh),
      },
    },
    options,
  );
  return [policy];
}

interface NetworkRules {
  readonly ingress?: k8s.types.input.networking.v1.NetworkPolicyIngressRule[];
  readonly egress: pulumi.Input<k8s.types.input.networking.v1.NetworkPolicyEgressRule[]>;
}

function withMesh({ ingress = [], egress }: NetworkRules, mesh: Mesh) {
  const all = [...ingress, ...(mesh.ingress ?? [])];
  return {
    ...(all.length > 0 && { ingress: all }),
    egress: pulumi.output(egress).apply((rules) => [...rules, ...mesh.egress]),
  };
}

/** User `nobody`, as in both official images. */
const nobody = 65534;

function podSpec(image: pulumi.Input<string>, spec: WorkloadSpec): k8s.types.input.core.v1.PodSpec {
  const { name, args, config, dataSize, goMemory, resources, serviceAccountName } = spec;
  return {
    serviceAccountName,
    automountServiceAccountToken: serviceAccountName !== undefined,
    enableServiceLinks: false,
    securityContext: podSecurity(nobody),
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent",
        args,
        env: [{ name: "GOMEMLIMIT", value: goMemory }],
        ports: [{ name: "http", containerPort: spec.port }],
        startupProbe: probe("/-/ready", { periodSeconds: 1, failureThreshold: 60 }),
        readinessProbe: probe("/-/ready", { periodSeconds: 5 }),
        livenessProbe: probe("/-/healthy", { periodSeconds: 30 }),
        securityContext: containerSecurity,
        resources,
        volumeMounts: [
          { name: "config", mountPath: `/etc/${name}`, readOnly: true },
          { name: "data", mountPath: `/${name}` },
        ],
      },
    ],
    volumes: [
      { name: "config", ...config },
      { name: "data", emptyDir: { sizeLimit: dataSize } },
    ],
  };
}

/** Prometheus and Alertmanager have the same health endpoints. */
function probe(path: string, timing: { periodSeconds: number; failureThreshold?: number }) {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3, ...timing };
}
