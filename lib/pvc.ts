import type { Metadata } from "./api-server.ts";
import { callApi, findObject } from "./api-server.ts";
import { isPart } from "./labels.ts";
import { npmCommand, todoCommand } from "./stack-commands.ts";

/** A PVC is deleted once no pod uses it; by default the provider would wait ten minutes for that. */
export const claimTimeouts = { delete: "2m" };

/** The PVC as configured. */
export interface WantedClaim {
  readonly claimName: string;
  /** StorageClass; undefined: whichever the PVC has. */
  readonly storageClassName?: string | undefined;
  /** Size with its unit, like `1Gi`. */
  readonly size: string;
  readonly accessMode: string;
}

/** The PVC in the cluster. */
export interface LiveClaim {
  readonly className: string;
  /** Requested size, with its unit. */
  readonly size: string;
  /** Actual size, with its unit; undefined while unbound. */
  readonly capacity: string | undefined;
  readonly accessModes: readonly string[];
  /** Whether its class allows expansion; undefined if the class can't be read. */
  readonly canGrow: boolean | undefined;
}

/** A PVC of a namespace. */
export interface ListedClaim {
  readonly name: string;
  /** When its deletion began, ISO 8601; undefined: it is not being deleted. */
  readonly deletedSince: string | undefined;
  /** Whether its volume is gone. */
  readonly isLost: boolean;
}

/** The part of a PersistentVolumeClaim that is read here. */
interface Claim {
  readonly metadata?: Metadata;
  readonly spec?: {
    readonly storageClassName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: Readonly<Record<string, string>>;
  };
}

/** The part of a pod that is read here. */
interface Pod {
  readonly metadata?: Metadata;
  readonly spec?: {
    readonly volumes?: readonly {
      readonly persistentVolumeClaim?: { readonly claimName: string };
    }[];
  };
  readonly status?: { readonly phase?: string };
}

/** The PVCs of a namespace; undefined if reading them is forbidden. */
export async function listClaims(
  context: string,
  namespace: string,
): Promise<readonly ListedClaim[] | undefined> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const list = await unlessRefused<{ items: readonly Claim[] }>(context, path);
  return list?.items.map(({ metadata, status }) => ({
    name: metadata?.name ?? "",
    deletedSince: metadata?.deletionTimestamp,
    isLost: status?.phase === "Lost",
  }));
}

/** Messages for PVCs that are being deleted or have lost their volume, with how to save the data. Pure. */
export function claimTroubles(claims: readonly ListedClaim[], stack: string): string[] {
  const [start, down] = [npmCommand("start", stack), npmCommand("run down", stack)];
  return claims.flatMap(({ name, deletedSince, isLost }) => {
    if (deletedSince !== undefined) {
      return `PVC ${name} is being deleted since ${deletedSince}, and its data will be deleted as soon as no pod uses it. While the database still runs, save the data: ${todoCommand("db backup", stack)} --to . ; then ${down}, ${start}, ${todoCommand("db restore <file>", stack)}`;
    }
    if (isLost) {
      return `PVC ${name} has lost its volume and the data on it. Replace it with a backup: ${todoCommand("db restore <file or name> --lost-volume", stack)}`;
    }
    return [];
  });
}

/** A pod that keeps a PVC from being deleted. */
export interface ClaimUser {
  readonly pod: string;
  readonly claim: string;
  /** Whether it is part of the application. */
  readonly isOwn: boolean;
  /** Whether all its containers have ended for good. */
  readonly hasEnded: boolean;
}

/** The pods that use PVCs, also those that have ended: they too keep a PVC from being deleted. */
export async function claimUsers(
  context: string,
  namespace: string,
  claims: readonly string[],
): Promise<readonly ClaimUser[]> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = await callApi<{ items: readonly Pod[] }>(context, path);
  return items.flatMap(({ metadata, spec, status }) =>
    (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: volume }) =>
      volume !== undefined && claims.includes(volume.claimName)
        ? [
            {
              pod: metadata?.name ?? "",
              claim: volume.claimName,
              isOwn: isPart(metadata?.labels),
              hasEnded: ["Succeeded", "Failed"].includes(status?.phase ?? ""),
            },
          ]
        : [],
    ),
  );
}

