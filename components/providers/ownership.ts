import type { ClusterTarget } from "../../lib/clusters.ts";
import { connect, countsAsGone } from "../../lib/kubernetes.ts";
import { messageOf } from "../../lib/problem.ts";
import { findNamespace, refusal } from "../../lib/ownership.ts";
import { withoutTrace } from "./failure.ts";

export interface GuardInputs {
  readonly target: ClusterTarget;
  readonly namespace: string;
  /** ID that only the stack's state has. */
  readonly owner: string;
  /** Names of the PVCs that it guards, and so depends on. */
  readonly claims?: readonly string[];
}

export function create(inputs: GuardInputs): Promise<{ id: string; outs: GuardInputs }> {
  return Promise.resolve({ id: inputs.namespace, outs: inputs });
}

export function diff(
  _id: string,
  old: GuardInputs,
  now: GuardInputs,
): Promise<{ changes: boolean }> {
  return Promise.resolve({
    changes: old.owner !== now.owner || old.target.context !== now.target.context,
  });
}

export function update(
  _id: string,
  _old: GuardInputs,
  inputs: GuardInputs,
): Promise<{ outs: GuardInputs }> {
  return Promise.resolve({ outs: inputs });
}

/**
 * Fails when the state does not own the namespace. Because a guard depends on everything, it is deleted
 * first, and so stops a destroy before anything is deleted.
 */
async function remove(_id: string, { target, namespace, owner }: GuardInputs): Promise<void> {
  const { context } = target;
  const problem = await connect(target).then(() => undefined, messageOf);
  if (problem !== undefined) {
    // The Kubernetes provider then also treats unreachable resources as deleted.
    if (countsAsGone()) return;
    throw withoutTrace(
      new Error(`Nothing was deleted. ${problem} If the cluster is gone for good: npm run down`),
    );
  }
  const found = await findNamespace(context, namespace);
  const reason = refusal({ owner }, found, { context, namespace });
  if (reason !== undefined) throw withoutTrace(new Error(`Nothing was deleted. ${reason}`));
}

export { remove as delete };
