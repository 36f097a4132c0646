import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { parseAllDocuments } from "yaml";

import { run } from "../lib/exec.ts";
import type { Manifest } from "../lib/manifest.ts";
import { Problem } from "../lib/problem.ts";
import { temporaryFolder } from "../lib/temporary.ts";

/** Kubernetes version to render charts for, because Helm has no cluster to ask. */
export const kubernetesVersion = "1.34.4";

/** The inputs of a `kubernetes:helm.sh/v3:Release` that determine its objects. */
export interface ReleaseInputs {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly chart?: unknown;
  readonly values?: unknown;
  readonly skipCrds?: unknown;
  readonly [input: string]: unknown;
}

/** Inputs with which a Release installs anything other than its chart and values. */
const unsupported = ["valueYamlFiles", "repositoryOpts", "postrender"];

/**
 * The objects of a Release, including tests and hooks, rendered without a cluster.
 *
 * @param tree folder that the chart's path is relative to
 * @throws RunError with Helm's error when the chart rejects its values or fails to render
 */
export async function renderRelease(tree: string, inputs: ReleaseInputs): Promise<Manifest[]> {
  const { name, namespace, chart, values = {}, skipCrds } = inputs;
  const odd = unsupported.find((input) => !isEmpty(inputs[input]));
  if (odd !== undefined || typeof chart !== "string" || !/^\.{0,2}\//.test(chart)) {
    throw new Problem(
      `Release ${String(name)} can't be rendered here: ${odd === undefined ? `its chart is ${JSON.stringify(chart)}, and must be a folder beside the program, like ./charts/name` : `it uses ${odd}`}.`,
    );
  }
  await using folder = await temporaryFolder();
  const file = join(folder.path, "values.json");
  await writeFile(file, JSON.stringify(values), { mode: 0o600 });
  const text = await run("helm", [
    ...["template", String(name), resolve(tree, chart)],
    ...["--namespace", String(namespace)],
    ...["--kube-version", kubernetesVersion],
    ...["--values", file],
    ...(skipCrds === true ? [] : ["--include-crds"]),
  ]);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** Whether an input is unset; the engine fills in several kinds of empty values. */
function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === "" || value === false;
}
