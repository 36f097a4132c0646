import { createHmac } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { containerSecurity, dnsEgress, podSecurity, tcp } from "../restrictedPods.ts";
import type { PartArgs } from "./pods.ts";
import { labelsOf, nobody, probes } from "./pods.ts";
import type { Receivers } from "./receivers.ts";
import { alertmanagerConfiguration, receiverPorts } from "./receivers.ts";

const name = "alertmanager";
const port = 9093;
const labels = labelsOf(name);

/** Where Prometheus finds it, within the namespace. */
export const alertmanagerAddress = `${name}-service:${port}`;

/** Arguments of {@link runAlertmanager}. */
export interface AlertmanagerArgs extends PartArgs {
  /** Who is told; secret as a whole. */
  readonly receivers: pulumi.Output<Receivers>;
  /** Labels of the pods that report alerts to it. */
  readonly reporters: Readonly<Record<string, string>>;
}

/**
 * Groups alerts and tells the receivers. It forgets what it told when its pod is replaced, and
 * then tells it once more.
 */
export function runAlertmanager(args: AlertmanagerArgs): void {
  const { namespace, image, policies, receivers, options } = args;
  const logical = `${args.logical}-${name}`;
  const metadata = { name, namespace, labels };

  const text = receivers.apply(alertmanagerConfiguration);
  const config = new k8s.core.v1.Secret(
    `${logical}-config`,
    {
      metadata: { ...metadata, name: `${name}-config` },
      stringData: { "alertmanager.yml": text },
    },
    options,
  );
  // Keyed, so that a short password can't be guessed from it.
  const key = new random.RandomPassword(
    `${logical}-revision-key`,
    { length: 48, special: false },
    { parent: options.parent },
  ).result;
  const revision = pulumi.unsecret(
    pulumi
      .all([key, text])
      .apply(([secret, all]) =>
        createHmac("sha256", secret).update(all).digest("hex").slice(0, 12),
      ),
  );

  const guards = policies ? [policy(logical, metadata, args)] : [];
  new k8s.apps.v1.Deployment(
    `${logical}-deployment`,
    {
      metadata: { ...metadata, name: `${name}-deployment` },
      spec: {
        replicas: 1,
        revisionHistoryLimit: 3,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { "checksum/config": revision } },
          spec: podSpec(image, config.metadata.name),
        },
      },
    },
    { ...options, dependsOn: guards, customTimeouts: { create: "3m", update: "3m" } },
  );
  new k8s.core.v1.Service(
    `${logical}-service`,
    {
      metadata: {
        ...metadata,
        name: `${name}-service`,
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { selector: labels, ports: [{ name: "http", port, targetPort: "http" }] },
    },
    options,
  );
}

/** Prometheus comes in; out go DNS and the receivers, which may be anywhere. */
function policy(
  logical: string,
  metadata: { name: string; namespace: pulumi.Input<string>; labels: typeof labels },
  { receivers, reporters, options }: AlertmanagerArgs,
): k8s.networking.v1.NetworkPolicy {
  const ports = pulumi.unsecret(receivers.apply((each) => receiverPorts(each).map(tcp)));
  return new k8s.networking.v1.NetworkPolicy(
    `${logical}-policy`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ podSelector: { matchLabels: reporters } }],
            ports: [tcp(port)],
          },
        ],
        // No ports would mean every port.
        egress: ports.apply((some) => [dnsEgress, ...(some.length > 0 ? [{ ports: some }] : [])]),
      },
    },
    options,
  );
}

function podSpec(
  image: string,
  secretName: pulumi.Output<string>,
): k8s.types.input.core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity(nobody),
    containers: [
      {
        name,
        image,
        imagePullPolicy: "IfNotPresent",
        args: [
          "--config.file=/etc/alertmanager/alertmanager.yml",
          "--storage.path=/alertmanager",
          "--data.retention=24h",
          // Alone: without peers there is nobody to gossip with.
          "--cluster.listen-address=",
        ],
        env: [{ name: "GOMEMLIMIT", value: "48MiB" }],
        ports: [{ name: "http", containerPort: port }],
        ...probes,
        securityContext: containerSecurity,
        resources: {
          requests: { cpu: "10m", memory: "32Mi" },
          limits: { cpu: "200m", memory: "64Mi" },
        },
        volumeMounts: [
          { name: "config", mountPath: "/etc/alertmanager", readOnly: true },
          { name: "data", mountPath: "/alertmanager" },
        ],
      },
    ],
    volumes: [
      { name: "config", secret: { secretName, defaultMode: 0o440 } },
      { name: "data", emptyDir: { sizeLimit: "32Mi" } },
    ],
  };
}
