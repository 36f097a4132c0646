import { parseArgs } from "node:util";

import { CoreV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "../../lib/kubernetes.ts";
import { connected } from "../kubernetes/session.ts";
import { askPulumi, onStack, readState, showPulumi } from "../pulumi/stack.ts";
import { green, main, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { needTool } from "../toolchain.ts";
import { knownStack, openWorkspace } from "../pulumi/workspace.ts";

// npm run repair -- [--stack dev|local]: mends what an update that was killed leaves behind: the
// lock on the state, operations that never ended, a Helm release that waits for ever. Run it only
// when no update of the stack is under way; then npm start goes on.
await main(async () => {
  const { values } = parseArgs({ options: { stack: { type: "string", default: "dev" } } });
  const stack = knownStack(values.stack);
  const workspace = await openWorkspace(stack);
  await needTool("pulumi");
  if ((await readState(workspace)) === undefined) {
    step(`There is no stack ${stack}: nothing to repair`);
    return;
  }

  step("Taking the lock off the state");
  await askPulumi(workspace, ["cancel", "--yes", "--stack", stack]);

  const { context } = await connected(workspace.settings);
  const stuck = await forgetPendingReleases(context, workspace.settings.cluster.namespace);
  if (stuck > 0) step(`Removed ${stuck} record(s) of Helm releases that were never finished`);

  step("Comparing the state with the cluster");
  const code = await showPulumi(
    workspace,
    onStack(workspace, "refresh", "--yes", "--skip-preview", "--clear-pending-creates"),
  );
  if (code !== 0) {
    throw new Problem(`pulumi refresh ended with exit code ${code}; its words stand above.`);
  }
  console.log(green("Repaired. Go on with: npm start"));
});

/**
 * Removes the records of revisions that Helm began and never ended; it refuses every further
 * upgrade while the newest one is such. What they made is taken over by the next one.
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
