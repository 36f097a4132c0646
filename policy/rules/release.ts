import type { Rule } from "../model.ts";
import { eachResource } from "../model.ts";

const release = /^kubernetes:helm\.sh\/v3:Release$/;

const isWhole = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;

export const releaseRules: readonly Rule[] = [
  {
    name: "atomic-release",
    description:
      "Every release waits, rolls back automatically, and sets a history limit and a timeout.",
    scope: "resource",
    config: { maxHistory: 10, maxTimeoutSeconds: 900 },
    check: eachResource(release, function* ({ inputs }, _content, config) {
      const maxHistory = Number(config["maxHistory"]);
      const maxTimeout = Number(config["maxTimeoutSeconds"]);
      for (const input of ["atomic", "cleanupOnFail"]) {
        if (inputs[input] !== true) {
          yield `does not set ${input}: a failed update would not be rolled back. Set ${input}: true.`;
        }
      }
      for (const input of ["skipAwait", "disableWebhooks", "forceUpdate"]) {
        if (inputs[input] === true) yield `sets ${input}, which hides failures. Remove it.`;
      }
      if (!isWhole(inputs["maxHistory"], maxHistory)) {
        yield `has maxHistory ${String(inputs["maxHistory"])}; it must be 1 to ${maxHistory}, so that old revisions don't accumulate.`;
      }
      if (!isWhole(inputs["timeout"], maxTimeout)) {
        yield `has timeout ${String(inputs["timeout"])}; it must be 1 to ${maxTimeout} seconds, because Pulumi's default does not fit a rollout.`;
      }
    }),
  },
  {
    name: "chart-by-content",
    description: "A release's chart is in a local folder, and its hash is among the values.",
    scope: "resource",
    check: eachResource(release, function* ({ inputs }) {
      const chart = String(inputs["chart"]);
      if (!/^\.\.?\//.test(chart)) {
        yield `has the chart ${chart}; it must be a relative path, the same on every machine.`;
      }
      const { chartHash } = (inputs["values"] ?? {}) as { chartHash?: unknown };
      if (typeof chartHash !== "string" || chartHash === "") {
        yield "has no chartHash among its values: an edited template would not roll out. Set it with chartHash() from components/release/chart-hash.ts.";
      }
    }),
  },
  {
    name: "kept-data",
    description: "On remote clusters, PVCs and namespaces are protected from destroy.",
    scope: "resource",
    check: eachResource(
      /^kubernetes:core\/v1:(PersistentVolumeClaim|Namespace)$/,
      function* ({ protect }, { cluster }) {
        if (cluster.startsWith("remote/") && !protect) {
          yield "is not protected, so destroy would delete the data. Set storage.protect: true.";
        }
      },
    ),
  },
];
