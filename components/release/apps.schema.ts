import * as z from "zod";

import {
  contradict,
  cpu,
  flag,
  listOf,
  memory,
  oneOf,
  origin,
  text,
  whole,
} from "../../lib/fields.ts";
import { environment } from "../secrets/environment.ts";
import { workloadPods } from "./pods.schema.ts";

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
    scaleDownStabilizationWindowSeconds: whole(0, 3600)
      .default(300)
      .describe(
        "Seconds of lower load before pods are removed, at most one or a tenth of them per minute.",
      ),
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

const variableName = text("the name of a variable, like TZ", /^[A-Za-z_]\w*$/);
const variables = (value: z.ZodType<string>, accepted: string) =>
  z.record(variableName, value, { error: accepted }).meta({ accepted }).default({});

const common = (defaults: { readonly memory: string; readonly memoryLimit: string }) => ({
  replicas: whole(1, 50).default(2).describe("Number of pods; ignored with autoscaling."),
  resources: resources(defaults),
  autoscaling,
  logLevel: oneOf(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Minimum log level."),
  env: variables(z.string("text"), "variables, each a name with its value").describe(
    "Additional environment variables.",
  ),
  envFromSecrets: variables(
    text("a Secret and its key, like tokens/sentry", /^[a-z0-9][a-z0-9.-]*\/[\w.-]+$/),
    "variables, each a name with a Secret and its key, like tokens/sentry",
  ).describe("Additional environment variables from existing Secrets."),
  pods: workloadPods,
});

/** Refuses variables that the program sets itself, and those that are set twice. */
function checkVariables(app: "backend" | "frontend") {
  const own = environment.filter(
    ({ scope, object }) => (scope === "shared" || scope === app) && object !== "none",
  );
  const names = new Set<string>(own.map(({ name }) => name));
  return (
    { env, envFromSecrets }: Readonly<Record<"env" | "envFromSecrets", object>>,
    issues: z.core.$RefinementCtx,
  ): void => {
    for (const [group, given] of Object.entries({ env, envFromSecrets })) {
      for (const name of Object.keys(given)) {
        if (!names.has(name)) continue;
        contradict(
          issues,
          [group, name],
          "is set, but the program sets this variable itself. Remove it; docs/environment.md lists all variables, and docs/configuration.md their settings.",
        );
      }
    }
    for (const name of Object.keys(env)) {
      if (!(name in envFromSecrets)) continue;
      contradict(
        issues,
        ["env", name],
        `is set, but ${app}.envFromSecrets.${name} is set too. Remove one of them.`,
      );
    }
  };
}

export const backendSchema = z
  .strictObject({
    ...common({ memory: "96Mi", memoryLimit: "192Mi" }),
    allowedOrigins: listOf(origin, "origins, like https://todo.example.org")
      .default([])
      .describe("Origins of web pages elsewhere that may call the API from a browser (CORS)."),
  })
  .superRefine(checkVariables("backend"))
  .describe("The API and the agent.");
export const frontendSchema = z
  .strictObject({
    ...common({ memory: "64Mi", memoryLimit: "128Mi" }),
    apiUrl: origin
      .optional()
      .describe("URL of a backend elsewhere; default: the backend of this stack."),
  })
  .superRefine(checkVariables("frontend"))
  .describe("The web UI and the proxy to the API.");

export type BackendSettings = z.output<typeof backendSchema>;
export type FrontendSettings = z.output<typeof frontendSchema>;
/** Settings that both apps have. */
export type AppSettings = Omit<BackendSettings, "allowedOrigins">;
