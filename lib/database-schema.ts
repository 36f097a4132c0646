import type { Metadata } from "./api-server.ts";
import { callApi, findObject } from "./api-server.ts";
import { partOfSelector } from "./labels.ts";
import { Problem } from "./problem.ts";
import { npmCommand } from "./stack-commands.ts";

/** The schema in a stack's database, as its backend tells. */
export interface DatabaseSchema {
  readonly version: number;
  /** Builds that know an older version can't work with it; 0: all can. */
  readonly oldestBuild: number;
  /** When that came to be, ISO 8601; undefined when all builds work with it. */
  readonly since?: string;
  /** Names of the recorded backups, newest first. */
  readonly backups: readonly string[];
  /** Free space of the bundled database's file system, and its size; undefined if unknown. */
  readonly freeBytes?: number;
  readonly sizeBytes?: number;
  /** When the newest was finished, ISO 8601; undefined when there is none. */
  readonly lastBackup?: string;
  /** When the drill last restored a backup and found every row, ISO 8601; undefined if never. */
  readonly lastProof?: string;
}

/** The backend that is deployed. */
export interface DeployedBackend {
  readonly image: string;
  /** Newest schema version that it knows; undefined if that was not recorded. */
  readonly schemaVersion: number | undefined;
}

interface Deployment {
  readonly metadata: Metadata;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly name: string; readonly image: string }[];
      };
    };
  };
}

interface Pod {
  readonly metadata: Metadata;
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The deployed backend; undefined when there is none, or reading it is forbidden. */
export async function deployedBackend(
  context: string,
  namespace: string,
): Promise<DeployedBackend | undefined> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/backend-deployment`;
  const deployment = await findObject<Deployment>(context, path, [401, 403, 404]);
  if (deployment === undefined) return undefined;
  const version = deployment.metadata.annotations?.["todo-chatbot/schema-version"];
  const { containers } = deployment.spec.template.spec;
  return {
    image: containers.find(({ name }) => name === "backend")?.image ?? "",
    schemaVersion: version === undefined ? undefined : Number(version),
  };
}

/**
 * Asks a ready backend pod for the schema of its database.
 *
 * @returns undefined when no pod can tell: none is ready, it is of a release from before 1.1, or running commands
 *   in pods is forbidden
 */
export async function askSchema(
  context: string,
  namespace: string,
): Promise<DatabaseSchema | undefined> {
  const query = new URLSearchParams({
    labelSelector: `${partOfSelector},app.kubernetes.io/component=backend`,
  }).toString();
  const { items } = await callApi<{ items: readonly Pod[] }>(
    context,
    `/api/v1/namespaces/${namespace}/pods?${query}`,
  );
  const pod = items.find(({ status }) =>
    status?.conditions?.some((is) => is.type === "Ready" && is.status === "True"),
  );
  if (pod === undefined) return undefined;
  // Loaded only here: they need the client library.
  const [{ PodShell }, { kubeconfigOf }] = await Promise.all([
    import("./pod-shell.ts"),
    import("./kube-client.ts"),
  ]);
  const shell = new PodShell(kubeconfigOf(context), namespace, pod.metadata.name ?? "", "backend");
  try {
    // Of little memory: it shares the pod's limit with the server.
    const node = ["node", "--max-old-space-size=48", "/app/schema.mjs"];
    return JSON.parse(await shell.ask(node)) as DatabaseSchema;
  } catch {
    return undefined;
  }
}

/** The newest backup from before the schema changed so that older builds can't work with it. Pure. */
export function backupOfThen({ since = "", backups }: DatabaseSchema): string | undefined {
  const time = since.replaceAll(/[-:]|\.\d+/g, "");
  return backups.find((name) => name < `todo-${time}.dump`);
}

/** Why a build can't work with a database; undefined when it can. Pure. */
export function schemaProblem(
  schema: DatabaseSchema,
  known: number,
  stack: string,
): string | undefined {
  const { version, oldestBuild, since } = schema;
  if (known >= oldestBuild) return undefined;
  const backup = backupOfThen(schema);
  return `The database has schema version ${version}, which works with builds that know version ${oldestBuild} or newer, but the backend to be deployed knows ${known}. Deploy a newer build (${npmCommand("start", stack)} with newer sources), or first restore a backup from before ${since ?? "that"}: ${backup === undefined ? "none is recorded in the database" : `the newest is ${backup}`} (docs/production.md, 7).`;
}

/** The backend to be deployed. */
export interface WantedBackend {
  readonly image: string;
  /** Newest schema version that it knows; undefined if it does not tell. A registry may have to be asked. */
  readonly schemaVersion: () => number | undefined | Promise<number | undefined>;
}

/**
 * Compares the backend to be deployed with the database.
 *
 * @throws Problem when it can't work with the database
 */
export async function ensureSchema(
  context: string,
  namespace: string,
  { image, schemaVersion }: WantedBackend,
  stack: string,
  ask: typeof askSchema = askSchema,
): Promise<void> {
  const live = await deployedBackend(context, namespace);
  // What is deployed works with the database, and so does whatever knows as much.
  if (live === undefined || live.image === image) return;
  const wanted = await schemaVersion();
  if (wanted === undefined || wanted >= (live.schemaVersion ?? Infinity)) return;
  const schema = await ask(context, namespace);
  const problem = schema && schemaProblem(schema, wanted, stack);
  if (problem !== undefined) throw new Problem(`Nothing was changed.\n${problem}`);
}
