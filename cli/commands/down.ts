import { clusterName } from "../../lib/clusters.ts";
import { connect } from "../../lib/kubernetes.ts";
import { run } from "../../lib/exec.ts";
import { clusterTarget } from "../../config/target.ts";
import { ensureApprovable, isApproved } from "../pulumi/approval.ts";
import { adoptForRemoval, unlock } from "../pulumi/recovery.ts";
import { ensureUnused, warnOfClaims } from "../kubernetes/claims.ts";
import { ensureOwner } from "../kubernetes/ownership.ts";
import type { StackState } from "../pulumi/stack.ts";
import { onStack, readState, showPulumi } from "../pulumi/stack.ts";
import { step, yellow } from "../terminal.ts";
import { hibernate } from "../../lib/cloudnative-pg.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { ensureTool } from "../toolchain.ts";
import { openWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";
import { ensureNoWatch } from "../watch/lock.ts";

export interface DownOptions {
  readonly stack: Stack;
  /** Whether to delete the cluster too. */
  readonly cluster?: boolean | undefined;
  /** Whether to skip confirmation, which a remote cluster needs. */
  readonly yes?: boolean | undefined;
}

export async function down({ stack, cluster, yes }: DownOptions): Promise<void> {
  const workspace = await openWorkspace(stack);
  const target = clusterTarget(workspace.settings.cluster);
  const isRemote = target.kind === "remote";
  if (cluster && isRemote) {
    throw new Problem(
      `${target.context} is not a local cluster; delete it with the tool that created it. Without --cluster, only the application is taken down.`,
    );
  }
  ensureApprovable(target, yes);
  ensureNoWatch(stack);
  await ensureTool("pulumi");
  showBackend(workspace);
  const state = await readState(workspace);

  if (state === undefined || state.resources.length === 0) {
    step(`Stack ${stack} has nothing to take down`);
  } else {
    const gone = await connect(target).then(
      () => false,
      (error: unknown) => {
        // It may as well be the network, and the state has the only copy of the secrets.
        if (isRemote) throw new Problem(`Nothing was changed. ${messageOf(error)}`);
        return true;
      },
    );
    if (gone) step(`${target.context} does not answer: treating everything in it as deleted`);
    else {
      const { namespace } = workspace.settings.cluster;
      await ensureOwner(workspace, target, state);
      await warnOfClaims(target.context, namespace, stack);
      await ensureUnused(target.context, namespace, deletedClaims(state));
      await unlock(workspace);
      await adoptForRemoval(workspace, target.context, state);
    }
    const plan = ["destroy", "--preview-only", "--exclude-protected"];
    const consequence = `takes stack ${stack} down in`;
    if (!(await isApproved(workspace, target, { plan, consequence, yes }))) return;
    // Without a cluster, there is nothing to keep and no release to uninstall.
    const code = await showPulumi(
      {
        ...workspace,
        env: { ...workspace.env, ...(gone && { PULUMI_K8S_DELETE_UNREACHABLE: "true" }) },
      },
      onStack(
        workspace,
        "destroy",
        "--yes",
        "--skip-preview",
        "--exclude-protected",
        ...(gone ? ["--refresh"] : []),
      ),
    );
    if (code !== 0) {
      throw new Problem(
        `pulumi destroy failed (exit code ${code}); see the output above. Fix the cause and run ${npmCommand("run down", stack)} again.`,
      );
    }
    const { namespace } = workspace.settings.cluster;
    const isHibernated = !gone && (await hibernate(target.context, namespace));
    const kept = ((await readState(workspace))?.resources ?? []).filter(({ protect }) => protect);
    if (kept.length > 0) {
      console.log(
        yellow(
          [
            `Kept, because storage.protect is on; the next ${npmCommand("start", stack)} uses it again:`,
            ...kept.map(({ urn }) => `  ${urn.split("::").slice(2).join(" ")}`),
            ...(isHibernated ? ["  the instances of the database, without their pods"] : []),
          ].join("\n"),
        ),
      );
    }
  }

  if (cluster) {
    const name = clusterName(target);
    step(`Deleting the ${target.kind} cluster ${name}`);
    if (target.kind === "kind") {
      await ensureTool("kind");
      await run("kind", ["delete", "cluster", "--name", name], { timeoutMs: 180_000 });
    } else {
      await run("minikube", ["delete", "--profile", name], { timeoutMs: 300_000 });
    }
  }
}

/** Names of the PVCs that a destroy deletes: those that storage.protect does not protect. */
function deletedClaims({ resources }: StackState): string[] {
  return resources.flatMap(({ type, protect, outputs }) => {
    if (protect || !type.endsWith(":PersistentVolumeClaim")) return [];
    const { name } = (outputs?.["metadata"] ?? {}) as { readonly name?: string };
    return name === undefined ? [] : [name];
  });
}
