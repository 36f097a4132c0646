import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import type { PodSettings } from "../release/pods.schema.ts";
import { Alertmanager } from "./alertmanager.ts";
import type { Alert } from "./alerts.ts";
import type { ReceiverSettings } from "./monitoring.schema.ts";
import { Prometheus, prometheusLabels } from "./prometheus.ts";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs {
  /** Namespace to monitor; Prometheus and Alertmanager run in it too. */
  readonly namespace: pulumi.Input<string>;
  /** Image references. */
  readonly images: { readonly prometheus: string; readonly alertmanager: string };
  /** Whether they get NetworkPolicies. */
  readonly policies: boolean;
  /** Secrets that the images are pulled with. */
  readonly pullSecrets?: readonly pulumi.Input<string>[];
  /** Where their pods run, and the pods' annotations; default: anywhere, none. */
  readonly pods?: PodSettings;
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
