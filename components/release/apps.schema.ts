import * as z from "zod";

import { contradict, cpu, flag, memory, oneOf, whole } from "../../lib/fields.ts";

const resources = (defaults: { readonly memory: string; readonly memoryLimit: string }) =>
  z
    .strictObject({
      requests: z
        .strictObject({
          cpu: cpu.default("50m").describe("CPU request."),
          memory: memory.default(defaults.memory).describe("Memory request."),
        })
        .prefault({}),
      limits: z
        .strictObject({
          cpu: cpu.default("1000m").describe("CPU limit."),
          memory: memory.default(defaults.memoryLimit).describe("Memory limit."),
        })
        .prefault({}),
    })
    .prefault({});

const autoscaling = z
  .strictObject({
    enabled: flag
      .default(false)
      .describe("Scale on CPU usage, ignoring replicas; needs metrics-server in the cluster."),
    minReplicas: whole(1, 50).default(2).describe("Minimum number of pods."),
    maxReplicas: whole(1, 200).default(5).describe("Maximum number of pods."),
    targetCPUUtilizationPercentage: whole(10, 500)
      .default(75)
      .describe("Target CPU utilization, in percent of the CPU request."),
  })
  .superRefine(({ enabled, minReplicas, maxReplicas }, issues) => {
    if (!enabled || minReplicas <= maxReplicas) return;
    contradict(
      issues,
      ["minReplicas"],
      `is ${minReplicas}, above autoscaling.maxReplicas (${maxReplicas}). Lower it, or raise the maximum.`,
    );
  })
  .prefault({});

const app = (defaults: { readonly memory: string; readonly memoryLimit: string }) =>
  z.strictObject({
    replicas: whole(1, 50).default(2).describe("Number of pods; ignored with autoscaling."),
    resources: resources(defaults),
    autoscaling,
    logLevel: oneOf(["debug", "info", "warn", "error"])
      .default("info")
      .describe("Minimum log level."),
  });

export const backendSchema = app({ memory: "96Mi", memoryLimit: "192Mi" }).describe(
  "The API and the agent.",
);
export const frontendSchema = app({ memory: "64Mi", memoryLimit: "128Mi" }).describe(
  "The web UI and the proxy to the API.",
);

export type AppSettings = z.output<typeof backendSchema>;
