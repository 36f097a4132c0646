import assert from "node:assert/strict";

import { alertmanagerConfiguration } from "../../components/monitoring/receivers.ts";
import { alertsOf } from "../../components/monitoring/alerts.ts";
import { ruleFile } from "../../components/monitoring/rules.ts";
import { prometheusConfiguration } from "../../components/monitoring/scrape-config.ts";
import { alertArgs, receivers } from "../unit/alerting.ts";
import { complaintsOf } from "./promtool.ts";
import { skipWithout } from "../required-tools.ts";

describe("the configuration, as its readers see it", () => {
  it("is accepted by Prometheus", async function () {
    await skipWithout(this, "promtool");
    const complaints = await complaintsOf(
      "promtool",
      // The rules and the token are where it runs, not here.
      ["check", "config", "--syntax-only", "prometheus.yml"],
      { "prometheus.yml": prometheusConfiguration("todo") },
    );
    assert.equal(complaints, "");
  });

  it("has rules that Prometheus finds no fault with", async function () {
    await skipWithout(this, "promtool");
    const complaints = await complaintsOf(
      "promtool",
      ["check", "rules", "--lint-fatal", "alerts.yml"],
      { "alerts.yml": JSON.stringify(ruleFile(alertsOf(alertArgs))) },
    );
    assert.equal(complaints, "");
  });

  for (const [what, told] of [
    ["nobody to tell", {}],
    ["everybody to tell", receivers],
  ] as const) {
    it(`is accepted by Alertmanager with ${what}`, async function () {
      await skipWithout(this, "amtool");
      const complaints = await complaintsOf("amtool", ["check-config", "alertmanager.yml"], {
        "alertmanager.yml": alertmanagerConfiguration(told),
      });
      assert.equal(complaints, "");
    });
  }
});
