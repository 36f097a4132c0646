import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { parseAllDocuments } from "yaml";

import { run } from "../lib/exec.ts";
import type { Manifest } from "../lib/manifest.ts";
import { Problem } from "../lib/problem.ts";
import { temporaryFolder } from "../lib/temporary.ts";

/** Kubernetes that charts are rendered for; with no cluster Helm knows none. */
export const kubernetesVersion = "1.34.4";

/** The inputs of a `kubernetes:helm.sh/v3:Release` that decide what it installs. */
export interface ReleaseInputs {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly chart?: unknown;
  readonly values?: unknown;
  readonly skipCrds?: unknown;
  readonly [input: string]: unknown;
}

/** Inputs with which a Release installs something else than the chart with its values. */
const unsupported = ["valueYamlFiles", "repositoryOpts", "postrender"];

/**
 * The objects that a Release installs, its tests and hooks included, without a cluster.
 *
 * @param tree folder that the chart's path is relative to
 * @throws RunError with Helm's words when the chart refuses its values or does not render
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

/** The engine fills in what a program leaves out: with nothing, in several forms. */
function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === "" || value === false;
}
