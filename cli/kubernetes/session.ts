import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";

import type { Settings } from "../../config/index.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { kubeconfigOf } from "../../lib/kube-client.ts";
import { connect } from "../../lib/kubernetes.ts";
import { clusterTarget } from "../../config/target.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import type { Stack } from "../stacks.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { readWorkspace } from "../pulumi/workspace.ts";
import { warnOfClaims } from "./claims.ts";
import { ensureOwnerOf } from "./ownership.ts";

/** A connection to a stack's namespace. */
export interface StackCluster {
  readonly settings: Settings;
  readonly context: string;
  readonly namespace: string;
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
}

/** @throws Problem when the cluster is unreachable */
export async function clusterOf(stack: Stack): Promise<StackCluster> {
  const workspace = await readWorkspace(stack);
  return openCluster(workspace, await connected(workspace.settings));
}

/**
 * The same for commands that make changes.
 *
 * @throws Problem when the namespace does not belong to the stack
 */
export async function ownClusterOf(stack: Stack): Promise<StackCluster> {
  const workspace = await readWorkspace(stack);
  const target = await connected(workspace.settings);
  await ensureOwnerOf(workspace, target);
  return openCluster(workspace, target);
}

/** A connection to the namespace of the settings, whoever owns it. */
export async function openCluster(
  { stack, settings }: Workspace,
  { context }: ClusterTarget,
): Promise<StackCluster> {
  const config = kubeconfigOf(context);
  const { namespace } = settings.cluster;
  await warnOfClaims(context, namespace, stack);
  return { settings, context, namespace, config, core: config.makeApiClient(CoreV1Api) };
}

/** @throws Problem when the cluster of the settings is unreachable */
export async function connected({ cluster }: Settings): Promise<ClusterTarget> {
  const target = clusterTarget(cluster);
  await connect(target).catch((error: unknown) => {
    throw new Problem(messageOf(error));
  });
  return target;
}
