import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { containerSecurity, podSecurity } from "../pod-security.ts";

/** What each part of the monitoring is made with. */
export interface PartArgs {
  /** What the logical names of its objects begin with. */
  readonly logical: string;
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  /** Whether a NetworkPolicy guards it. */
  readonly policies: boolean;
  /** Parent and provider of its objects. */
  readonly options: pulumi.CustomResourceOptions;
}

/** What one part's pod differs in from another's. */
export interface Part {
  readonly name: string;
  readonly port: number;
  /** Command line; the configuration is in /etc/<name>, and what it may write to is /<name>. */
  readonly args: string[];
  /** Where the configuration comes from. */
  readonly config: Omit<k8s.types.input.core.v1.Volume, "name">;
  /** Changes with the configuration, and so rolls the pod. */
  readonly revision: pulumi.Output<string>;
  /** Most that it may write, like `32Mi`. */
  readonly dataSize: string;
  /** Where Go's collector begins to work harder, rather than being ended above the limit. */
  readonly goMemory: string;
  readonly resources: k8s.types.input.core.v1.ResourceRequirements;
  /** Account whose token it gets; undefined: none. */
  readonly serviceAccountName?: pulumi.Output<string>;
}

/** Labels of a part's pods, which its Service, Deployment and policy select. */
export const labelsOf = (part: string) => ({
  "app.kubernetes.io/name": part,
  "app.kubernetes.io/component": part,
  "app.kubernetes.io/part-of": "todo-chatbot",
});

/** The one pod of a part, once `dependsOn` is there. */
export function deploy(
  { logical, namespace, image, options }: PartArgs,
  part: Part,
  dependsOn: pulumi.Resource[],
): k8s.apps.v1.Deployment {
  const labels = labelsOf(part.name);
  return new k8s.apps.v1.Deployment(
    `${logical}-deployment`,
    {
      metadata: { name: `${part.name}-deployment`, namespace, labels },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 3,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { "checksum/config": part.revision } },
          spec: podSpec(image, part),
        },
      },
    },
    { ...options, dependsOn, customTimeouts: { create: "3m", update: "3m" } },
  );
}

/** The Service that leads to a part's pod. */
export function serve(
  { logical, namespace, options }: PartArgs,
  { name, port }: Part,
  dependsOn: pulumi.Resource[] = [],
): k8s.core.v1.Service {
  const labels = labelsOf(name);
  return new k8s.core.v1.Service(
    `${logical}-service`,
    {
      metadata: {
        name: `${name}-service`,
        namespace,
        labels,
        // The provider would wait ten seconds to be sure of the pod, which the Deployment sees to.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { selector: labels, ports: [{ name: "http", port, targetPort: "http" }] },
    },
    { ...options, dependsOn },
  );
}

/** The policy of a part's pod, where the stack wants policies: only what the rules list passes. */
export function guard(
  { logical, namespace, policies, options }: PartArgs,
  name: string,
  rules: Pick<k8s.types.input.networking.v1.NetworkPolicySpec, "ingress" | "egress">,
): k8s.networking.v1.NetworkPolicy[] {
  if (!policies) return [];
  const labels = labelsOf(name);
  const policy = new k8s.networking.v1.NetworkPolicy(
    `${logical}-policy`,
    {
      metadata: { name, namespace, labels },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress", "Egress"],
        ...rules,
      },
    },
    options,
  );
  return [policy];
}

/** User `nobody`, which both official images run as. */
const nobody = 65534;

function podSpec(image: string, part: Part): k8s.types.input.core.v1.PodSpec {
  const { name, args, config, dataSize, goMemory, resources, serviceAccountName } = part;
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
        ports: [{ name: "http", containerPort: part.port }],
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

/** Prometheus and Alertmanager answer the same paths. */
function probe(path: string, timing: { periodSeconds: number; failureThreshold?: number }) {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3, ...timing };
}
