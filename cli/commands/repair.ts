import { CoreV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "../../lib/kubernetes.ts";
import { connected } from "../kubernetes/session.ts";
import { askPulumi, onStack, readState, showPulumi } from "../pulumi/stack.ts";
import { green, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { ensureTool } from "../toolchain.ts";
import { openWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";

/**
 * Clears what an update that was killed leaves behind: the lock on the state, pending operations,
 * an unfinished Helm release.
 */
export async function repair({ stack }: { readonly stack: Stack }): Promise<void> {
  const workspace = await openWorkspace(stack);
  await ensureTool("pulumi");
  if ((await readState(workspace)) === undefined) {
    step(`There is no stack ${stack}: nothing to repair`);
    return;
  }

  step("Unlocking the state");
  await askPulumi(workspace, ["cancel", "--yes", "--stack", stack]);

  const { context } = await connected(workspace.settings);
  const stuck = await forgetPendingReleases(context, workspace.settings.cluster.namespace);
  if (stuck > 0) step(`Removed ${stuck} record(s) of unfinished Helm releases`);

  step("Comparing the state with the cluster");
  const code = await showPulumi(
    workspace,
    onStack(workspace, "refresh", "--yes", "--skip-preview", "--clear-pending-creates"),
  );
  if (code !== 0) {
    throw new Problem(
      `pulumi refresh failed (exit code ${code}); see the output above. Fix the cause and run this again.`,
    );
  }
  console.log(green("Repaired. Continue with: npm start"));
}

/**
 * Removes the records of revisions that Helm began and never finished; it refuses every further
 * upgrade while the newest one is such. The next upgrade takes over what they created.
 */
async function forgetPendingReleases(context: string, namespace: string): Promise<number> {
  const core = kubeconfigOf(context).makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedSecret({
    namespace,
    labelSelector:
      "owner=helm,status in (pending-install, pending-upgrade, pending-rollback, uninstalling)",
  });
  for (const { metadata } of items) {
    await core.deleteNamespacedSecret({ namespace, name: metadata?.name ?? "" });
  }
  return items.length;
}
