import { forgetRecords, releaseName, releaseRecords, releaseRepair } from "../../lib/helm.ts";
import type { FoundNamespace } from "../../lib/ownership.ts";
import { Problem } from "../../lib/problem.ts";
import { npmCommand, todoCommand } from "../stacks.ts";
import { step } from "../terminal.ts";
import type { ExportedState } from "./deployment.ts";
import { knowsRelease, releaseStanding, withoutPending, withRelease } from "./deployment.ts";
import { isStale, lockHolders } from "./lock.ts";
import { askPulumi, exportState, importState } from "./stack.ts";
import type { StackState } from "./stack.ts";
import { endSurvivors } from "./survivors.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Unlocks the state after an update was killed.
 *
 * @returns whether it is certain that no update is running
 * @throws Problem when the lock's holder may still be running
 */
export async function unlock(workspace: Workspace): Promise<boolean> {
  const holders = await lockHolders(workspace);
  for (const holder of holders ?? []) {
    if (await isStale(holder)) continue;
    const { username, hostname, pid } = holder;
    throw new Problem(
      `The state of stack ${workspace.stack} is locked by an update of ${username}@${hostname} (process ${pid}). Wait until it has ended; if it was killed, run: ${todoCommand("repair", workspace.stack)}`,
    );
  }
  if (holders !== undefined && holders.length > 0) {
    step("An update was killed: unlocking the state");
    await endSurvivors();
    await askPulumi(workspace, ["cancel", "--yes", "--stack", workspace.stack]);
  }
  return holders !== undefined;
}

/**
 * Recovers from an interrupted update: clears pending operations, and a Helm release that is unfinished
 * or not in the state. No update may be running.
 *
 * @param context of the cluster; its namespace must belong to the stack
 * @param found the namespace; undefined when it does not exist
 * @returns whether the state must be refreshed before the next update
 */
export async function recover(
  workspace: Workspace,
  context: string,
  state: StackState,
  found: FoundNamespace | undefined,
): Promise<boolean> {
  const { namespace } = workspace.settings.cluster;
  const records = await releaseRecords(context, namespace);
  const standing = releaseStanding(state);
  const { forget, adopt } = releaseRepair(records, standing);
  if (!adopt && forget.length === 0 && state.pending === 0) {
    // The state doesn't show what was deleted from the cluster, so an update would not recreate it.
    const hasNamespace = state.resources.some(({ type }) => type.endsWith("core/v1:Namespace"));
    const isUninstalled = standing !== "unknown" && records.length === 0;
    return isUninstalled || (hasNamespace && found === undefined);
  }

  step("The last update was interrupted: recovering from it");
  let changed: ExportedState | undefined = await exportState(workspace);
  if (adopt) changed = withRelease(changed, namespace);
  if (changed === undefined) {
    throw new Problem(
      `The Helm release in ${namespace} is not in the state, and can't be added to it: its parent or provider is missing. Uninstall it and run ${npmCommand("start", workspace.stack)} again; its PVCs are kept: helm uninstall ${releaseName} --namespace ${namespace} --kube-context ${context}`,
    );
  }
  await importState(workspace, withoutPending(changed));
  await forgetRecords(context, namespace, forget);
  if (adopt && standing === "unknown") step("Added the Helm release, which was not in the state");
  if (forget.length > 0) step(`Removed ${forget.length} record(s) of unfinished Helm revisions`);
  return true;
}

/** Lets a destroy uninstall a Helm release that is not in the state, whose pods would keep the PVCs. */
export async function adoptForRemoval(
  workspace: Workspace,
  context: string,
  state: StackState,
): Promise<void> {
  const { namespace } = workspace.settings.cluster;
  if (knowsRelease(state) || (await releaseRecords(context, namespace)).length === 0) return;
  const changed = withRelease(await exportState(workspace), namespace);
  if (changed === undefined) return;
  step("Added the Helm release, which was not in the state, to take it down too");
  await importState(workspace, withoutPending(changed));
}
