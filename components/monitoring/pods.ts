import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** What each part of the monitoring is made with. */
export interface PartArgs {
  /** Name of the component that the part belongs to; its objects' names begin with it. */
  readonly logical: string;
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  /** Whether a NetworkPolicy guards it. */
  readonly policies: boolean;
  /** Parent and provider of its objects. */
  readonly options: pulumi.CustomResourceOptions;
}

/** Labels of a part's pods, which its Service, Deployment and policy select. */
export const labelsOf = (part: string) => ({
  "app.kubernetes.io/name": part,
  "app.kubernetes.io/component": part,
  "app.kubernetes.io/part-of": "todo-chatbot",
});

/** As Pod Security `restricted` asks; both official images run as nobody, 65534. */
export const podSecurity: k8s.types.input.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: 65534,
  runAsGroup: 65534,
  fsGroup: 65534,
  seccompProfile: { type: "RuntimeDefault" },
};
export const containerSecurity: k8s.types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Prometheus and Alertmanager answer the same paths, on their port named http. */
export const probes = {
  startupProbe: probe("/-/ready", { periodSeconds: 1, failureThreshold: 60 }),
  readinessProbe: probe("/-/ready", { periodSeconds: 5 }),
  livenessProbe: probe("/-/healthy", { periodSeconds: 30 }),
};

function probe(path: string, timing: { periodSeconds: number; failureThreshold?: number }) {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3, ...timing };
}

/** Egress to the cluster's DNS. */
export const dnsEgress: k8s.types.input.networking.v1.NetworkPolicyEgressRule = {
  to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
  ports: [
    { port: 53, protocol: "UDP" },
    { port: 53, protocol: "TCP" },
  ],
};