/**
 * Reads a PVC; changes nothing.
 *
 * @returns undefined when it does not exist, or reading it is forbidden
 */
export async function readClaim(
  context: string,
  namespace: string,
  name: string,
): Promise<LiveClaim | undefined> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
  const claim = await unlessRefused<Claim>(context, path);
  if (claim === undefined) return undefined;
  const { spec, status } = claim;
  const className = spec?.storageClassName ?? "";
  const storageClass =
    className === ""
      ? undefined
      : await unlessRefused<{ allowVolumeExpansion?: boolean }>(
          context,
          `/apis/storage.k8s.io/v1/storageclasses/${className}`,
        );
  return {
    className,
    size: spec?.resources?.requests?.["storage"] ?? "",
    capacity: status?.capacity?.["storage"],
    accessModes: spec?.accessModes ?? [],
    canGrow: storageClass && storageClass.allowVolumeExpansion === true,
  };
}

/** The object at a path, or undefined when forbidden or not found. */
const unlessRefused = <T>(context: string, path: string) =>
  findObject<T>(context, path, [401, 403, 404]);

/** Why a PVC can't be changed as configured without losing its data; one message per reason. Pure. */
export function claimProblems(wanted: WantedClaim, live: LiveClaim, stack: string): string[] {
  const moveTheData = `move the data: ${todoCommand("db backup", stack)}, take the stack down with its PVC, ${npmCommand("start", stack)}, ${todoCommand("db restore", stack)} (README, Storage).`;
  const problems: string[] = [];
  const { claimName, storageClassName = live.className } = wanted;
  if (storageClassName !== live.className) {
    problems.push(
      `storage.storageClassName is "${storageClassName}", but PVC ${claimName} has the class "${live.className}", which can't be changed. Set it back, or ${moveTheData}`,
    );
  }
  if (!live.accessModes.includes(wanted.accessMode)) {
    problems.push(
      `storage.accessMode is ${wanted.accessMode}, but PVC ${claimName} has ${live.accessModes.join(", ")}, which can't be changed. Set it back, or ${moveTheData}`,
    );
  }
  const [size, asked] = [bytes(wanted.size), bytes(live.size)];
  const has = live.capacity === undefined ? asked : bytes(live.capacity);
  if (size < Math.min(asked, has)) {
    problems.push(
      `storage.size is ${wanted.size}, but PVC ${claimName} has ${live.size} already, and a PVC can't shrink. Set it to ${live.size} or more, or ${moveTheData}`,
    );
  }
  if (size > asked && live.capacity === undefined) {
    problems.push(
      `storage.size is ${wanted.size}, but PVC ${claimName} (${live.size}) is not bound to a volume yet, and only a bound PVC can be expanded. Set it to ${live.size}; once the database runs, raise it.`,
    );
  } else if (size > asked && live.canGrow === false) {
    problems.push(
      `storage.size is ${wanted.size}, but PVC ${claimName} has ${live.size}, and its class "${live.className}" does not allow expansion (allowVolumeExpansion is not true). Set it to ${live.size}, or enable it in the class if its driver supports it, or ${moveTheData}`,
    );
  }
  return problems;
}

/** Bytes of a Kubernetes quantity such as `1Gi`, `500M` or `1073741824`; NaN if invalid. */
export function bytes(quantity: string): number {
  const [, number = "", unit = ""] = /^([\d.]+(?:e\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const power = "KMGTPE".indexOf(unit.charAt(0).toUpperCase()) + 1;
  return Number(number || NaN) * (unit.endsWith("i") ? 1024 : 1000) ** (unit === "" ? 0 : power);
}
