import { ApiError } from "../../lib/api-server.ts";
import { KubernetesApi } from "../kubernetes/dynamic-client.ts";
import { warnOfClaims } from "../kubernetes/claims.ts";
import { ensureOwner } from "../kubernetes/ownership.ts";
import { connected } from "../kubernetes/session.ts";
import { clusterTarget } from "../../config/target.ts";
import { changeText } from "../preview/comparison-text.ts";
import { ensureApprovable } from "../pulumi/approval.ts";
import type { StateResource } from "../pulumi/deployed.ts";
import { deployed } from "../pulumi/deployed.ts";
import type { Drift } from "../kubernetes/drift.ts";
import { driftOf, isAutoscaled, replacement, valuesDrift } from "../kubernetes/drift.ts";
import { readRecord } from "../kubernetes/helm-record.ts";
import { reset } from "../kubernetes/reset.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { inOrder, nameOf } from "../../lib/manifest.ts";
import { askPulumi, readState } from "../pulumi/stack.ts";
import { confirm, green, red, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { ensureTool } from "../toolchain.ts";
import { readWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";
import { ensureNoWatch } from "../watch/lock.ts";
import { watcherOf } from "../watch/overlay.ts";

export interface DriftOptions {
  readonly stack: Stack;
  /** Whether to reset each object. */
  readonly fix?: boolean | undefined;
  /** Whether to skip confirmation, which a remote cluster needs. */
  readonly yes?: boolean | undefined;
}

/** An object that differs, and its fix. */
interface Found {
  readonly drift: Drift;
  /** Undefined if the API server rejects it, or for a Helm release. */
  readonly fix?: () => Promise<void>;
}

export async function drift({ stack, fix = false, yes }: DriftOptions): Promise<void> {
  const workspace = await readWorkspace(stack);
  const target = clusterTarget(workspace.settings.cluster);
  if (fix) {
    ensureApprovable(target, yes);
    ensureNoWatch(stack);
  }
  await ensureTool("pulumi");
  showBackend(workspace);
  const current = await readState(workspace);
  if (current === undefined) {
    throw new Problem(
      `Stack ${stack} is not deployed, so there is nothing to compare. Run ${npmCommand("start", stack)}.`,
    );
  }
  await connected(workspace.settings);
  await ensureOwner(workspace, target, current);
  await warnOfClaims(target.context, workspace.settings.cluster.namespace, stack);
  const { context } = target;

  const state = await askPulumi(workspace, ["stack", "export", "--show-secrets", "--stack", stack]);
  const { deployment } = JSON.parse(state) as { deployment: { resources?: StateResource[] } };
  const { objects, releases } = deployed(deployment.resources ?? []);
  const api = new KubernetesApi(context);

  const found: Found[] = [];
  const all = [...objects];
  for (const { name, namespace, values } of releases) {
    const record = await readRecord(api, namespace, name);
    if (record === undefined) {
      const problem = "has no deployed Helm revision";
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
  if (found.length === 0) return;
  const consequence = `This resets these objects in the remote cluster ${context}.`;
  const mayFix = fix && (target.kind !== "remote" || yes || (await confirm(consequence)));
  if (fix && !mayFix) console.log("Nothing was changed.");
  else await settle(stack, found, mayFix);
}

async function compare(
  api: KubernetesApi,
  should: Manifest,
  scales: boolean,
): Promise<Found | undefined> {
  const is = await api.read(should);
  const name = nameOf(should);
  const fix = () => reset(api, should, scales);
  if (is === undefined) {
    return { drift: { name, changes: [], problem: "is missing" }, fix };
  }
  const watcher = watcherOf(is);
  if (watcher !== undefined) {
    const problem = `runs edited code of npm run todo -- watch (${watcher})`;
    return { drift: { name, changes: [], problem }, fix };
  }
  try {
    const drift = driftOf(await api.dryReplace(replacement(should, is, scales)), is, scales);
    return drift && { drift, fix };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    const problem = `can't be updated in place. ${error.message}`;
    return { drift: { name, changes: [], problem } };
  }
}

/** Fixes what can be fixed, or prints how. */
async function settle(stack: Stack, found: readonly Found[], isFixing: boolean): Promise<void> {
  const others = found.filter(({ fix }) => fix === undefined);
  if (isFixing) {
    for (const { drift, fix } of found) {
      if (fix === undefined) continue;
      await fix();
      step(`Fixed ${drift.name}`);
    }
    process.exitCode = others.length === 0 ? 0 : 2;
  } else if (others.length < found.length) {
    console.log(`Fix the objects: npm run todo -- drift --stack ${stack} --fix`);
  }
  if (others.length > 0) {
    console.log(
      `Fix ${others.map(({ drift }) => drift.name).join(", ")}: delete objects that can't be updated in place, then run npm run todo -- pulumi up --refresh --stack ${stack}`,
    );
  }
}

function report(stack: Stack, count: number, drifts: readonly Drift[]): void {
  if (drifts.length === 0) {
    console.log(green(`✓ stack ${stack}: no drift in ${count} objects`));
    return;
  }
  process.exitCode = 2;
  console.log(
    red(`✗ stack ${stack}: drift in ${drifts.length} of ${count} objects (expected → actual)`),
  );
  for (const { name, problem, changes } of drifts) {
    console.log(
      [`  ${name}${problem ? ` ${problem}` : ""}`, ...changes.flatMap(changeText)].join("\n"),
    );
  }
}
