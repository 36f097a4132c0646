import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Alert } from "./alerts.ts";
import { ruleFile } from "./rules.ts";

/** Arguments of {@link OperatorMonitoring}. */
export interface OperatorMonitoringArgs {
  /** Namespace of the application. */
  readonly namespace: pulumi.Input<string>;
  /** Labels by which the operator's Prometheus finds the alerts. */
  readonly labels: Readonly<Record<string, string>>;
  /** What Prometheus looks for. */
  readonly alerts: readonly Alert[];
  /** What Grafana shows, as JSON. */
  readonly dashboard: string;
}

/**
 * What an installed Prometheus Operator reads: the alerts; and a dashboard. Where the metrics are, the release says.
 * Prometheus and Alertmanager, and who is told, are the operator's.
 */
export class OperatorMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:OperatorMonitoring", name, {}, opts);
    const { namespace, alerts } = args;
    const options = { parent: this };
    const partOf = { "app.kubernetes.io/part-of": "todo-chatbot" };
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
          // By which Grafana's sidecar, as kube-prometheus-stack sets it up, finds dashboards.
          labels: { ...metadata.labels, grafana_dashboard: "1" },
        },
        data: { "todo-chatbot.json": args.dashboard },
      },
      options,
    );

    this.registerOutputs();
  }
}
