import type { ClusterTarget } from "../../lib/clusters.ts";
import { connect } from "../../lib/kubernetes.ts";

/** What the engine hands over; plain values. */
export interface IdentityInputs {
  readonly target: ClusterTarget;
  /** Namespace of everything; absent in a state of before it was kept. */
  readonly namespace?: string;
  /** UID of kube-system; absent in a preview without a cluster. */
  readonly uid?: string;
}

interface Failure {
  readonly property: string;
  readonly reason: string;
}

/**
 * Refuses a cluster that is not the one of the last update: all that the state says about
 * it would be wrong, and nothing would be made anew. Refuses another namespace too: everything
 * would be made anew in it, and the old one would go with the data in it.
 */
export function check(
  old: Partial<IdentityInputs>,
  now: IdentityInputs,
): Promise<{ inputs: IdentityInputs; failures: Failure[] }> {
  const failures: Failure[] =
    old.uid !== undefined && now.uid !== undefined && old.uid !== now.uid
      ? [
          {
            property: "uid",
            reason: `context ${now.target.context} is another cluster than at the last update (kube-system was ${old.uid}, is ${now.uid}), so nothing of this stack is there. If it was made anew, run: pulumi up --refresh (generated secrets are kept; npm start does it by itself). If not, set cluster.context to the right one`,
          },
        ]
      : [];
  const { target, namespace } = now;
  if (old.namespace !== undefined && namespace !== undefined && old.namespace !== namespace) {
    failures.push({
      property: "namespace",
      reason: `this stack is in the namespace ${old.namespace}, and cluster.namespace is ${namespace} now: its data would not come along. Set it back. For a second instance, use another stack; to move, back up, take this one down, start anew and restore`,
    });
  }
  const uid = now.uid ?? old.uid;
  // Left out, not undefined: that is no value the engine could keep.
  return Promise.resolve({
    inputs: { target, ...(namespace && { namespace }), ...(uid && { uid }) },
    failures,
  });
}

export function diff(
  _id: string,
  old: IdentityInputs,
  now: IdentityInputs,
): Promise<{ changes: boolean }> {
  return Promise.resolve({
    changes:
      old.uid !== now.uid ||
      old.target.context !== now.target.context ||
      old.namespace !== now.namespace,
  });
}

export function create(inputs: IdentityInputs): Promise<{ id: string; outs: IdentityInputs }> {
  return Promise.resolve({ id: inputs.target.context, outs: inputs });
}

export function update(
  _id: string,
  _old: IdentityInputs,
  inputs: IdentityInputs,
): Promise<{ outs: IdentityInputs }> {
  return Promise.resolve({ outs: inputs });
}

/** On a refresh, the cluster that answers is taken for the right one. */
export async function read(
  id: string,
  { target, namespace }: IdentityInputs,
): Promise<{ id: string; props: IdentityInputs; inputs: IdentityInputs }> {
  const { uid } = await connect(target);
  const props = { target, ...(namespace && { namespace }), uid };
  return { id, props, inputs: props };
}
