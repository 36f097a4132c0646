import { parseArgs } from "node:util";

import { ApiError, KubernetesApi } from "../kubernetes/dynamic-client.ts";
import { connected } from "../kubernetes/session.ts";
import { changeText } from "../preview/comparison-text.ts";
import type { StateResource } from "../pulumi/deployed.ts";
import { deployed, helmRecord } from "../pulumi/deployed.ts";
import type { Drift } from "../kubernetes/drift.ts";
import { driftOf, isAutoscaled, replacement, valuesDrift } from "../kubernetes/drift.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { inOrder, nameOf } from "../../lib/manifest.ts";
import { askPulumi, readState } from "../pulumi/stack.ts";
import { green, main, red, step, withUsage } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { needTool } from "../toolchain.ts";
import type { Stack } from "../pulumi/workspace.ts";
import { openWorkspace, stackNamed, stacks } from "../pulumi/workspace.ts";

const usage = `npm run drift -- [--stack ${stacks.join("|")}] [--mend]

Compares what runs in the cluster with what the last update put there, object by object, and prints
where they differ (should be → is). For cron: exit code 0 without a difference, 2 with one, 1 when it
can't be told.

  --mend  makes each object again what it should be; without it nothing is changed`;

/** An object that differs, and how it is put right. */
interface Found {
  readonly drift: Drift;
  /** Undefined: its cluster refuses that, or it is no object. */
  readonly mend?: () => Promise<void>;
}

await main(async () => {
  const { stack, isMending } = commandLine();
  const workspace = await openWorkspace(stack);
  await needTool("pulumi");
  if ((await readState(workspace)) === undefined) {
    throw new Problem(
      `Stack ${stack} is not deployed: there is nothing to compare. Run npm start.`,
    );
  }
  const { context } = await connected(workspace.settings);

  const state = await askPulumi(workspace, ["stack", "export", "--show-secrets", "--stack", stack]);
  const { deployment } = JSON.parse(state) as { deployment: { resources?: StateResource[] } };
  const { objects, releases } = deployed(deployment.resources ?? []);
  const api = new KubernetesApi(context);

  const found: Found[] = [];
  const all = [...objects];
  for (const { name, namespace, values } of releases) {
    const labels = `owner=helm,name=${name},status=deployed`;
    const record = helmRecord(await api.secrets(namespace, labels));
    if (record === undefined) {
      const problem = "Helm has no finished revision";
      found.push({ drift: { name: `Release/${name}`, changes: [], problem } });
      continue;
    }
    all.push(...record.objects);
    const drift = valuesDrift(name, values, record.values);
    if (drift !== undefined) found.push({ drift });
  }
  for (const object of inOrder(all)) {
    const difference = await compare(api, object, isAutoscaled(object, all));
    if (difference !== undefined) found.push(difference);
  }
  report(
    stack,
    all.length,
    found.map(({ drift }) => drift),
  );
  if (found.length > 0) await putRight(stack, found, isMending);
});

async function compare(
  api: KubernetesApi,
  should: Manifest,
  scales: boolean,
): Promise<Found | undefined> {
  const is = await api.read(should);
  const name = nameOf(should);
  if (is === undefined) {
    const mend = () => replace(api, should, scales);
    return { drift: { name, changes: [], problem: "is missing" }, mend };
  }
  try {
    const drift = driftOf(await api.dryReplace(replacement(should, is, scales)), is, scales);
    return drift && { drift, mend: () => replace(api, should, scales) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    const problem = `is another one by now. ${error.message}`;
    return { drift: { name, changes: [], problem } };
  }
}

async function replace(api: KubernetesApi, should: Manifest, scales: boolean): Promise<void> {
  for (let tries = 5; ; tries -= 1) {
    const is = await api.read(should);
    try {
      if (is === undefined) await api.put(should, true);
      else await api.put(replacement(should, is, scales), false);
      return;
    } catch (error) {
      // A controller wrote to it in between.
      if (!(error instanceof ApiError) || error.status !== 409 || tries === 1) throw error;
    }
  }
}

/** Mends what can be, or says how it is done. */
async function putRight(stack: Stack, found: readonly Found[], isMending: boolean): Promise<void> {
  const others = found.filter(({ mend }) => mend === undefined);
  if (isMending) {
    for (const { drift, mend } of found) {
      if (mend === undefined) continue;
      await mend();
      step(`${drift.name} is as it should be again`);
    }
    process.exitCode = others.length === 0 ? 0 : 2;
  } else if (others.length < found.length) {
    console.log(`Put the objects right: npm run drift -- --stack ${stack} --mend`);
  }
  if (others.length > 0) {
    console.log(
      `Put ${others.map(({ drift }) => drift.name).join(", ")} right: delete what was replaced by hand, then npm run pulumi -- up --refresh --stack ${stack}`,
    );
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

function commandLine(): { stack: Stack; isMending: boolean } {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", default: "dev" },
        mend: { type: "boolean", default: false },
      },
    });
    return { stack: stackNamed(values.stack), isMending: values.mend };
  });
}
