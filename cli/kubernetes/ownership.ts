import { setTimeout as sleep } from "node:timers/promises";

import type { ClusterTarget } from "../../lib/clusters.ts";
import type { Claimant, FoundNamespace } from "../../lib/ownership.ts";
import { findNamespace, refusal, terminating } from "../../lib/ownership.ts";
import { Problem } from "../../lib/problem.ts";
import type { StackState } from "../pulumi/stack.ts";
import { readState } from "../pulumi/stack.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { showBackend } from "../pulumi/workspace.ts";
import { step } from "../terminal.ts";
import { ensureTool } from "../toolchain.ts";

/** The owner and namespace UID in a state; undefined when nothing is deployed. Pure. */
export function claimantIn(state: StackState | undefined): Claimant | undefined {
  const find = (type: string) => state?.resources.find((resource) => resource.type.endsWith(type));
  const identity = find(":ClusterIdentity");
  if (identity === undefined) return undefined;
  const { owner, namespaceUid } = identity.inputs ?? {};
  const metadata = find("core/v1:Namespace")?.outputs?.["metadata"] as
    { readonly uid?: string } | undefined;
  return {
    owner: owner as string | undefined,
    namespaceUid: (namespaceUid as string | undefined) ?? metadata?.uid,
  };
}

/**
 * Ensures that the namespace belongs to the stack, or does not exist.
 *
 * @returns the namespace; undefined when there is none
 * @throws Problem with its owner and the possible fixes
 */
export async function ensureOwner(
  { settings, stack }: Workspace,
  { context }: ClusterTarget,
  state: StackState | undefined,
): Promise<FoundNamespace | undefined> {
  const { namespace } = settings.cluster;
  const found = await findNamespace(context, namespace);
  const reason = refusal(claimantIn(state), found, { context, namespace, stack });
  if (reason !== undefined) throw new Problem(`Nothing was changed. ${reason}`);
  return found;
}

/** The same for a command that does not read the state otherwise. */
export async function ensureOwnerOf(workspace: Workspace, target: ClusterTarget): Promise<void> {
  const { namespace } = workspace.settings.cluster;
  if ((await findNamespace(target.context, namespace)) === undefined) return;
  await ensureTool("pulumi");
  showBackend(workspace);
  await ensureOwner(workspace, target, await readState(workspace));
}

/**
 * Waits until a terminating namespace is gone; pods have 60 s to end.
 *
 * @param patienceMs default 2 minutes
 * @throws Problem when it still exists by then
 */
export async function namespaceGone(
  context: string,
  namespace: string,
  patienceMs = 120_000,
): Promise<void> {
  step(`Waiting until the namespace ${namespace} is deleted`);
  for (const deadline = Date.now() + patienceMs; await findNamespace(context, namespace);) {
    if (Date.now() > deadline) throw new Problem(terminating(namespace, context));
    await sleep(500);
  }
}
