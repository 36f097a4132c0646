import assert from "node:assert/strict";

import { alertmanagerConfiguration } from "../../components/monitoring/receivers.ts";
import { alertsOf } from "../../components/monitoring/alerts.ts";
import { ruleFile } from "../../components/monitoring/rules.ts";
import { prometheusConfiguration } from "../../components/monitoring/scraping.ts";
import { parseSettings } from "../../config.ts";
import { findTool } from "../../scripts/lib/tools.ts";
import { complaintsOf, withFiles } from "./promtool.ts";

describe("the configuration, as its readers see it", () => {
  it("is accepted by Prometheus", async function () {
    if ((await findTool("promtool")) === undefined) this.skip();
    const complaints = await withFiles(
      { "prometheus.yml": prometheusConfiguration("todo") },
      // The rules and the token are where it runs, not here.
      (folder) =>
        complaintsOf("promtool", ["check", "config", "--syntax-only", "prometheus.yml"], folder),
    );
    assert.equal(complaints, "");
  });

  it("has rules that Prometheus finds no fault with", async function () {
    if ((await findTool("promtool")) === undefined) this.skip();
    const alerts = alertsOf({
      ...parseSettings({}, new Set()).monitoring,
      namespace: "todo",
      replicas: { backend: 2, frontend: 2 },
      volumeBytes: 1e9,
      backups: true,
    });
    const complaints = await withFiles(
      { "alerts.yml": JSON.stringify(ruleFile(alerts)) },
      (folder) =>
        complaintsOf("promtool", ["check", "rules", "--lint-fatal", "alerts.yml"], folder),
    );
    assert.equal(complaints, "");
  });

  for (const [what, receivers] of [
    ["nobody to tell", {}],
    [
      "everybody to tell",
      {
        webhook: { url: "http://receiver:8080/alerts" },
        slack: { url: "https://hooks.example.org/x", channel: "#alerts" },
        email: {
          to: "ops@example.org",
          from: "todo@example.org",
          smarthost: "smtp.example.org:587",
          username: "todo",
          password: "hunter2",
        },
      },
    ],
  ] as const) {
    it(`is accepted by Alertmanager with ${what}`, async function () {
      if ((await findTool("amtool")) === undefined) {
        console.log("  skipped: amtool is not on PATH");
        this.skip();
      }
      const complaints = await withFiles(
        { "alertmanager.yml": alertmanagerConfiguration(receivers) },
        (folder) => complaintsOf("amtool", ["check-config", "alertmanager.yml"], folder),
      );
      assert.equal(complaints, "");
    });
  }
});
