import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";

import { alertsOf } from "../../components/monitoring/alerts.ts";
import { grafanaDashboard } from "../../components/monitoring/dashboard.ts";
import { OperatorMonitoring } from "../../components/monitoring/operator.ts";
import { ruleFile } from "../../components/monitoring/rules.ts";
import { alertArgs } from "./alerting.ts";
import { only, registered, settle, startEngine } from "./engine.ts";

const alerts = alertsOf(alertArgs);
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
    assert.equal(objects.length, 2);
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

  it("has the same alerts as the bundled Prometheus", async () => {
    await operated();

    assert.deepEqual(
      only(ruleType).inputs["spec"],
      JSON.parse(JSON.stringify(ruleFile(alerts))) as unknown,
    );
  });
});
