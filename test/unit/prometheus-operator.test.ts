import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";

import { alertsOf } from "../../components/monitoring/alerts.ts";
import { grafanaDashboard } from "../../components/monitoring/dashboard.ts";
import { OperatorMonitoring } from "../../components/monitoring/operator.ts";
import { ruleFile } from "../../components/monitoring/rules.ts";
import { unread } from "../../components/monitoring/scrape-config.ts";
import { alertArgs } from "./alerting.ts";
import { all, only, registered, settle, startEngine } from "./engine.ts";

const alerts = alertsOf(alertArgs);
const monitorType = "kubernetes:monitoring.coreos.com/v1:ServiceMonitor";
const ruleType = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

async function operated(): Promise<void> {
  await startEngine();
  new OperatorMonitoring(
    "monitoring",
    {
      namespace: "todo",
      labels: { release: "prometheus", team: "web" },
      alerts,
      dashboard: grafanaDashboard("todo"),
    },
    { provider: new k8s.Provider("provider") },
  );
  await settle();
}

describe("OperatorMonitoring", () => {
  it("carries the labels by which the operator's Prometheus picks, in the stack's namespace", async () => {
    await operated();

    const objects = registered.filter(({ parent }) => parent === "monitoring");
    assert.equal(objects.length, 4);
    for (const { inputs, provider } of objects) {
      const { namespace, labels } = inputs["metadata"] as {
        namespace: string;
        labels: Record<string, string>;
      };
      assert.equal(namespace, "todo");
      assert.deepEqual([labels["release"], labels["team"]], ["prometheus", "web"]);
      assert.equal(provider, "provider");
    }
  });

  it("has the dashboard where Grafana's sidecar looks", async () => {
    await operated();

    const { metadata, data } = only("kubernetes:core/v1:ConfigMap").inputs as {
      metadata: { labels: Record<string, string> };
      data: Record<string, string>;
    };
    assert.equal(metadata.labels["grafana_dashboard"], "1");
    const { title } = JSON.parse(data["todo-chatbot.json"] ?? "") as { title: string };
    assert.equal(title, "Todo chatbot (todo)");
  });

  it("has the same alerts as Prometheus beside the application", async () => {
    await operated();

    assert.deepEqual(
      only(ruleType).inputs["spec"],
      JSON.parse(JSON.stringify(ruleFile(alerts))) as unknown,
    );
  });

  it("reads each part by the Service's labels, on the port that has its metrics", async () => {
    await operated();

    const monitors = all(monitorType).map(({ inputs }) => {
      const { selector, endpoints } = inputs["spec"] as {
        selector: { matchLabels: Record<string, string> };
        endpoints: {
          targetPort: string;
          path: string;
          relabelings: { targetLabel: string }[];
          metricRelabelings: object[];
        }[];
      };
      assert.equal(selector.matchLabels["app.kubernetes.io/part-of"], "todo-chatbot");
      assert.equal(endpoints.length, 1);
      const { targetPort, path, relabelings, metricRelabelings } = endpoints[0]!;
      // The alerts tell parts apart by this label.
      assert.deepEqual(
        relabelings.map(({ targetLabel }) => targetLabel),
        ["component"],
      );
      assert.deepEqual(metricRelabelings, [
        { sourceLabels: ["__name__"], regex: unread, action: "drop" },
      ]);
      return [selector.matchLabels["app.kubernetes.io/component"], targetPort, path];
    });
    assert.deepEqual(monitors, [
      ["backend", "http", "/metrics"],
      ["frontend", "metrics", "/metrics"],
    ]);
  });
});
