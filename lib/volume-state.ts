import type { Metadata } from "./api-server.ts";
import { callApi, findObject } from "./api-server.ts";
import { isPart } from "./labels.ts";
import { npmCommand, todoCommand } from "./stack-commands.ts";

/** A PVC, in the parts that tell about its volume. */
interface Claim {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly allocatedResourceStatuses?: Readonly<Record<string, string>>;
  };
}

interface Volume {
  readonly spec?: {
    readonly nodeAffinity?: {
      readonly required?: {
        readonly nodeSelectorTerms?: readonly {
          readonly matchExpressions?: readonly {
            readonly key: string;
            readonly values?: readonly string[];
          }[];
        }[];
      };
    };
  };
}

interface Node {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Something to know about a volume. */
export interface VolumeNote {
  /** Whether somebody has to act. */
  readonly isBad: boolean;
  readonly text: string;
}

/** What is going on with the volumes of a namespace; nothing where reading them is forbidden. */
export async function volumeNotes(
  context: string,
  namespace: string,
  stack: string,
): Promise<VolumeNote[]> {
  const claims = await claimsIn(context, namespace);
  const notes = claims.map(async (claim) => {
    const node = await lostNode(context, claim);
    return [
      ...expansionNote(claim, stack),
      ...(node === undefined ? [] : [lossNote(claim, node, stack)]),
    ];
  });
  return (await Promise.all(notes)).flat();
}

/** A PVC of the application without its volume, or with one that can't be reached. */
export interface LostVolume {
  readonly claim: string;
  /** Such as `on node a, which is gone`. */
  readonly reason: string;
  /** Whether the backups are on it, not the database. */
  readonly isBackups: boolean;
}

/** The PVCs that only a backup brings back; those of the operator's instances are the operator's. */
export async function lostVolumes(context: string, namespace: string): Promise<LostVolume[]> {
  const claims = await claimsIn(context, namespace);
  const lost = claims.map(async (claim) => {
    const { name = "", labels = {} } = claim.metadata;
    if (!isOurs(claim)) return [];
    const isBackups = labels["app.kubernetes.io/component"] === "backup";
    if (claim.status?.phase === "Lost")
      return [{ claim: name, reason: "without its volume", isBackups }];
    const node = await lostNode(context, claim);
    if (node === undefined) return [];
    return [{ claim: name, reason: `on node ${node.name}, which ${stateOf(node)}`, isBackups }];
  });
  return (await Promise.all(lost)).flat();
}

/** Whether the program makes it; those of the operator's instances have its labels too. */
function isOurs({ metadata: { labels = {} } }: Claim): boolean {
  return isPart(labels) && !("cnpg.io/cluster" in labels);
}

async function claimsIn(context: string, namespace: string): Promise<readonly Claim[]> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const { items } = await callApi<{ items: readonly Claim[] }>(context, path);
  return items;
}

/** How far the expansion of a PVC is; empty when none is going on. Pure. */
export function expansionNote({ metadata, spec, status }: Claim, stack: string): VolumeNote[] {
  const wanted = spec?.resources?.requests?.["storage"] ?? "";
  const size = status?.capacity?.["storage"] ?? "";
  const stage = status?.allocatedResourceStatuses?.["storage"] ?? "";
  const is = (type: string) =>
    status?.conditions?.some((one) => one.type === type && one.status === "True") === true;
  const what = `PVC ${metadata.name} is being expanded from ${size} to ${wanted}`;
  if (stage.endsWith("Infeasible")) {
    const text = `${what}, but its storage can't (${stage}). Set storage.size to less than ${wanted}, but more than ${size}, and run ${npmCommand("start", stack)}.`;
    return [{ isBad: true, text }];
  }
  if (is("FileSystemResizePending")) {
    return [
      { isBad: false, text: `${what}: the file system grows when a pod next starts with it.` },
    ];
  }
  return is("Resizing") ? [{ isBad: false, text: `${what}.` }] : [];
}

/** A node that is gone, or not ready. */
interface LostNode {
  readonly name: string;
  readonly isGone: boolean;
}

const stateOf = ({ isGone }: LostNode): string => (isGone ? "is gone" : "is not ready");

/** The node that a PVC's volume can't leave, if it is gone or not ready. */
async function lostNode(context: string, { spec }: Claim): Promise<LostNode | undefined> {
  if (!spec?.volumeName) return undefined;
  const unlessRefused = [401, 403, 404];
  const path = `/api/v1/persistentvolumes/${spec.volumeName}`;
  const volume = await findObject<Volume>(context, path, unlessRefused);
  const terms = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const names = terms.flatMap(({ matchExpressions = [] }) =>
    matchExpressions.flatMap(({ key, values = [] }) =>
      key === "kubernetes.io/hostname" ? values : [],
    ),
  );
  const [name] = names;
  if (name === undefined || names.length > 1) return undefined;
  const node = await findObject<Node>(context, `/api/v1/nodes/${name}`);
  const isReady = node?.status?.conditions?.some(
    ({ type, status }) => type === "Ready" && status === "True",
  );
  return isReady ? undefined : { name, isGone: node === undefined };
}

function lossNote(claim: Claim, node: LostNode, stack: string): VolumeNote {
  const text = `PVC ${claim.metadata.name} is on the disk of node ${node.name}, which ${stateOf(node)}. Bring the node back and nothing is lost.`;
  // CloudNativePG's: docs/runbooks/database-replica-missing.md.
  if (!isOurs(claim)) return { isBad: true, text };
  const restore = todoCommand("db restore <file or name> --lost-volume", stack);
  return {
    isBad: true,
    text: `${text} Otherwise everything on it is lost: ${restore} deletes the PVC, deploys the stack again and brings a backup back, from the bucket or a file if the backups' PVC was on that node too.`,
  };
}
