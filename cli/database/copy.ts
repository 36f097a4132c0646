import { PassThrough, Readable } from "node:stream";

import { CoreV1Api, NetworkingV1Api, V1NetworkPolicy } from "@kubernetes/client-node";

import type { Settings } from "../../config/index.ts";
import { cloudNativePg, cloudNativePgUrl } from "../../lib/cloudnative-pg.ts";
import { portOf } from "../../lib/url.ts";
import { kubeconfigOf } from "../../lib/kube-client.ts";
import { unlessAbsent } from "../kubernetes/absent.ts";
import type { BackupPod } from "./backup-pod.ts";
import { folder, script } from "./backup-pod.ts";
import { differences, tablesOf } from "./table-checksums.ts";
import { Problem } from "../../lib/problem.ts";
import type { Workspace } from "../pulumi/workspace.ts";

/** A kind of database: bundled, external or operator. */
export type Mode = Settings["database"]["mode"];

/** A database that data is moved to. */
export interface Target {
  readonly mode: Mode;
  readonly url: string;
  /** CA bundle (PEM), or empty. */
  readonly caCertificate: string;
  /** URL of an administrator there, who grants the user what it lacks; or empty. */
  readonly adminUrl: string;
  /** Which data may be replaced there, in the backup script's terms. */
  readonly replaceable: "unfinished" | "frozen" | "anything";
}

/** Fills the target from a dump of the source, and compares every row. */
export async function copy(pod: BackupPod, target: Target): Promise<void> {
  await here(pod, "dump");
  const [dump] = await pod.list();
  if (dump === undefined) throw new Problem("The dump that was just created is gone.");
  await there(pod, target, "load", `${folder}/${dump.name}`, target.replaceable);
  const source = tablesOf(await here(pod, "rows"));
  const unequal = differences(source, tablesOf(await there(pod, target, "rows")));
  if (source.size === 0 || unequal.length > 0) {
    throw new Problem(`The copy differs from its source: ${unequal.join("; ")}.`);
  }
  for (const [table, { rows }] of source) console.log(`  ${table}: ${rows} rows, equal in both`);
}

/** Runs a command of the backup script on the pod's own database. */
export function here(pod: BackupPod, ...args: readonly string[]): Promise<string> {
  return pod.ask([...script, ...args]);
}

/** The same on the target; URLs are not passed as arguments. */
export async function there(
  pod: BackupPod,
  { mode, url, caCertificate, adminUrl }: Target,
  ...args: readonly string[]
): Promise<string> {
  const shell = [
    "read -r DATABASE_URL",
    "read -r ADMIN_URL",
    "read -r certificates",
    "unset PGSSLROOTCERT",
    'if [ -n "$certificates" ]; then export PGSSLROOTCERT=/tmp/target-ca.pem; base64 --decode <<<"$certificates" >"$PGSSLROOTCERT"; fi',
    "export DATABASE_URL ADMIN_URL",
    'exec "$@" </dev/null',
  ].join("\n");
  const output = new PassThrough();
  let text = "";
  output.setEncoding("utf8").on("data", (part: string) => (text += part));
  const command = ["bash", "-c", shell, "move", ...script, ...args];
  const input = `${url}\n${adminUrl}\n${Buffer.from(caCertificate).toString("base64")}\n`;
  const { code, errors } = await pod.exec(command, output, Readable.from([input]));
  if (code !== 0) throw new Problem(`The ${mode} database: ${errors}`);
  return text;
}

/** URL of the bundled database, from its Secret. */
export async function bundledUrl({ settings }: Workspace, context: string): Promise<string> {
  const { data = {} } = await kubeconfigOf(context)
    .makeApiClient(CoreV1Api)
    .readNamespacedSecret({ namespace: settings.cluster.namespace, name: "db-credentials" });
  const value = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
  const [user, password, database] = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"].map(
    (key) => encodeURIComponent(value(key)),
  );
  return `postgresql://${user}:${password}@database-service:5432/${database}`;
}

/** URL and CA bundle of the database that CloudNativePG runs, from its Secrets. */
export async function operatorAccess(
  { settings }: Workspace,
  context: string,
): Promise<Pick<Target, "url" | "caCertificate">> {
  const { namespace } = settings.cluster;
  const api = kubeconfigOf(context).makeApiClient(CoreV1Api);
  const read = async (name: string, key: string) => {
    const { data = {} } = await api.readNamespacedSecret({ namespace, name });
    return Buffer.from(data[key] ?? "", "base64").toString();
  };
  const { ownerSecret, caSecret } = cloudNativePg;
  return {
    url: cloudNativePgUrl(await read(ownerSecret, "password")),
    caCertificate: await read(caSecret, "ca.crt"),
  };
}

/** Allows egress from backup pods to the ports of a database outside the release during `work`. */
export async function reaching<T>(
  { settings }: Workspace,
  context: string,
  urls: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  if (!settings.network.policies) return work();
  const { namespace } = settings.cluster;
  await stopReaching(context, namespace);
  await kubeconfigOf(context)
    .makeApiClient(NetworkingV1Api)
    .createNamespacedNetworkPolicy({
      namespace,
      body: Object.assign(new V1NetworkPolicy(), {
        metadata: { name: policyName },
        spec: {
          podSelector: { matchLabels: { "app.kubernetes.io/component": "backup" } },
          policyTypes: ["Egress"],
          egress: [{ ports: urls.map((url) => ({ port: portOf(url), protocol: "TCP" })) }],
        },
      }),
    });
  try {
    return await work();
  } finally {
    await stopReaching(context, namespace);
  }
}

const policyName = "allow-move";

/** Removes the NetworkPolicy of {@link reaching}, which a killed move leaves behind. */
export async function stopReaching(context: string, namespace: string): Promise<void> {
  await kubeconfigOf(context)
    .makeApiClient(NetworkingV1Api)
    .deleteNamespacedNetworkPolicy({ namespace, name: policyName })
    .catch(unlessAbsent);
}
