import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { runAlertmanager } from "./alertmanager.ts";
import type { Alert } from "./alerts.ts";
import { prometheusLabels, runPrometheus } from "./prometheus.ts";
import type { Receivers } from "./receivers.ts";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs {
  /** Namespace that is watched, and that Prometheus and Alertmanager run in. */
  readonly namespace: pulumi.Input<string>;
  /** Provider of the cluster. */
  readonly provider: k8s.Provider;
  /** References of the images. */
  readonly images: { readonly prometheus: string; readonly alertmanager: string };
  /** Whether NetworkPolicies guard them too. */
  readonly policies: boolean;
  /** What Prometheus looks for. */
  readonly alerts: readonly Alert[];
  /** Who Alertmanager tells of it; secret as a whole. */
  readonly receivers: pulumi.Output<Receivers>;
}

/** A small Prometheus and Alertmanager beside the application. */
export class Monitoring extends pulumi.ComponentResource {
  /** Name of Prometheus' Service, once it is ready; reached with kubectl port-forward. */
  public readonly service: pulumi.Output<string>;

  constructor(logical: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:Monitoring", logical, {}, opts);
    const { namespace, provider, images, policies, alerts, receivers } = args;
    const common = { namespace, policies, options: { parent: this, provider } };

    runAlertmanager({
      ...common,
      logical: `${logical}-alertmanager`,
      image: images.alertmanager,
      receivers,
      reporters: prometheusLabels,
    });
    const prometheus = runPrometheus({ ...common, logical, image: images.prometheus, alerts });

    this.service = prometheus.metadata.name;
    this.registerOutputs({ service: this.service });
  }
}
