// The path of this file is stored in the state of every deployed stack: never move or rename it.

import { randomUUID } from "node:crypto";

import type { ClusterTarget } from "../../lib/clusters.ts";
import { connect, countsAsGone } from "../../lib/kubernetes.ts";
import type { Claimant, FoundNamespace } from "../../lib/ownership.ts";
import {
  findNamespace,
  ownerInWords,
  refusal,
  standingOf,
  terminating,
} from "../../lib/ownership.ts";
import { withoutTrace } from "./failure.ts";

/** Stored in the state; plain values. */
export interface IdentityInputs extends Claimant {
  readonly target: ClusterTarget;
  /** Namespace of the stack; absent in older states. */
  readonly namespace?: string;
  /** UID of kube-system; absent in a preview without a cluster. */
  readonly uid?: string;
  /** Who owns the namespace, in words. */
  readonly ownedBy?: string;
}

/** Inputs from the program. */
export interface GivenIdentity {
  readonly target: ClusterTarget;
  readonly namespace: string;
  readonly uid?: string | undefined;
  /** The existing namespace; undefined when there is none, or no cluster answers. */
  readonly found?: FoundNamespace | undefined;
  /** Name of the stack. */
  readonly stack: string;
  readonly isPreview: boolean;
}

interface Failure {
  /** Empty, because the engine would print the property's value before the reason. */
  readonly property: "";
  readonly reason: string;
}

/**
 * Refuses three things: a cluster other than that of the last update, which does not match the state;
 * another namespace, because everything would be recreated in it and the old one deleted with its data;
 * and a namespace that the state does not own, of which a preview only warns.
 */
export function check(
  old: Partial<IdentityInputs>,
  now: GivenIdentity,
): Promise<{ inputs: IdentityInputs; failures: Failure[] }> {
  const { target, namespace, found } = now;
  const reasons: string[] = [];
  if (old.uid !== undefined && now.uid !== undefined && old.uid !== now.uid) {
    reasons.push(
      `context ${target.context} is not the cluster of the last update (UID of kube-system was ${old.uid}, is ${now.uid}), so it has none of this stack's resources. If the cluster was recreated, run: pulumi up --refresh (generated secrets are kept; npm start does this automatically). Otherwise, set cluster.context to the right one`,
    );
  } else if (old.namespace !== undefined && old.namespace !== namespace) {
    reasons.push(
      `this stack is deployed in the namespace ${old.namespace}, but cluster.namespace is now ${namespace}, and its data would not be moved. Set it back. For a second instance, use another stack; to move this one, back up, take it down, start again and restore`,
    );
  } else {
    const claimant = claimantOf(old);
    const reason =
      refusal(claimant, found, { context: target.context, namespace, stack: now.stack }) ??
      (found?.isTerminating ? terminating(namespace, target.context) : undefined);
    if (reason !== undefined && now.isPreview)
      console.error(`An update would be refused: ${reason}`);
    else if (reason !== undefined) reasons.push(`nothing was changed. ${reason}`);
  }
  const isOwn = standingOf(claimantOf(old), found) === "own";
  const namespaceUid = isOwn ? found?.uid : now.uid === undefined ? old.namespaceUid : undefined;
  return Promise.resolve({
    inputs: stored({
      target,
      namespace,
      uid: now.uid ?? old.uid,
      owner: old.owner ?? randomUUID(),
      ownedBy: old.ownedBy ?? ownerInWords(now.stack),
      namespaceUid,
    }),
    failures: reasons.map((reason) => ({ property: "", reason })),
  });
}

/** Undefined for a state that has deployed nothing. */
function claimantOf(old: Partial<IdentityInputs>): Claimant | undefined {
  return old.target === undefined ? undefined : old;
}

/** Leaves out undefined values, which the engine can't store. */
function stored(inputs: {
  [Key in keyof IdentityInputs]: IdentityInputs[Key] | undefined;
}): IdentityInputs {
  return Object.fromEntries(
    Object.entries(inputs).filter(([, value]) => value !== undefined),
  ) as unknown as IdentityInputs;
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
      old.namespace !== now.namespace ||
      old.owner !== now.owner ||
      old.ownedBy !== now.ownedBy,
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

/** A refresh accepts whichever cluster answers, but not a namespace that the state does not own. */
export async function read(
  id: string,
  old: IdentityInputs,
): Promise<{ id: string; props: IdentityInputs; inputs: IdentityInputs }> {
  const { target, namespace } = old;
  const uid = await connect(target).then(
    (connection) => connection.uid,
    (error: unknown) => {
      // The user asked to treat resources in an unreachable cluster as deleted.
      if (countsAsGone()) return undefined;
      throw withoutTrace(error);
    },
  );
  const isOther = uid !== undefined && uid !== old.uid;
  const props = stored({
    target,
    namespace,
    uid: uid ?? old.uid,
    // Another cluster has no namespace from before marks existed.
    owner: old.owner ?? (isOther ? randomUUID() : undefined),
    ownedBy: old.ownedBy,
    namespaceUid: isOther ? undefined : old.namespaceUid,
  });
  if (uid !== undefined && namespace !== undefined) {
    const found = await findNamespace(target.context, namespace);
    const reason = refusal(props, found, { context: target.context, namespace });
    if (reason !== undefined) throw withoutTrace(new Error(reason));
  }
  return { id, props, inputs: props };
}
