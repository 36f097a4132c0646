import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import { Alertmanager } from "./alertmanager.ts";
import type { Alert } from "./alerts.ts";
import type { Mesh } from "./mesh.ts";
import type { ReceiverSettings } from "./monitoring.schema.ts";
import { Prometheus, prometheusLabels } from "./prometheus.ts";
import type { WorkloadArgs } from "./workload.ts";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs {
  /** Namespace to monitor; Prometheus and Alertmanager run in it too. */
  readonly namespace: pulumi.Input<string>;
  /** Image references. */
  readonly images: { readonly prometheus: string; readonly alertmanager: string };
  /** Whether they get NetworkPolicies. */
  readonly policies: boolean;
  /** How their pods join the service mesh. */
  readonly mesh: Mesh;
  /** Secrets that the images are pulled with. */
  readonly pullSecrets?: readonly pulumi.Input<string>[];
  readonly pods?: WorkloadArgs["pods"];
  /** Alerts that Prometheus evaluates. */
  readonly alerts: readonly Alert[];
  /** Who Alertmanager notifies. */
  readonly receivers: WithSecrets<ReceiverSettings>;
  /** HMAC key for revisions of secret configuration. */
  readonly revisionKey: pulumi.Output<string>;
}

/** A small Prometheus and Alertmanager beside the application. */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:Monitoring", name, {}, opts);
    const { images, alerts, receivers, revisionKey, ...common } = args;

    new Alertmanager(
      `${name}-alertmanager`,
      {
        ...{ ...common, image: images.alertmanager, receivers, revisionKey },
        reporters: prometheusLabels,
      },
      this,
    );
    new Prometheus(name, { ...common, image: images.prometheus, alerts }, this);
    this.registerOutputs();
  }
}
