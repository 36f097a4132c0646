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

/**
 * Removes the pods of the database's instances, and keeps their volumes.
 *
 * @returns whether there is such a database
 */
export async function hibernate(context: string, namespace: string): Promise<boolean> {
  const { apiVersion, cluster, hibernation } = cloudNativePg;
  const path = `/apis/${apiVersion}/namespaces/${namespace}/clusters/${cluster}`;
  // Who deploys without the operator may have no right to look.
  if ((await findObject(context, path, [401, 403, 404])) === undefined) return false;
  const body = { metadata: { annotations: { [hibernation]: "on" } } };
  await callApi(context, path, { method: "PATCH", body });
  return true;
}
