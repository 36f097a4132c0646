import * as pulumi from "@pulumi/pulumi";

import type { ImagesSettings } from "./components/images/images.schema.ts";
import type { NetworkSettings } from "./components/release/network.schema.ts";
import type { StorageSettings } from "./components/storage/storage.schema.ts";
import type { Config } from "./config/index.ts";
import { claimProblems, claimTroubles, listClaims, readClaim } from "./lib/pvc.ts";
import type { ClusterTarget } from "./lib/clusters.ts";
import { dockerProblem } from "./lib/docker.ts";
import type { Connection } from "./lib/kubernetes.ts";
import { connect } from "./lib/kubernetes.ts";
import { nodePortUser } from "./lib/node-port.ts";
import type { FoundNamespace } from "./lib/ownership.ts";
import { findNamespace } from "./lib/ownership.ts";
import { missingOperatorKinds } from "./lib/prometheus-operator.ts";

/** What {@link survey} found. */
export interface Survey {
  /** The cluster; undefined only in a preview. */
  readonly connection: Connection | undefined;
  readonly docker: DockerEngine;
}

/**
 * present: a Docker engine answers; expected: none does, but an update needs one, which only a
 * preview continues without; absent: none does, and none is needed.
 */
export type DockerEngine = "present" | "expected" | "absent";

/** What {@link preflight} found. */
export interface Preflight extends Survey {
  /** The namespace as it is; undefined when there is none, or no cluster answers. */
  readonly found: FoundNamespace | undefined;
}

/**
 * Looks at all that decides whether a stack may be deployed, before any resource is registered.
 *
 * @throws RunError with what is in the way; a preview continues without a cluster and Docker
 */
export async function preflight(
  target: ClusterTarget,
  { cluster, images, monitoring, network, storage }: Config,
): Promise<Preflight> {
  const { connection, docker } = await survey(target, images.mode);
  if (connection === undefined) return { connection, docker, found: undefined };
  const { namespace } = cluster;
  await keepClaim(target, namespace, storage);
  if (monitoring.mode === "operator") await ensureOperator(target);
  await ensureNodePort(target, namespace, network);
  return { connection, docker, found: await findNamespace(target.context, namespace) };
}

/**
 * Looks at what the program needs on this machine, before any resource is registered.
 *
 * A preview continues without it and says so: a pull request has neither cluster nor Docker. An
 * update stops here, with all that is missing at once.
 *
 * @throws RunError in an update, when the cluster or a Docker engine that it needs does not answer
 */
export async function survey(
  target: ClusterTarget,
  imageMode: ImagesSettings["mode"],
): Promise<Survey> {
  const needsDocker =
    imageMode === "build" || (imageMode === "prebuilt" && target.kind !== "remote");
  const [connection, docker] = await Promise.all([
    connect(target).catch((error: unknown) => error as Error),
    dockerProblem(),
  ]);
  const problems = [
    ...(connection instanceof Error ? [connection.message] : []),
    ...(needsDocker && docker !== undefined ? [docker] : []),
  ];
  if (problems.length > 0) {
    if (!pulumi.runtime.isDryRun()) {
      throw new pulumi.RunError(["Nothing was changed.", ...problems].join("\n"));
    }
    for (const problem of problems) {
      await pulumi.log.warn(`Continuing the preview without it: ${problem}`);
    }
    await pulumi.log.warn(
      "It shows what the program changes, and assumes everything else is unchanged since the last update.",
    );
  }
  return {
    connection: connection instanceof Error ? undefined : connection,
    docker: docker === undefined ? "present" : needsDocker ? "expected" : "absent",
  };
}

/**
 * Refuses settings under which the database's PVC would have to be recreated and its data lost, and
 * an update of PVCs that are being deleted.
 *
 * @throws RunError with every reason at once, in previews too
 */
export async function keepClaim(
  { context }: ClusterTarget,
  namespace: string,
  wanted: StorageSettings,
): Promise<void> {
  const live = await readClaim(context, namespace, wanted.claimName);
  const problems = [
    ...claimTroubles((await listClaims(context, namespace)) ?? []),
    ...(live === undefined ? [] : claimProblems(wanted, live)),
  ];
  if (problems.length > 0) {
    throw new pulumi.RunError(["Nothing was changed.", ...problems].join("\n"));
  }
}

/**
 * Refuses a cluster without a Prometheus Operator.
 *
 * @throws RunError that names the kinds that the cluster does not know, in previews too
 */
export async function ensureOperator({ context }: ClusterTarget): Promise<void> {
  const missing = await missingOperatorKinds(context);
  if (missing.length > 0) {
    throw new pulumi.RunError(
      `Nothing was changed.\nmonitoring.mode is operator, but the cluster of context ${context} knows no ${missing.join(" and no ")} (monitoring.coreos.com/v1): no Prometheus Operator is installed there. Install one (the Helm chart kube-prometheus-stack has it), or set monitoring.mode to bundled.`,
    );
  }
}

/**
 * Refuses a NodePort that another Service has.
 *
 * @throws RunError that names the Service, in previews too
 */
export async function ensureNodePort(
  { context }: ClusterTarget,
  namespace: string,
  network: NetworkSettings,
): Promise<void> {
  if (network.exposure !== "nodePort") return;
  const { nodePort } = network;
  const user = await nodePortUser(context, nodePort, `${namespace}/frontend-service`);
  if (user === undefined) return;
  throw new pulumi.RunError(
    `Nothing was changed.\nnetwork.nodePort is ${nodePort}, but the Service ${user} in ${context} has that port. Choose another from 30000 to 32767: npm start -- --port <port>, or pulumi config set --path todo-chatbot:network.nodePort <port>.`,
  );
}
