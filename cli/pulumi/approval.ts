import type { ClusterTarget } from "../../lib/clusters.ts";
import { Problem } from "../../lib/problem.ts";
import { confirm, ensureTerminal, step } from "../terminal.ts";
import { onStack, showPulumi } from "./stack.ts";
import type { Unchecked } from "./workspace.ts";

/** @throws Problem when a change of a remote cluster could not be confirmed, before any work is done */
export function ensureApprovable({ kind }: ClusterTarget, yes = false): void {
  if (kind === "remote" && !yes) ensureTerminal();
}

/** What a command would do to a cluster. */
export interface Proposal {
  /** Arguments for Pulumi that show the plan, and change nothing. */
  readonly plan: readonly string[];
  /** To complete "This … the remote cluster production". */
  readonly consequence: string;
  /** Whether to skip confirmation. */
  readonly yes: boolean | undefined;
}

/**
 * Shows the plan for a remote cluster, and asks for confirmation. Local clusters need neither.
 *
 * @returns whether the change may be made
 * @throws Problem when the plan fails, or nobody can confirm
 */
export async function isApproved(
  workspace: Unchecked,
  target: ClusterTarget,
  { plan, consequence, yes }: Proposal,
): Promise<boolean> {
  if (target.kind !== "remote") return true;
  await showPlan(workspace, target, plan);
  const question = `This ${consequence} the remote cluster ${target.context}.`;
  if (yes || (await confirm(question))) return true;
  console.log("Nothing was changed.");
  return false;
}

/**
 * Shows what Pulumi would do to a remote cluster.
 *
 * @throws Problem when the plan fails
 */
export async function showPlan(
  workspace: Unchecked,
  { kind, context }: ClusterTarget,
  plan: readonly string[],
): Promise<void> {
  if (kind !== "remote") return;
  step(`Plan of stack ${workspace.stack} for the remote cluster ${context}`);
  const code = await showPulumi(workspace, onStack(workspace, ...plan));
  if (code === 0) return;
  throw new Problem(
    `The plan failed (exit code ${code}); see the output above. Nothing was changed.`,
  );
}
