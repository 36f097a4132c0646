import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs {
  /** Namespace that is watched, and that Prometheus runs in. */
  readonly namespace: pulumi.Input<string>;
  /** Provider of the cluster. */
  readonly provider: k8s.Provider;
  /** Reference of the Prometheus image. */
  readonly image: string;
  /** Whether NetworkPolicies guard Prometheus too. */
  readonly policies: boolean;
}

const name = "prometheus";
const port = 9090;
const labels = {
  "app.kubernetes.io/name": name,
  "app.kubernetes.io/component": name,
  "app.kubernetes.io/part-of": "todo-chatbot",
};

/**
 * A small Prometheus beside the application. It finds the pods by their labels and reads
 * /metrics of each; it keeps at most six hours or 100 MB, on a disk of the node.
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Name of Prometheus' Service, once it is ready; reached with kubectl port-forward. */
  public readonly service: pulumi.Output<string>;

  constructor(logical: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:Monitoring", logical, {}, opts);
    const { namespace, provider } = args;
    const options = { parent: this, provider };
    const metadata = { name, namespace, labels };

    const account = new k8s.core.v1.ServiceAccount(
      `${logical}-account`,
      { metadata, automountServiceAccountToken: false },
      options,
    );
    const role = new k8s.rbac.v1.Role(
      `${logical}-role`,
      {
        metadata,
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
      },
      options,
    );
    const binding = new k8s.rbac.v1.RoleBinding(
      `${logical}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      options,
    );

    const configuration = pulumi.output(namespace).apply(prometheusConfiguration);
    const config = new k8s.core.v1.ConfigMap(
      `${logical}-config`,
      {
        metadata: { ...metadata, name: "prometheus-config" },
        data: { "prometheus.yml": configuration },
      },
      options,
    );

    const guards = args.policies ? [this.#policy(logical, metadata, options)] : [];
    const deployment = new k8s.apps.v1.Deployment(
      `${logical}-deployment`,
      {
        metadata: { ...metadata, name: "prometheus-deployment" },
        spec: {
          replicas: 1,
          revisionHistoryLimit: 3,
          strategy: { type: "Recreate" },
          selector: { matchLabels: labels },
          template: {
            metadata: {
              labels,
              annotations: {
                "checksum/config": configuration.apply((text) =>
                  createHash("sha256").update(text).digest("hex"),
                ),
              },
            },
            spec: podSpec(args.image, account.metadata.name, config.metadata.name),
          },
        },
      },
      {
        ...options,
        dependsOn: [binding, ...guards],
        customTimeouts: { create: "3m", update: "3m" },
      },
    );

    const service = new k8s.core.v1.Service(
      `${logical}-service`,
      {
        // The Deployment is ready by now; the provider would wait ten seconds more to be sure.
        metadata: {
          ...metadata,
          name: "prometheus-service",
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { selector: labels, ports: [{ name: "http", port, targetPort: "http" }] },
      },
      { ...options, dependsOn: deployment },
    );

    this.service = service.metadata.name;
    this.registerOutputs({ service: this.service });
  }

  /** Nobody comes in but through the kubelet; out go DNS, the API server and the scrapes. */
  #policy(
    logical: string,
    metadata: { name: string; namespace: pulumi.Input<string>; labels: typeof labels },
    options: pulumi.CustomResourceOptions,
  ): k8s.networking.v1.NetworkPolicy {
    return new k8s.networking.v1.NetworkPolicy(
      `${logical}-policy`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: labels },
          policyTypes: ["Ingress", "Egress"],
          egress: [
            {
              to: [
                {
                  namespaceSelector: {
                    matchLabels: { "kubernetes.io/metadata.name": "kube-system" },
                  },
                },
              ],
              ports: [
                { port: 53, protocol: "UDP" },
                { port: 53, protocol: "TCP" },
              ],
            },
            // The API server is no pod, and its address differs from cluster to cluster.
            { ports: [443, 6443, 8443].map((apiPort) => ({ port: apiPort, protocol: "TCP" })) },
            {
              to: [
                { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "todo-chatbot" } } },
              ],
            },
          ],
        },
      },
      options,
    );
  }
}

/** Prometheus' own configuration, as YAML; JSON is YAML too. */
function prometheusConfiguration(namespace: string): string {
  const label = (of: string) => `__meta_kubernetes_pod_label_app_kubernetes_io_${of}`;
  return JSON.stringify(
    {
      global: { scrape_interval: "15s", scrape_timeout: "5s" },
      scrape_configs: [
        {
          job_name: "todo-chatbot",
          kubernetes_sd_configs: [{ role: "pod", namespaces: { names: [namespace] } }],
          relabel_configs: [
            {
              source_labels: [
                label("part_of"),
                label("component"),
                "__meta_kubernetes_pod_container_port_name",
              ],
              regex: "todo-chatbot;(backend;http|frontend;metrics)",
              action: "keep",
            },
            // A finished pod keeps its address and answers no more.
            {
              source_labels: ["__meta_kubernetes_pod_phase"],
              regex: "Succeeded|Failed",
              action: "drop",
            },
            { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
            { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
            { source_labels: [label("component")], target_label: "component" },
          ],
        },
      ],
    },
    null,
    2,
  );
}

function podSpec(
  image: string,
  serviceAccountName: pulumi.Output<string>,
  configName: pulumi.Output<string>,
): k8s.types.input.core.v1.PodSpec {
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, timeoutSeconds: 3 });
  return {
    serviceAccountName,
    // To find the pods, it asks the API server.
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      fsGroup: 65534,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent",
        args: [
          "--config.file=/etc/prometheus/prometheus.yml",
          "--storage.tsdb.path=/prometheus",
          "--storage.tsdb.retention.time=6h",
          "--storage.tsdb.retention.size=100MB",
        ],
        // Go's collector works harder near the limit, rather than being ended above it.
        env: [{ name: "GOMEMLIMIT", value: "100MiB" }],
        ports: [{ name: "http", containerPort: port }],
        startupProbe: { ...probe("/-/ready"), periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { ...probe("/-/ready"), periodSeconds: 5 },
        livenessProbe: { ...probe("/-/healthy"), periodSeconds: 30 },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: {
          requests: { cpu: "25m", memory: "64Mi" },
          limits: { cpu: "500m", memory: "128Mi" },
        },
        volumeMounts: [
          { name: "config", mountPath: "/etc/prometheus", readOnly: true },
          { name: "data", mountPath: "/prometheus" },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: configName } },
      { name: "data", emptyDir: { sizeLimit: "300Mi" } },
    ],
  };
}
