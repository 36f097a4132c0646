import { randomUUID } from "node:crypto";

import { CoreV1Api } from "@kubernetes/client-node";

import { clusterTarget } from "../../config/target.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { forgetRecords, releaseRecords, releaseRepair } from "../../lib/helm.ts";
import { kubeconfigOf } from "../../lib/kube-client.ts";
import { connect } from "../../lib/kubernetes.ts";
import type { FoundNamespace } from "../../lib/ownership.ts";
import { findNamespace, ownerInWords, standingOf, terminating } from "../../lib/ownership.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { claimTroublesIn } from "../kubernetes/claims.ts";
import { KubernetesApi } from "../kubernetes/dynamic-client.ts";
import { takeFields } from "../kubernetes/field-managers.ts";
import { readLiveSecrets } from "../kubernetes/live-secrets.ts";
import { claimantIn } from "../kubernetes/ownership.ts";
import type { Deployment } from "../kubernetes/takeover.ts";
import { findDeployment, keepObjects, markNamespace } from "../kubernetes/takeover.ts";
import {
  releaseStanding,
  withoutForce,
  withoutPending,
  withRelease,
} from "../pulumi/deployment.ts";
import { unlock } from "../pulumi/recovery.ts";
import { seeded } from "../pulumi/seed.ts";
import type { StackState } from "../pulumi/stack.ts";
import {
  ensureStack,
  exportState,
  importState,
  onStack,
  stateOf,
  showPulumi,
} from "../pulumi/stack.ts";
import { takeSettings } from "../pulumi/takeover.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { openWorkspace, showBackend } from "../pulumi/workspace.ts";
import { confirm, ensureTerminal, green, step } from "../terminal.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand, todoCommand } from "../stacks.ts";
import type { UpOptions } from "./up.ts";
import { missingHere, up } from "./up.ts";

export type AdoptOptions = Omit<UpOptions, "cluster">;

/**
 * Takes over a running deployment that is not in the state: with its secrets, settings, PVCs and data.
 * The previous owner can't change it any more.
 */
export async function adopt(options: AdoptOptions): Promise<void> {
  const { stack, port, set, yes } = options;
  if (!yes) ensureTerminal();
  const changes = { ...set, ...(port !== undefined && { "network.nodePort": String(port) }) };
  const workspace = await openWorkspace(stack, changes);
  const missing = await missingHere(workspace.settings);
  if (missing !== undefined) throw new Problem(missing);
  showBackend(workspace);
  const target = clusterTarget(workspace.settings.cluster);
  const { uid } = await connect(target).catch((error: unknown) => {
    throw new Problem(messageOf(error));
  });
  await ensureStack(workspace);
  await unlock(workspace);

  const state = await stateOf(workspace);
  const found = await ensureAdoptable(workspace, target, state);
  const { namespace } = workspace.settings.cluster;
  const api = new KubernetesApi(target.context);
  const deployment = await findDeployment(api, namespace);
  const isOwn = standingOf(claimantIn(state), found) === "own";
  if (!isOwn && !yes && !(await confirm(consequences(stack, target, namespace, found)))) {
    console.log("Nothing was changed.");
    return;
  }

  await takeState(workspace, api, { target, uid, state, deployment });
  if (state.resources.length > 0) await refresh(workspace);
  try {
    // The fields of its objects still belong to the previous state's field manager.
    const env = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };
    if (!(await up({ stack, set: {}, cluster: true, yes }, env))) {
      console.log(`Only the owner has changed. Deploy later: ${todoCommand("adopt", stack)}`);
      return;
    }
  } finally {
    const after = withoutForce(await exportState(workspace));
    await importState(workspace, after);
    await takeFields(api, after.deployment.resources ?? []);
  }
  console.log(
    green(
      `✓ stack ${stack} owns ${namespace} in ${target.context}; the previous owner can't change it any more`,
    ),
  );
}

/** @throws Problem when there is nothing that can be taken over */
async function ensureAdoptable(
  { stack, settings }: Workspace,
  { context }: ClusterTarget,
  state: StackState | undefined,
): Promise<FoundNamespace> {
  const { namespace } = settings.cluster;
  const found = await findNamespace(context, namespace);
  if (found === undefined) {
    throw new Problem(
      `There is no namespace ${namespace} in ${context}, so there is nothing to take over. Run ${npmCommand("start", stack)}, or name the namespace: --set cluster.namespace=<name>`,
    );
  }
  if (found.isTerminating) throw new Problem(terminating(namespace, context));
  const troubles = await claimTroublesIn(context, namespace, stack);
  if (troubles.length > 0) throw new Problem(["Nothing was changed.", ...troubles].join("\n"));
  const identity = state?.resources.find(({ type }) => type.endsWith(":ClusterIdentity"));
  const current = identity?.inputs?.["namespace"] as string | undefined;
  if (current !== undefined && current !== namespace) {
    throw new Problem(
      `Nothing was changed. Stack ${stack} already owns the namespace ${current}, and a state can have only one. Take over ${namespace} in another checkout, or with another TODO_CHATBOT_HOME.`,
    );
  }
  return found;
}

const consequences = (
  stack: Stack,
  { context }: ClusterTarget,
  namespace: string,
  { ownedBy = "an unknown owner" }: FoundNamespace,
) =>
  `This makes stack ${stack} of this checkout the owner of the namespace ${namespace} in ${context} and everything in it, including the data. It belongs to ${ownedBy}, which can't change anything there afterwards.`;

interface Taken {
  readonly target: ClusterTarget;
  readonly uid: string;
  readonly state: StackState | undefined;
  readonly deployment: Deployment;
}

/** Seeds the state with what only the previous one had, and marks the namespace as this stack's. */
async function takeState(
  before: Workspace,
  api: KubernetesApi,
  { target, uid, state, deployment }: Taken,
): Promise<void> {
  const { stack } = before;
  const { namespace } = before.settings.cluster;
  const core = kubeconfigOf(target.context).makeApiClient(CoreV1Api);
  step("Taking over the settings and the Secrets' values");
  const { generated, settings } = await readLiveSecrets(core, namespace);
  const workspace = await takeSettings(before, deployment.settings, settings);

  const owner = claimantIn(state)?.owner ?? randomUUID();
  const ownedBy = ownerInWords(stack);
  const records = await releaseRecords(target.context, namespace);
  const { forget, adopt: hasRelease } = releaseRepair(
    records,
    state === undefined ? "unknown" : releaseStanding(state),
  );
  const { rotation } = workspace.settings.secrets;
  const seed = { stack, target, namespace, uid, owner, ownedBy, rotation, generated, hasRelease };
  const after = seeded(withoutPending(await exportState(workspace)), seed);
  await importState(workspace, (hasRelease ? withRelease(after, namespace) : undefined) ?? after);

  step(`Marking the namespace ${namespace} as this stack's`);
  await markNamespace(api, namespace, owner, ownedBy);
  await keepObjects(api, deployment.kept);
  await forgetRecords(target.context, namespace, forget);
}

/** Refreshes the resources that were already in the state. */
async function refresh(workspace: Workspace): Promise<void> {
  const code = await showPulumi(
    workspace,
    onStack(workspace, "refresh", "--yes", "--skip-preview"),
  );
  if (code !== 0) throw new Problem(`pulumi refresh failed (exit code ${code}).`);
}
