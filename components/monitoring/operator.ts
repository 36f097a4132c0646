import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { partOf } from "../../lib/labels.ts";
import type { Alert } from "./alerts.ts";
import { ruleFile } from "./rules.ts";

/** Arguments of {@link OperatorMonitoring}. */
export interface OperatorMonitoringArgs {
  /** Namespace of the application. */
  readonly namespace: pulumi.Input<string>;
  /** Labels by which the operator's Prometheus selects the alerts. */
  readonly labels: Readonly<Record<string, string>>;
  /** Alerts that Prometheus evaluates. */
  readonly alerts: readonly Alert[];
  /** Grafana dashboard, as JSON. */
  readonly dashboard: string;
}

/**
 * Alerts and a dashboard for an installed Prometheus Operator; the ServiceMonitors are in the release.
 * Prometheus, Alertmanager and the receivers are the operator's.
 */
export class OperatorMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:OperatorMonitoring", name, {}, opts);
    const { namespace, alerts } = args;
    const options = { parent: this };
    const metadata = { namespace, labels: { ...partOf, ...args.labels } };

    new k8s.apiextensions.CustomResource(
      `${name}-rules`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { ...metadata, name: "todo-chatbot" },
        spec: ruleFile(alerts),
      },
      options,
    );

    new k8s.core.v1.ConfigMap(
      `${name}-dashboard`,
      {
        metadata: {
          name: "todo-chatbot-dashboard",
          namespace,
          // The dashboard sidecar of Grafana in kube-prometheus-stack selects by this label.
          labels: { ...metadata.labels, grafana_dashboard: "1" },
        },
        data: { "todo-chatbot.json": args.dashboard },
      },
      options,
    );

    this.registerOutputs();
  }
}
