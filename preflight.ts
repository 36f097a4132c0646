import * as pulumi from "@pulumi/pulumi";

import type { OperatorDatabaseSettings } from "./components/database/operator.schema.ts";
import type { ImagesSettings } from "./components/images/images.schema.ts";
import type { ScanSettings } from "./components/images/scan.schema.ts";
import { isGuarded } from "./components/images/scan.ts";
import { ensureSigned } from "./components/images/signatures.ts";
import { builtSchemaVersion, schemaVersionOf } from "./components/images/schema-version.ts";
import { staleReason } from "./components/images/verdict.ts";
import type { DatabaseSettings } from "./components/release/database.schema.ts";
import { operatorUse } from "./components/release/database.schema.ts";
import type { NetworkSettings } from "./components/release/network.schema.ts";
import type { StorageSettings } from "./components/storage/storage.schema.ts";
import type { Config } from "./config/index.ts";
import { findObject } from "./lib/api-server.ts";
import { buildxProblem } from "./lib/buildx.ts";
import { claimProblems, claimTroubles, listClaims, readClaim } from "./lib/pvc.ts";
import type { ClusterTarget } from "./lib/clusters.ts";
import { ensureSchema } from "./lib/database-schema.ts";
import { contextHost, dockerProblem } from "./lib/docker.ts";
import { findScanner } from "./lib/grype.ts";
import { missingKinds } from "./lib/kinds.ts";
import type { Connection } from "./lib/kubernetes.ts";
import { connect } from "./lib/kubernetes.ts";
import { nodePortUser } from "./lib/node-port.ts";
import type { FoundNamespace } from "./lib/ownership.ts";
import { findNamespace } from "./lib/ownership.ts";
import {
  barmanCloud,
  beginningOf,
  hasBarmanCloud,
  hasCloudNativePg,
  withoutCloudNativePg,
} from "./lib/cloudnative-pg.ts";
import { Problem } from "./lib/problem.ts";
import { stackOf } from "./lib/stack-commands.ts";

/** What {@link survey} found. */
export interface Survey {
  /** The cluster; undefined only in a preview. */
  readonly connection: Connection | undefined;
  readonly docker: DockerEngine;
}

/**
 * present: a Docker engine answers; expected: none answers, but the update will need one (previews only);
 * absent: none answers, and none is needed.
 */
export type DockerEngine = "present" | "expected" | "absent";

/** What {@link preflight} found. */
export interface Preflight extends Survey {
  /** The existing namespace; undefined when there is none, or no cluster answers. */
  readonly found: FoundNamespace | undefined;
}

/**
 * Runs all preflight checks, before any resource is registered.
 *
 * @throws RunError with what failed; a preview continues without a cluster and Docker
 */
export async function preflight(
  target: ClusterTarget,
  { cluster, database, images, monitoring, network, storage }: Config,
): Promise<Preflight> {
  await ensureScanner(images.scan);
  await ensureSigned(images);
  const { connection, docker } = await survey(target, images);
  if (connection === undefined) return { connection, docker, found: undefined };
  const { namespace } = cluster;
  const [found] = await together([
    findNamespace(target.context, namespace),
    keepClaim(target, namespace, storage),
    monitoring.mode === "operator" && ensureOperator(target),
    operatorUse(database) !== undefined && ensureCloudNativePg(target, database),
    operatorUse(database) !== undefined && ensureArchive(target, namespace, database.operator),
    ensureDatabaseKnown(target, namespace, images),
    ensureMesh(target, network),
    ensureNodePort(target, namespace, network),
  ]);
  return { connection, docker, found };
}

/**
 * The results of checks.
 *
 * @throws RunError with what all of them refuse, so that one attempt tells everything
 */
