import { parseArgs } from "node:util";

import { connect } from "../platform/kubernetes.ts";
import { clusterTarget } from "../survey.ts";
import { ApiError, KubernetesApi } from "./lib/api.ts";
import { changeText } from "./lib/comparisonText.ts";
import type { StateResource } from "./lib/deployed.ts";
import { deployed, helmRecord } from "./lib/deployed.ts";
import type { Drift } from "./lib/drift.ts";
import { driftOf, isAutoscaled, replacement, valuesDrift } from "./lib/drift.ts";
import type { Manifest } from "./lib/manifest.ts";
import { inOrder, nameOf } from "./lib/manifest.ts";
import { askPulumi, readState } from "./lib/pulumi.ts";
import { green, main, Problem, red } from "./lib/say.ts";
import { needTool } from "./lib/tools.ts";
import type { Stack } from "./lib/workspace.ts";
import { openWorkspace, stacks } from "./lib/workspace.ts";

const usage = `npm run drift -- [--stack ${stacks.join("|")}]

Compares what runs in the cluster with what the last update put there, object by object, and prints
where they differ (should be → is). Changes nothing. For cron: exit code 0 without a difference, 2 with
one, 1 when it can't be told.`;

await main(async () => {
  const stack = commandLine();
  const workspace = await openWorkspace(stack);
  await needTool("pulumi");
  if ((await readState(workspace)) === undefined) {
    throw new Problem(
      `Stack ${stack} is not deployed: there is nothing to compare. Run npm start.`,
    );
  }
  const target = clusterTarget(workspace.settings.cluster);
  await connect(target).catch((error: unknown) => {
    throw new Problem(error instanceof Error ? error.message : String(error));
  });

  const state = await askPulumi(workspace, ["stack", "export", "--show-secrets", "--stack", stack]);
  const { deployment } = JSON.parse(state) as { deployment: { resources?: StateResource[] } };
  const { objects, releases } = deployed(deployment.resources ?? []);
  const api = new KubernetesApi(target.context);

  const drifts: Drift[] = [];
  const all = [...objects];
  for (const { name, namespace, values } of releases) {
    const labels = `owner=helm,name=${name},status=deployed`;
    const record = helmRecord(await api.secrets(namespace, labels));
    if (record === undefined) {
      drifts.push({
        name: `Release/${name}`,
        changes: [],
        problem: "Helm has no finished revision",
      });
      continue;
    }
    all.push(...record.objects);
    const drift = valuesDrift(name, values, record.values);
    if (drift !== undefined) drifts.push(drift);
  }
  for (const object of inOrder(all)) {
    const drift = await compare(api, object, isAutoscaled(object, all));
    if (drift !== undefined) drifts.push(drift);
  }
  report(stack, all.length, drifts);
});

async function compare(
  api: KubernetesApi,
  should: Manifest,
  scales: boolean,
): Promise<Drift | undefined> {
  const is = await api.read(should);
  const name = nameOf(should);
  if (is === undefined) return { name, changes: [], problem: "is missing" };
  try {
    return driftOf(await api.dryReplace(replacement(should, is)), is, scales);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    return { name, changes: [], problem: `is another one by now. ${error.message}` };
  }
}

function report(stack: Stack, count: number, drifts: readonly Drift[]): void {
  if (drifts.length === 0) {
    console.log(green(`✓ stack ${stack}: all ${count} objects are as they should be`));
    return;
  }
  process.exitCode = 2;
  console.log(
    red(`✗ stack ${stack}: ${drifts.length} difference(s) in ${count} objects (should be → is)`),
  );
  for (const { name, problem, changes } of drifts) {
    console.log(
      [`  ${name}${problem ? ` ${problem}` : ""}`, ...changes.flatMap(changeText)].join("\n"),
    );
  }
}

function commandLine(): Stack {
  try {
    const { values } = parseArgs({ options: { stack: { type: "string", default: "dev" } } });
    const stack = stacks.find((known) => known === values.stack);
    if (stack !== undefined) return stack;
    throw new Error(`There is no stack "${values.stack}".`);
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
