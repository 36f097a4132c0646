import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Alert } from "./alerts.ts";
import { ruleFile } from "./rules.ts";
import { unread } from "./scrape-config.ts";

/** Arguments of {@link OperatorMonitoring}. */
export interface OperatorMonitoringArgs {
  /** Namespace of the application. */
  readonly namespace: pulumi.Input<string>;
  /** Labels by which the operator's Prometheus finds what it is to read. */
  readonly labels: Readonly<Record<string, string>>;
  /** What Prometheus looks for. */
  readonly alerts: readonly Alert[];
  /** What Grafana shows, as JSON. */
  readonly dashboard: string;
}

/** The container port on which each part shows its metrics. */
const metricsPorts = { backend: "http", frontend: "metrics" } as const;

/**
 * What an installed Prometheus Operator reads: where the metrics are, and the alerts; and a dashboard. Prometheus
 * and Alertmanager, and who is told, are the operator's.
 */
export class OperatorMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:OperatorMonitoring", name, {}, opts);
    const { namespace, alerts } = args;
    const options = { parent: this };
    const partOf = { "app.kubernetes.io/part-of": "todo-chatbot" };
    const metadata = { namespace, labels: { ...partOf, ...args.labels } };
    const apiVersion = "monitoring.coreos.com/v1";

    for (const [component, targetPort] of Object.entries(metricsPorts)) {
      new k8s.apiextensions.CustomResource(
        `${name}-${component}`,
        {
          apiVersion,
          kind: "ServiceMonitor",
          metadata: { ...metadata, name: `todo-chatbot-${component}` },
          spec: {
            selector: { matchLabels: { ...partOf, "app.kubernetes.io/component": component } },
            endpoints: [
              {
                // Of the pods: no Service leads to the frontend's.
                targetPort,
                path: "/metrics",
                interval: "15s",
                scrapeTimeout: "5s",
                relabelings: [
                  {
                    sourceLabels: ["__meta_kubernetes_service_label_app_kubernetes_io_component"],
                    targetLabel: "component",
                  },
                ],
                metricRelabelings: [{ sourceLabels: ["__name__"], regex: unread, action: "drop" }],
              },
            ],
          },
        },
        options,
      );
    }
    new k8s.apiextensions.CustomResource(
      `${name}-rules`,
      {
        apiVersion,
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
