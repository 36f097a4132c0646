import { CoreV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kubernetes.ts";

/** Name of the application's Helm release. */
export const releaseName = "todo-chatbot";

/** A revision of the release, which Helm stores in a Secret. */
export interface ReleaseRecord {
  /** Name of the Secret. */
  readonly secret: string;
  /** Helm's status, like `deployed` or `pending-upgrade`. */
  readonly status: string;
}

/** The revisions of the release in a namespace. */
export async function releaseRecords(
  context: string,
  namespace: string,
): Promise<readonly ReleaseRecord[]> {
  const { items } = await kubeconfigOf(context)
    .makeApiClient(CoreV1Api)
    .listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${releaseName}` });
  return items.map(({ metadata }) => ({
    secret: metadata?.name ?? "",
    status: metadata?.labels?.["status"] ?? "",
  }));
}

/** Deletes revisions' records; their objects stay, and the next revision adopts them. */
export async function forgetRecords(
  context: string,
  namespace: string,
  records: readonly ReleaseRecord[],
): Promise<void> {
  const core = kubeconfigOf(context).makeApiClient(CoreV1Api);
  for (const { secret } of records) await core.deleteNamespacedSecret({ namespace, name: secret });
}

/** What must be done to a release before an update can continue. */
export interface ReleaseRepair {
  /** Records to delete. */
  readonly forget: readonly ReleaseRecord[];
  /** Whether to import the release into the state. */
  readonly adopt: boolean;
}

/**
 * An unfinished revision blocks all further ones. A release that is not in the state blocks its own
 * installation: if it was deployed once, the state adopts it; otherwise Helm installs it again over the
 * existing objects.
 *
 * @param isKnown whether the state has the release
 */
export function releaseRepair(records: readonly ReleaseRecord[], isKnown: boolean): ReleaseRepair {
  const unfinished = records.filter(({ status }) => /^pending-|^uninstalling$/.test(status));
  if (isKnown) return { forget: unfinished, adopt: false };
  const adopt = records.some(({ status }) => status === "deployed");
  return { forget: adopt ? unfinished : records, adopt };
}
