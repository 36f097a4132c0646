import { setTimeout as sleep } from "node:timers/promises";

import { AppsV1Api } from "@kubernetes/client-node";

import { findObject } from "../../lib/api-server.ts";
import { Problem } from "../../lib/problem.ts";
import { claimUsers } from "../../lib/pvc.ts";
import { lostVolumes } from "../../lib/volume-state.ts";
import { deploy } from "../commands/up.ts";
import { unlessAbsent } from "../kubernetes/absent.ts";
import { untilReady } from "../kubernetes/pod-watch.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { connected, openCluster } from "../kubernetes/session.ts";
import { ensureOwnerOf } from "../kubernetes/ownership.ts";
import { openWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { confirm, step } from "../terminal.ts";

/** Milliseconds until a deleted PVC is gone, once no pod uses it any more. */
const goneWithin = 60_000;

/** Milliseconds until the application has prepared the empty database. */
const readyWithin = 300_000;

/** What replacing lost volumes would delete. */
export interface Loss {
  readonly context: string;
  /** Such as `PVC data on node a, which is gone`. */
  readonly inWords: string;
  readonly losesBackups: boolean;
}

export interface ReplaceOptions {
  readonly stack: Stack;
  /** Whether to skip confirmation. */
  readonly yes?: boolean | undefined;
  /** The backup that is restored afterwards. */
  readonly source: string;
  /** Rejects when that backup will not be there any more; called before anything is deleted. */
  readonly ensureBackup: (loss: Loss) => Promise<void>;
}

/**
 * Replaces PVCs whose volume is lost with empty ones, and deploys the stack again.
 *
 * @returns whether it was confirmed
 * @throws Problem when no volume is lost, a PVC is not deleted within a minute, or the application is
 *   not ready within five
 */
export async function replaceLostVolumes(options: ReplaceOptions): Promise<boolean> {
  const { stack, yes, source, ensureBackup } = options;
  const workspace = await openWorkspace(stack);
  const target = await connected(workspace.settings);
  await ensureOwnerOf(workspace, target);
  const stackCluster = await openCluster(workspace, target);
  const { context, namespace, core } = stackCluster;

  const lost = await lostVolumes(context, namespace);
  if (lost.length === 0) {
    throw new Problem(
      `Nothing was changed. No PVC in ${namespace} in ${context} has lost its volume, or its node: leave out --lost-volume.`,
    );
  }
  const claims = lost.map(({ claim }) => claim);
  const inWords = lost.map(({ claim, reason }) => `PVC ${claim} ${reason}`).join(", and ");
  await ensureBackup({ context, inWords, losesBackups: lost.some(({ isBackups }) => isBackups) });
  const consequence = `This deletes ${inWords}, with everything on it, deploys stack ${stack} to ${context} again, and replaces everything in its database with ${source}.`;
  if (!yes && !(await confirm(consequence))) {
    console.log("Nothing was changed.");
    return false;
  }
  for (const claim of claims) {
    step(`Deleting PVC ${claim}`);
    await core.deleteNamespacedPersistentVolumeClaim({ namespace, name: claim });
  }
  for (const { pod } of await claimUsers(context, namespace, claims)) {
    // Nobody reports the end of a pod on a node that is gone; the cluster itself may have deleted it meanwhile.
    const now = { namespace, name: pod, gracePeriodSeconds: 0 };
    await core.deleteNamespacedPod(now).catch(unlessAbsent);
  }
  for (const claim of claims) await gone(context, namespace, claim);
  await deploy(workspace, { stack, yes: true, cluster: true });
  step("Waiting until the application has prepared the empty database");
  const late = () => unprepared(stackCluster);
  await untilReady({ core, namespace, late, patienceMs: readyWithin });
  return true;
}

async function gone(context: string, namespace: string, claim: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`;
  for (const deadline = Date.now() + goneWithin; ;) {
    const found = await findObject<{ metadata: { finalizers?: string[] } }>(context, path);
    if (found === undefined) return;
    if (Date.now() > deadline) {
      throw new Problem(
        `PVC ${claim} is not deleted after ${goneWithin / 1000} s; its finalizers: ${found.metadata.finalizers?.join(", ") ?? "none"}. Once they are gone, run the same command again.`,
      );
    }
    await sleep(500);
  }
}

/** Names of what has not prepared the empty database yet: a ready backend has migrated it, which a restore needs. */
async function unprepared({ config, namespace }: StackCluster): Promise<string[]> {
  const apps = config.makeApiClient(AppsV1Api);
  const { items } = await apps.listNamespacedDeployment({ namespace });
  return items
    .filter(({ status }) => (status?.availableReplicas ?? 0) === 0)
    .map(({ metadata }) => metadata?.name ?? "")
    .filter((name) => /^(?:database|backend)-deployment$/.test(name));
}
