import { callApi, findObject } from "./api-server.ts";
import { missingKinds } from "./kinds.ts";

/** Names of the database that CloudNativePG runs; it derives the others from the cluster's. */
export const cloudNativePg = {
  apiVersion: "postgresql.cnpg.io/v1",
  /** Name of the Cluster. */
  cluster: "database",
  /** Service of the primary. */
  host: "database-rw",
  /** Service of the replicas. */
  replicas: "database-ro",
  port: 5432,
  user: "todo",
  database: "todo",
  /** Secret with the user's password, which the program creates. */
  ownerSecret: "database-owner",
  /** Secret with the CA that signs the server's certificate, which the operator creates. */
  caSecret: "database-ca",
  /** Label of the instances' pods, whose value is the name of the Cluster. */
  podLabels: { "cnpg.io/cluster": "database" },
  /** Annotation that removes the instances' pods and keeps their volumes: `on` or `off`. */
  hibernation: "cnpg.io/hibernation",
} as const;

/** Names of its plugin that archives in a bucket. */
export const barmanCloud = {
  apiVersion: "barmancloud.cnpg.io/v1",
  plugin: "barman-cloud.cloudnative-pg.io",
  /** Name of the ObjectStore that the database is archived in, and of the ScheduledBackup. */
  store: "database-archive",
  /** Name of the ObjectStore that the database begins from, and by which the Cluster knows it. */
  source: "database-source",
  /** Secret with the CA bundle of the bucket's server. */
  caSecret: "database-archive-ca",
} as const;

/** URL of the database, with the server verified by the CA in {@link cloudNativePg.caSecret}. */
export function cloudNativePgUrl(password: string): string {
  const { user, host, port, database } = cloudNativePg;
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=verify-full`;
}

/** Whether the cluster has CloudNativePG's kinds. */
export async function hasCloudNativePg(context: string): Promise<boolean> {
  const kinds = { api: cloudNativePg.apiVersion, kinds: ["Cluster"] };
  return (await missingKinds(context, kinds)).length === 0;
}

/** What to say when it does not. */
export const withoutCloudNativePg = (context: string): string =>
  `The cluster of context ${context} has no Cluster (${cloudNativePg.apiVersion}): CloudNativePG is not installed. Install it, 1.30 or later (for example with its Helm chart cloudnative-pg)`;

/** Whether the cluster has the kind of its plugin. */
export async function hasBarmanCloud(context: string): Promise<boolean> {
  const kinds = { api: barmanCloud.apiVersion, kinds: ["ObjectStore"] };
  return (await missingKinds(context, kinds)).length === 0;
}

/** Where a database that a Cluster describes has begun; undefined: empty. */
export interface Beginning {
  readonly server?: string | undefined;
  readonly time?: string | undefined;
}

interface Cluster {
  readonly spec?: {
    readonly bootstrap?: {
      readonly recovery?: { readonly recoveryTarget?: { readonly targetTime?: string } };
    };
    readonly externalClusters?: readonly {
      readonly name: string;
      readonly plugin?: { readonly parameters?: { readonly serverName?: string } };
    }[];
  };
}

/** What the database in a namespace has begun from; undefined: there is no database. */
export async function beginningOf(
  context: string,
  namespace: string,
): Promise<Beginning | undefined> {
  const cluster = await findObject<Cluster>(context, pathIn(namespace));
  if (cluster === undefined) return undefined;
  const { bootstrap, externalClusters = [] } = cluster.spec ?? {};
  if (bootstrap?.recovery === undefined) return {};
  const source = externalClusters.find(({ name }) => name === barmanCloud.source);
  return {
    server: source?.plugin?.parameters?.serverName,
    time: bootstrap.recovery.recoveryTarget?.targetTime,
  };
}

const pathIn = (namespace: string) =>
  `/apis/${cloudNativePg.apiVersion}/namespaces/${namespace}/clusters/${cloudNativePg.cluster}`;

/**
 * Removes the pods of the database's instances, and keeps their volumes.
 *
 * @returns whether there is such a database
 */
export async function hibernate(context: string, namespace: string): Promise<boolean> {
  const { hibernation } = cloudNativePg;
  const path = pathIn(namespace);
  // Who deploys without the operator may have no right to look.
  if ((await findObject(context, path, [401, 403, 404])) === undefined) return false;
  const body = { metadata: { annotations: { [hibernation]: "on" } } };
  await callApi(context, path, { method: "PATCH", body });
  return true;
}
