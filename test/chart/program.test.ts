import assert from "node:assert/strict";

import { schema } from "../../config/schema.ts";
import { parseReference } from "../../lib/image-reference.ts";
import { chartDefaults } from "../../tools/generated/chart-settings.ts";
import type { Values } from "./helm.ts";
import { isMap } from "./helm.ts";

/** The program's defaults that plain Helm users get too, and the values of the chart that they become. */
const same = {
  "backend.replicas": "backend.replicaCount",
  "backend.autoscaling.minReplicas": "backend.autoscaling.minReplicas",
  "backend.autoscaling.maxReplicas": "backend.autoscaling.maxReplicas",
  "backend.autoscaling.targetCPUUtilizationPercentage":
    "backend.autoscaling.targetCPUUtilizationPercentage",
  "backend.autoscaling.scaleDownStabilizationWindowSeconds":
    "backend.autoscaling.scaleDownStabilizationWindowSeconds",
  "frontend.replicas": "frontend.replicaCount",
  "frontend.autoscaling.minReplicas": "frontend.autoscaling.minReplicas",
  "frontend.autoscaling.maxReplicas": "frontend.autoscaling.maxReplicas",
  "frontend.autoscaling.targetCPUUtilizationPercentage":
    "frontend.autoscaling.targetCPUUtilizationPercentage",
  "frontend.autoscaling.scaleDownStabilizationWindowSeconds":
    "frontend.autoscaling.scaleDownStabilizationWindowSeconds",
  "storage.backup.keep": "backup.keep",
  "storage.backup.keepDaily": "backup.keepDaily",
  "storage.backup.keepWeekly": "backup.keepWeekly",
  "storage.backup.keepMonthly": "backup.keepMonthly",
  "backend.resources.requests.cpu": "backend.resources.requests.cpu",
  "backend.resources.requests.memory": "backend.resources.requests.memory",
  "backend.resources.limits.cpu": "backend.resources.limits.cpu",
  "backend.resources.limits.memory": "backend.resources.limits.memory",
  "frontend.resources.requests.cpu": "frontend.resources.requests.cpu",
  "frontend.resources.requests.memory": "frontend.resources.requests.memory",
  "frontend.resources.limits.cpu": "frontend.resources.limits.cpu",
  "frontend.resources.limits.memory": "frontend.resources.limits.memory",
  "database.runAsUser": "database.bundled.runAsUser",
  "storage.size": "database.bundled.storage.size",
  "storage.backup.schedule": "backup.schedule",
  "storage.backup.size": "backup.storage.size",
} as const;

const valueAt = (values: unknown, path: string): unknown =>
  path.split(".").reduce((value, key) => (isMap(value) ? value[key] : undefined), values);

describe("the chart and the program", () => {
  const program = schema.parse({});

  it("have the same defaults", () => {
    for (const [setting, value] of Object.entries(same)) {
      const expected = valueAt(program, setting);
      assert.notEqual(expected, undefined, `the program has no setting ${setting}`);
      assert.deepEqual(valueAt(chartDefaults(), value), expected, value);
    }
  });

  it("run the same Postgres", () => {
    const { repository, tag, digest } = valueAt(
      chartDefaults(),
      "database.bundled.image",
    ) as Values;
    assert.deepEqual({ repository, tag, digest }, parseReference(program.images.postgres));
  });
});
