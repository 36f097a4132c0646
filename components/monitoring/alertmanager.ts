import { createHmac } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { dnsEgress, tcp } from "../pod-security.ts";
import type { Part, PartArgs } from "./workload.ts";
import { deploy, guard, labelsOf, serve } from "./workload.ts";
import type { Receivers } from "./receivers.ts";
import { alertmanagerConfiguration, receiverPorts } from "./receivers.ts";

const name = "alertmanager";
const port = 9093;

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
  const { logical, namespace, receivers, reporters, options } = args;

  const text = receivers.apply(alertmanagerConfiguration);
  const secret = new k8s.core.v1.Secret(
    `${logical}-config`,
    {
      metadata: { name: `${name}-config`, namespace, labels: labelsOf(name) },
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
      .apply(([hmacKey, all]) =>
        createHmac("sha256", hmacKey).update(all).digest("hex").slice(0, 12),
      ),
  );

  // Prometheus comes in; out go DNS and the receivers, which may be anywhere.
  const ports = pulumi.unsecret(receivers.apply((each) => receiverPorts(each).map(tcp)));
  const guards = guard(args, name, {
    ingress: [{ from: [{ podSelector: { matchLabels: reporters } }], ports: [tcp(port)] }],
    // No ports would mean every port.
    egress: ports.apply((some) => [dnsEgress, ...(some.length > 0 ? [{ ports: some }] : [])]),
  });

  const part: Part = {
    name,
    port,
    args: [
      "--config.file=/etc/alertmanager/alertmanager.yml",
      "--storage.path=/alertmanager",
      "--data.retention=24h",
      // Alone: without peers there is nobody to gossip with.
      "--cluster.listen-address=",
    ],
    config: { secret: { secretName: secret.metadata.name, defaultMode: 0o440 } },
    revision,
    dataSize: "32Mi",
    goMemory: "48MiB",
    resources: {
      requests: { cpu: "10m", memory: "32Mi" },
      limits: { cpu: "200m", memory: "64Mi" },
    },
  };
  deploy(args, part, guards);
  serve(args, part);
}
