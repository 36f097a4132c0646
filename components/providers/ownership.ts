import type { ClusterTarget } from "../../lib/clusters.ts";
import { connect, countsAsGone } from "../../lib/kubernetes.ts";
import { messageOf } from "../../lib/problem.ts";
import { findNamespace, refusal } from "../../lib/ownership.ts";
import { withoutTrace } from "./failure.ts";

export interface GuardInputs {
  readonly target: ClusterTarget;
  readonly namespace: string;
  /** Id that only the stack's state has. */
  readonly owner: string;
  /** Names of the PVCs that it stands before; they make it depend on them. */
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
 * Refuses to go when the namespace is not the state's, and so stops a destroy before it has deleted
 * anything: what everything depends on goes last, and what depends on everything goes first.
 */
async function remove(_id: string, { target, namespace, owner }: GuardInputs): Promise<void> {
  const { context } = target;
  const problem = await connect(target).then(() => undefined, messageOf);
  if (problem !== undefined) {
    // The Kubernetes provider takes what it can't reach for gone then.
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
