import { claimTroubles, claimUsers, listClaims } from "../../lib/pvc.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../stacks.ts";
import { yellow } from "../terminal.ts";

/** Messages for the PVCs of a namespace that are being deleted or were lost. */
export async function claimTroublesIn(
  context: string,
  namespace: string,
  stack: Stack,
): Promise<string[]> {
  return claimTroubles((await listClaims(context, namespace)) ?? [], stack);
}

/** Warns of such PVCs. */
export async function warnOfClaims(
  context: string,
  namespace: string,
  stack: Stack,
): Promise<void> {
  for (const trouble of await claimTroublesIn(context, namespace, stack))
    console.error(yellow(trouble));
}

/**
 * Ensures that PVCs can be deleted: the deletion of a PVC waits for the pods that use it.
 *
 * @throws Problem with the names of foreign pods that use one
 */
export async function ensureUnused(
  context: string,
  namespace: string,
  claims: readonly string[],
): Promise<void> {
  const users = (await claimUsers(context, namespace, claims)).filter(
    ({ isOwn, hasEnded }) => !isOwn && !hasEnded,
  );
  if (users.length === 0) return;
  throw new Problem(
    `Nothing was deleted. ${users.map(({ pod, claim }) => `Pod ${pod} uses PVC ${claim}`).join(", and ")}, but is not part of the application: the PVC could not be deleted. Delete the pod: kubectl --context ${context} --namespace ${namespace} delete pod ${[...new Set(users.map(({ pod }) => pod))].join(" ")}`,
  );
}
