import { callApi, findObject } from "./api-server.ts";
import { npmCommand, todoCommand } from "./stack-commands.ts";

/** A PVC, in the parts that tell about its volume. */
interface Claim {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: {
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
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const { items } = await callApi<{ items: readonly Claim[] }>(context, path);
  const notes = items.map(async (claim) => {
    const node = await lostNode(context, claim);
    return [
      ...expansionNote(claim, stack),
      ...(node === undefined ? [] : [lossNote(claim.metadata.name, node, namespace, stack)]),
    ];
  });
  return (await Promise.all(notes)).flat();
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

/** The node that a PVC's volume can't leave, if it is gone or not ready. */
async function lostNode(
  context: string,
  { spec }: Claim,
): Promise<{ readonly name: string; readonly isGone: boolean } | undefined> {
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

function lossNote(
  claim: string,
  { name, isGone }: { readonly name: string; readonly isGone: boolean },
  namespace: string,
  stack: string,
): VolumeNote {
  const state = isGone ? "is gone" : "is not ready";
  const text = `PVC ${claim} is on the disk of node ${name}, which ${state}. Bring the node back and nothing is lost. Otherwise everything on it is: kubectl -n ${namespace} delete pvc ${claim} --wait=false, ${npmCommand("start", stack)} creates an empty one, and ${todoCommand("db restore <file or name>", stack)} brings the newest backup back, from the bucket or a file if the backups' PVC was on that node too.`;
  return { isBad: true, text };
}
