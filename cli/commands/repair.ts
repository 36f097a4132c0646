import { stopReaching } from "../database/copy.ts";
import { warnOfClaims } from "../kubernetes/claims.ts";
import { ensureOwner, namespaceGone } from "../kubernetes/ownership.ts";
import { connected } from "../kubernetes/session.ts";
import { recover } from "../pulumi/recovery.ts";
import { askPulumi, onStack, readState, showPulumi } from "../pulumi/stack.ts";
import { endSurvivors } from "../pulumi/survivors.ts";
import { green, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { ensureTool } from "../toolchain.ts";
import { openWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";
import { ensureNoWatch } from "../watch/lock.ts";
import { endKilledWatch } from "../watch/release.ts";

/** Clears what a killed update leaves behind: the lock, pending operations, an unfinished Helm release. */
export async function repair({ stack }: { readonly stack: Stack }): Promise<void> {
  const workspace = await openWorkspace(stack);
  ensureNoWatch(stack);
  await ensureTool("pulumi");
  showBackend(workspace);
  const state = await readState(workspace);
  if (state === undefined) {
    step(`There is no stack ${stack}: nothing to repair`);
    return;
  }

  step("Unlocking the state");
  await endSurvivors();
  await askPulumi(workspace, ["cancel", "--yes", "--stack", stack]);

  const target = await connected(workspace.settings);
  const found = await ensureOwner(workspace, target, state);
  const { namespace } = workspace.settings.cluster;
  await warnOfClaims(target.context, namespace, stack);
  if (found?.isTerminating) await namespaceGone(target.context, namespace);
  else if (found !== undefined) {
    await recover(workspace, target.context, state, found);
    await stopReaching(target.context, namespace);
    await endKilledWatch(target, namespace);
  }

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
  console.log(green(`Repaired. Continue with: ${npmCommand("start", stack)}`));
}