async function together<T extends readonly unknown[]>(checks: {
  readonly [K in keyof T]: T[K] | Promise<T[K]>;
}): Promise<T> {
  const errors = (await Promise.allSettled(checks)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  const refusals = errors.filter((error) => pulumi.RunError.isInstance(error));
  if (refusals.length < 2 || refusals.length < errors.length) return Promise.all(checks);
  const lines = refusals.flatMap(({ message }) => message.split("\n"));
  throw new pulumi.RunError([...new Set(lines)].join("\n"));
}

/**
 * Refuses an update that `images.scan.mode: enforce` guards on a machine that can't scan.
 *
 * @throws RunError with what is missing or too old
 */
export async function ensureScanner(settings: ScanSettings, now = new Date()): Promise<void> {
  if (!isGuarded(settings)) return;
  const scanner = await findScanner();
  const problem = "problem" in scanner ? scanner.problem : staleReason(scanner.database, now);
  if (problem === "") return;
  throw new pulumi.RunError(`Nothing was changed.\nimages.scan.mode is enforce. ${problem}`);
}

/**
 * Checks that the cluster and, if needed, a Docker engine answer.
 *
 * A preview warns and continues without them, as on a pull request. An update fails with everything
 * that is missing.
 *
 * @throws RunError in an update, when the cluster or a required Docker engine does not answer
 */
export async function survey(
  target: ClusterTarget,
  { mode, platforms }: Pick<ImagesSettings, "mode" | "platforms">,
): Promise<Survey> {
  const needsDocker = mode === "build" || (mode === "prebuilt" && target.kind !== "remote");
  const [connection, docker] = await Promise.all([
    connect(target).catch((error: unknown) => error as Error),
    engineProblem(mode === "build", platforms),
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
      "It shows changes by the program, and assumes that everything else is unchanged since the last update.",
    );
  }
  return {
    connection: connection instanceof Error ? undefined : connection,
    docker: docker === undefined ? "present" : needsDocker ? "expected" : "absent",
  };
}

/** Why images can't be taken from a Docker engine, or can't be built on it; undefined when they can. */
async function engineProblem(
  builds: boolean,
  platforms: readonly string[] = [],
): Promise<string | undefined> {
  const problem = await dockerProblem();
  if (problem !== undefined || !builds) return problem;
  if (platforms.length > 1) return buildxProblem(platforms);
  const host = await contextHost();
  return host === undefined
    ? undefined
    : `Docker's current context is at ${host}, where Pulumi's Docker provider does not look: export DOCKER_HOST=${host}, then try again. npm start sets it by itself.`;
}

/**
 * Refuses settings that would recreate the database's PVC and lose its data, and updates while a PVC is
 * being deleted.
 *
 * @throws RunError with all reasons at once, in previews too
 */
export async function keepClaim(
  { context }: ClusterTarget,
  namespace: string,
  wanted: StorageSettings,
): Promise<void> {
  const stack = pulumi.getStack();
  const [claims = [], live] = await Promise.all([
    listClaims(context, namespace),
    readClaim(context, namespace, wanted.claimName),
  ]);
  const problems = [
    ...claimTroubles(claims, stack),
    ...(live === undefined ? [] : claimProblems(wanted, live, stack)),
  ];
  if (problems.length > 0) {
    throw new pulumi.RunError(["Nothing was changed.", ...problems].join("\n"));
  }
}

/**
 * Refuses a backend that is too old for the database's schema.
 *
 * @throws RunError that says what works with it, in previews too
 */
export async function ensureDatabaseKnown(
  { context }: ClusterTarget,
  namespace: string,
  images: Config["images"],
): Promise<void> {
  const image = images.mode === "prebuilt" ? images.prebuilt.backend : "";
  const schemaVersion = () => builtSchemaVersion(images) ?? schemaVersionOf(image);
  const stack = pulumi.getStack();
  await ensureSchema(context, namespace, { image, schemaVersion }, stack).catch(
    (error: unknown) => {
      throw error instanceof Problem ? new pulumi.RunError(error.message) : error;
    },
  );
}

/**
 * Refuses a cluster without a Prometheus Operator.
 *
 * @throws RunError that names the missing kinds, in previews too
 */
export async function ensureOperator({ context }: ClusterTarget): Promise<void> {
  const api = "monitoring.coreos.com/v1";
  const missing = await missingKinds(context, { api, kinds: ["ServiceMonitor", "PrometheusRule"] });
  if (missing.length > 0) {
    throw new pulumi.RunError(
      `Nothing was changed.\nmonitoring.mode is operator, but the cluster of context ${context} has no ${missing.join(" and no ")} (${api}): Prometheus Operator is not installed. Install it (for example with the Helm chart kube-prometheus-stack), or set monitoring.mode to bundled.`,
    );
  }
}

const istio = { name: "Istio", api: "security.istio.io/v1", kinds: ["PeerAuthentication"] };

/** A kind of each mesh, which shows that it is installed. */
const meshes = {
  istio,
  "istio-ambient": istio,
  linkerd: { name: "Linkerd", api: "policy.linkerd.io/v1beta3", kinds: ["Server"] },
};

/**
 * Refuses a cluster without the service mesh that the pods are to join, and a mesh without the CNI plugin.
 *
 * @throws RunError that says what is missing, in previews too
 */
export async function ensureMesh(
  { context }: ClusterTarget,
  { mesh }: Pick<NetworkSettings, "mesh">,
): Promise<void> {
  if (mesh === "none") return;
  const { name, ...kinds } = meshes[mesh];
  const [missing] = await missingKinds(context, kinds);
  if (missing === undefined) {
    if (mesh === "linkerd") await ensureLinkerdCni(context);
    return;
  }
  throw new pulumi.RunError(
    `Nothing was changed.\nnetwork.mesh is ${mesh}, but the cluster of context ${context} has no ${missing} (${kinds.api}): ${name} is not installed. Install it with its CNI plugin, or set network.mesh to none.`,
  );
}

/** Linkerd without its CNI plugin adds an init container to pods, and Pod Security `restricted` refuses that. */
async function ensureLinkerdCni(context: string): Promise<void> {
  // It may be in another namespace, or not ours to read.
  const config = await findObject<{ readonly data?: { readonly values?: string } }>(
    context,
    "/api/v1/namespaces/linkerd/configmaps/linkerd-config",
    [403, 404],
  );
  if (!/^cniEnabled: false$/m.test(config?.data?.values ?? "")) return;
  throw new pulumi.RunError(
    `Nothing was changed.\nnetwork.mesh is linkerd, but in the cluster of context ${context} Linkerd runs without its CNI plugin (cniEnabled is false in the ConfigMap linkerd/linkerd-config): Pod Security restricted refuses the init container that it adds to pods instead. Install the Helm chart linkerd2-cni and set cniEnabled to true, or set network.mesh to none.`,
  );
}

/**
 * Refuses a cluster without CloudNativePG.
 *
 * @throws RunError, in previews too
 */
export async function ensureCloudNativePg(
  { context }: ClusterTarget,
  { mode }: Pick<DatabaseSettings, "mode">,
): Promise<void> {
  if (await hasCloudNativePg(context)) return;
  const setting = mode === "operator" ? "mode is operator" : "keepOperator is true";
  const otherwise = mode === "operator" ? "mode to bundled" : "keepOperator to false";
  throw new pulumi.RunError(
    `Nothing was changed.\ndatabase.${setting}. ${withoutCloudNativePg(context)}, or set database.${otherwise}.`,
  );
}

/**
 * Refuses an archive on a cluster without the plugin, and a recovery into a database that exists.
 *
 * @throws RunError, in previews too
 */
export async function ensureArchive(
  { context }: ClusterTarget,
  namespace: string,
  { archive, recover }: Pick<OperatorDatabaseSettings, "archive" | "recover">,
): Promise<void> {
  if (!archive.enabled && recover === undefined) return;
  if (!(await hasBarmanCloud(context))) {
    const [setting, otherwise] = archive.enabled
      ? ["archive.enabled is true", "set database.operator.archive.enabled to false"]
      : ["recover is set", "remove it"];
    throw new pulumi.RunError(
      `Nothing was changed.\ndatabase.operator.${setting}, but the cluster of context ${context} has no ObjectStore (${barmanCloud.apiVersion}): the Barman Cloud plugin of CloudNativePG is not installed. Install it (https://cloudnative-pg.io/plugin-barman-cloud), or ${otherwise}.`,
    );
  }
  if (recover === undefined) return;
  const beginning = await beginningOf(context, namespace);
  if (beginning === undefined) return;
  // The setting may stay after the recovery.
  if (beginning.server === recover.server && beginning.time === recover.time) return;
  throw new pulumi.RunError(
    `Nothing was changed.\ndatabase.operator.recover is set, but namespace ${namespace} has a database already, and only a new one can begin from an archive. Set it in a stack of its own, in another namespace, or remove it: pulumi config rm --path todo-chatbot:database.operator.recover`,
  );
}

/**
 * Refuses a NodePort that another Service uses.
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
    `Nothing was changed.\nnetwork.nodePort is ${nodePort}, but the Service ${user} in ${context} already uses that port. Choose another from 30000 to 32767: npm start --${stackOf(pulumi.getStack())} --port <port>, or pulumi config set --path todo-chatbot:network.nodePort <port>.`,
  );
}
