import { ApiException, CoreV1Api, StorageV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kubernetes.ts";

/** A PVC goes when no pod uses it. For pods that stay, the provider would wait ten minutes. */
export const claimTimeouts = { delete: "2m" };

/** What the stack's settings ask of the PVC. */
export interface WantedClaim {
  readonly claimName: string;
  /** Storage class; undefined: whatever the PVC has. */
  readonly storageClassName?: string | undefined;
  /** Size with its unit, like `1Gi`. */
  readonly size: string;
  readonly accessMode: string;
}

/** A PVC as it is in the cluster. */
export interface LiveClaim {
  readonly className: string;
  /** What it asks for, with its unit. */
  readonly size: string;
  /** What it has, with its unit; undefined while it has no volume. */
  readonly capacity: string | undefined;
  readonly accessModes: readonly string[];
  /** Whether its class lets PVCs grow; undefined where that can't be read. */
  readonly canGrow: boolean | undefined;
}

/** A PVC of a namespace. */
export interface ListedClaim {
  readonly name: string;
  /** Since when it is being deleted, ISO 8601; undefined: it is not. */
  readonly deletedSince: string | undefined;
  /** Whether its volume is gone. */
  readonly isLost: boolean;
}

/** The PVCs of a namespace; undefined when they may not be read. */
export async function listClaims(
  context: string,
  namespace: string,
): Promise<readonly ListedClaim[] | undefined> {
  const core = kubeconfigOf(context).makeApiClient(CoreV1Api);
  const list = await unlessRefused(core.listNamespacedPersistentVolumeClaim({ namespace }));
  return list?.items.map(({ metadata, status }) => ({
    name: metadata?.name ?? "",
    deletedSince: metadata?.deletionTimestamp?.toISOString(),
    isLost: status?.phase === "Lost",
  }));
}

/** What is wrong with PVCs, and how to save what is in them; one sentence for each. Pure. */
export function claimTroubles(claims: readonly ListedClaim[]): string[] {
  return claims.flatMap(({ name, deletedSince, isLost }) => {
    if (deletedSince !== undefined) {
      return `PVC ${name} is being deleted since ${deletedSince}, and its data will be deleted as soon as no pod uses it. While the database still runs, save the data: npm run todo -- db backup --to . ; then npm run down, npm start, npm run todo -- db restore <file>`;
    }
    if (isLost) {
      return `PVC ${name} has lost its volume and the data on it. Delete the PVC, run npm start and restore a backup: npm run todo -- db restore <file or name>`;
    }
    return [];
  });
}

/** Pods that use PVCs and are not of the application, as `pod` and `claim`. */
export async function foreignUsers(
  context: string,
  namespace: string,
  claims: readonly string[],
): Promise<readonly { readonly pod: string; readonly claim: string }[]> {
  const core = kubeconfigOf(context).makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedPod({ namespace });
  return items
    .filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/part-of"] !== "todo-chatbot")
    .filter(({ status }) => !["Succeeded", "Failed"].includes(status?.phase ?? ""))
    .flatMap(({ metadata, spec }) =>
      (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim: volume }) =>
        volume !== undefined && claims.includes(volume.claimName)
          ? [{ pod: metadata?.name ?? "", claim: volume.claimName }]
          : [],
      ),
    );
}

/**
 * Reads a PVC; changes nothing.
 *
 * @returns undefined when there is none, or when it may not be read
 */
export async function readClaim(
  context: string,
  namespace: string,
  name: string,
): Promise<LiveClaim | undefined> {
  const config = kubeconfigOf(context);
  const claim = await unlessRefused(
    config.makeApiClient(CoreV1Api).readNamespacedPersistentVolumeClaim({ name, namespace }),
  );
  if (claim === undefined) return undefined;
  const { spec, status } = claim;
  const className = spec?.storageClassName ?? "";
  const storageClass =
    className === ""
      ? undefined
      : await unlessRefused(
          config.makeApiClient(StorageV1Api).readStorageClass({ name: className }),
        );
  return {
    className,
    size: spec?.resources?.requests?.["storage"] ?? "",
    capacity: status?.capacity?.["storage"],
    accessModes: spec?.accessModes ?? [],
    canGrow: storageClass && storageClass.allowVolumeExpansion === true,
  };
}

/** Who may not look, and who looks for what is not there, go on without. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && [401, 403, 404].includes(error.code)) return undefined;
    throw error;
  }
}

/**
 * Why a PVC can't become what is wanted without losing its data; one sentence for each reason,
 * none when it can. Pure.
 */
export function claimProblems(wanted: WantedClaim, live: LiveClaim): string[] {
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

const moveTheData =
  "move the data: npm run todo -- db backup, take the stack down with its PVC, npm start, npm run todo -- db restore (README, Storage).";

/** Bytes of a Kubernetes quantity such as `1Gi`, `500M` or `1073741824`; NaN for what is none. */
export function bytes(quantity: string): number {
  const [, number = "", unit = ""] = /^([\d.]+(?:e\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const power = "KMGTPE".indexOf(unit.charAt(0).toUpperCase()) + 1;
  return Number(number || NaN) * (unit.endsWith("i") ? 1024 : 1000) ** (unit === "" ? 0 : power);
}
