import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import { revisionOf } from "../secrets/revision.ts";
import { dnsEgress, tcp } from "../pod-security.ts";
import type { ReceiverSettings } from "./monitoring.schema.ts";
import type { Receivers } from "./receivers.ts";
import { alertmanagerConfiguration, receiverPorts } from "./receivers.ts";
import type { WorkloadArgs, WorkloadSpec } from "./workload.ts";
import { deployment, labelsOf, networkPolicy, service, Workload } from "./workload.ts";

const workload = "alertmanager";
const port = 9093;

/** Where Prometheus reaches it, within the namespace. */
export const alertmanagerAddress = `${workload}-service:${port}`;

/** Arguments of {@link Alertmanager}. */
export interface AlertmanagerArgs extends WorkloadArgs {
  /** Who is notified; secret as a whole. */
  readonly receivers: WithSecrets<ReceiverSettings>;
  /** Labels of the pods that report alerts to it. */
  readonly reporters: Readonly<Record<string, string>>;
  /** HMAC key for the revision of its configuration, which rolls the pod. */
  readonly revisionKey: pulumi.Output<string>;
}

/**
 * Groups alerts and notifies the receivers. It keeps no state: when its pod is replaced, firing alerts
 * are sent once more.
 */
export class Alertmanager extends Workload {
  constructor(name: string, args: AlertmanagerArgs, outer: pulumi.Resource) {
    super("Alertmanager", name, outer);
    const { namespace, reporters, mesh } = args;
    const receivers: pulumi.Output<Receivers> = pulumi.secret(args.receivers);

    const text = receivers.apply(alertmanagerConfiguration);
    const secret = new k8s.core.v1.Secret(
      `${name}-config`,
      {
        metadata: { name: `${workload}-config`, namespace, labels: labelsOf(workload) },
        stringData: { "alertmanager.yml": text },
      },
      this.child,
    );

    // Ingress from Prometheus; egress to DNS and the receivers, which may be anywhere.
    const ports = pulumi.unsecret(receivers.apply((each) => receiverPorts(each).map(tcp)));
    const policies = networkPolicy(
      name,
      args,
      workload,
      {
        ingress: [{ from: [{ podSelector: { matchLabels: reporters } }], ports: mesh.ports(port) }],
        // An empty list of ports would allow every port.
        egress: ports.apply((some) => [dnsEgress, ...(some.length > 0 ? [{ ports: some }] : [])]),
      },
      this.child,
    );

    const spec: WorkloadSpec = {
      name: workload,
      port,
      args: [
        "--config.file=/etc/alertmanager/alertmanager.yml",
        "--storage.path=/alertmanager",
        "--data.retention=24h",
        // A single replica has no peers to gossip with.
        "--cluster.listen-address=",
      ],
      config: { secret: { secretName: secret.metadata.name, defaultMode: 0o440 } },
      revision: revisionOf(args.revisionKey, text),
      dataSize: "32Mi",
      goMemory: "48MiB",
      resources: {
        requests: { cpu: "10m", memory: "32Mi" },
        limits: { cpu: "200m", memory: "64Mi" },
      },
    };
    deployment(name, args, spec, { ...this.child, dependsOn: policies });
    service(name, args, spec, this.child);
    this.registerOutputs();
  }
}
