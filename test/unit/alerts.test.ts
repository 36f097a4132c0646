import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

import { alertNames, alertsOf, minReplicas } from "../../components/monitoring/alerts.ts";
import { ruleFile } from "../../components/monitoring/rules.ts";
import { alertArgs } from "./alerting.ts";

describe("the table of alerts", () => {
  it("has an alert for every name, and no other", () => {
    const names = new Set(alertsOf(alertArgs).map(({ name }) => name));
    assert.deepEqual([...names].sort(), [...alertNames].sort());
  });

  it("has a runbook for every alert, and no other", () => {
    const files = readdirSync("docs/runbooks").sort();
    assert.deepEqual(files, [...alertNames].map((name) => `${name}.md`).sort());
    for (const { rules } of ruleFile(alertsOf(alertArgs)).groups) {
      for (const { alert, annotations } of rules) {
        const text = readFileSync(annotations.runbook, "utf8");
        assert.match(text, new RegExp(`^# ${alert}\n`));
        for (const section of ["## Diagnose", "## Fix"]) assert.ok(text.includes(section), alert);
      }
    }
  });

  it("asks for the series of its namespace alone", () => {
    for (const { name, expr } of alertsOf(alertArgs)) {
      const selectors = [...expr.matchAll(/[a-z_]+\{([^}]*)\}/g)].map(([, inside]) => inside);
      assert.notEqual(selectors.length, 0);
      for (const inside of selectors) assert.match(inside!, /^namespace="todo"/, name);
    }
  });

  for (const [threshold, value, shown] of [
    ["cpuPercent", 80, "> 0.8"],
    ["memoryLeftPercent", 20, "< 0.2"],
    ["restarts", 7, ">= 7"],
    ["volumeLeftPercent", 30, "< 0.3"],
    ["errorPercent", 9, "> 0.09"],
    ["slowMilliseconds", 250, "> 0.25"],
    ["backupHours", 2, "> 7200"],
    ["proofHours", 3, "> 10800"],
    ["scanDays", 2, "> 172800"],
  ] as const) {
    it(`takes ${threshold} from the stack`, () => {
      const changed = alertsOf({
        ...alertArgs,
        thresholds: { ...alertArgs.thresholds, [threshold]: value },
      }).filter(({ expr }) => !alertsOf(alertArgs).some((other) => other.expr === expr));

      assert.equal(changed.length, 1);
      assert.ok(changed[0]!.expr.includes(shown), changed[0]!.expr);
    });
  }

  it("scales how long a expr has to hold", () => {
    const seconds = (alertForPercent: number) =>
      Object.fromEntries(
        alertsOf({ ...alertArgs, backups: false, drills: false, alertForPercent }).map((alert) => [
          alert.name,
          alert.forSeconds,
        ]),
      );
    const usual = seconds(100);
    const hasty = seconds(10);
    assert.ok(usual["pod-down"]! > 0);
    for (const name of Object.keys(usual)) assert.equal(hasty[name], usual[name]! / 10);
  });

  it("counts the minimum replicas of a workload", () => {
    const autoscaling = { enabled: true, minReplicas: 3 };
    assert.equal(minReplicas({ replicas: 2, autoscaling }), 3);
    assert.equal(minReplicas({ replicas: 2, autoscaling: { ...autoscaling, enabled: false } }), 2);
  });
});
