import type { Rule } from "../model.ts";
import { eachResource } from "../model.ts";

const release = /^kubernetes:helm\.sh\/v3:Release$/;

const isWhole = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;

export const releaseRules: readonly Rule[] = [
  {
    name: "atomic-release",
    description:
      "Every release waits, rolls back by itself, and has a bounded history and its own timeout.",
    scope: "resource",
    config: { maxHistory: 10, maxTimeoutSeconds: 900 },
    check: eachResource(release, function* ({ inputs }, _content, config) {
      const maxHistory = Number(config["maxHistory"]);
      const maxTimeout = Number(config["maxTimeoutSeconds"]);
      for (const input of ["atomic", "cleanupOnFail"]) {
        if (inputs[input] !== true) {
          yield `does not set ${input}: a failed update would stay as it is. Set ${input}: true.`;
        }
      }
      for (const input of ["skipAwait", "disableWebhooks", "forceUpdate"]) {
        if (inputs[input] === true) yield `sets ${input}, which hides a failure. Remove it.`;
      }
      if (!isWhole(inputs["maxHistory"], maxHistory)) {
        yield `has maxHistory ${String(inputs["maxHistory"])}; it must be 1 to ${maxHistory}, so that old revisions don't pile up.`;
      }
      if (!isWhole(inputs["timeout"], maxTimeout)) {
        yield `has timeout ${String(inputs["timeout"])}; it must be 1 to ${maxTimeout} seconds of its own, as Pulumi's default fits no rollout.`;
      }
    }),
  },
  {
    name: "chart-by-content",
    description:
      "A release's chart is a folder beside the program, and its hash is among the values.",
    scope: "resource",
    check: eachResource(release, function* ({ inputs }) {
      const chart = String(inputs["chart"]);
      if (!/^\.\.?\//.test(chart)) {
        yield `has the chart ${chart}; it must be a relative path, which is the same on every machine.`;
      }
      const { chartHash } = (inputs["values"] ?? {}) as { chartHash?: unknown };
      if (typeof chartHash !== "string" || chartHash === "") {
        yield "has no chartHash among its values: an edited template would not roll out. Set it with chartHash() of components/release/chart-hash.ts.";
      }
    }),
  },
  {
    name: "kept-data",
    description: "Outside local clusters, what holds data is protected from destroy.",
    scope: "resource",
    check: eachResource(
      /^kubernetes:core\/v1:(PersistentVolumeClaim|Namespace)$/,
      function* ({ protect }, { cluster }) {
        if (cluster.startsWith("remote/") && !protect) {
          yield "is not protected, so that destroy takes the data along. Set storage.protect: true.";
        }
      },
    ),
  },
];
