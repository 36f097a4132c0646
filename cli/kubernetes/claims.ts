import { claimTroubles, foreignUsers, listClaims } from "../../lib/pvc.ts";
import { Problem } from "../../lib/problem.ts";
import { yellow } from "../terminal.ts";

/** Says before anything else which PVCs are being deleted or were lost. */
export async function warnOfClaims(context: string, namespace: string): Promise<void> {
  const troubles = claimTroubles((await listClaims(context, namespace)) ?? []);
  for (const trouble of troubles) console.error(yellow(trouble));
}

/**
 * Makes sure that PVCs can be deleted: one that a pod uses waits for the pod.
 *
 * @throws Problem that names the pods that are not the application's
 */
export async function ensureUnused(
  context: string,
  namespace: string,
  claims: readonly string[],
): Promise<void> {
  const users = await foreignUsers(context, namespace, claims);
  if (users.length === 0) return;
  throw new Problem(
    `Nothing was deleted. ${users.map(({ pod, claim }) => `Pod ${pod} uses PVC ${claim}`).join(", and ")}, and is not the application's: the PVC could not be deleted. Delete the pod: kubectl --context ${context} --namespace ${namespace} delete pod ${[...new Set(users.map(({ pod }) => pod))].join(" ")}`,
  );
}
