import { CoreV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kube-client.ts";

/** Name of the application's Helm release. */
export const releaseName = "todo-chatbot";

/** A revision of the release, which Helm stores in a Secret. */
export interface ReleaseRecord {
  /** Name of the Secret. */
  readonly secret: string;
  /** Helm's status, like `deployed` or `pending-upgrade`. */
  readonly status: string;
  readonly revision: number;
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
    revision: Number(metadata?.labels?.["version"]),
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

/** How a state has the release; failed: with the errors of its last update. */
export type ReleaseStanding = "unknown" | "known" | "failed";

/** What must be done to a release before an update can continue. */
export interface ReleaseRepair {
  /** Records to delete. */
  readonly forget: readonly ReleaseRecord[];
  /** Whether to import into the state what is installed. */
  readonly adopt: boolean;
}

/**
 * An unfinished revision blocks all further ones, and after a failed one the state may have settings that
 * were rolled back: both are dropped, and the state imports what is installed. A release that is not in
 * the state blocks its own installation: if it was deployed once, the state adopts it; otherwise Helm
 * installs it again over the existing objects.
 */
export function releaseRepair(
  records: readonly ReleaseRecord[],
  standing: ReleaseStanding,
): ReleaseRepair {
  const isUnfinished = ({ status }: ReleaseRecord) => /^pending-|^uninstalling$/.test(status);
  if (standing === "known" && !records.some(isUnfinished)) return { forget: [], adopt: false };
  const newest = (status: string) =>
    Math.max(0, ...records.flatMap((each) => (each.status === status ? [each.revision] : [])));
  // A kill between the last two writes of an upgrade leaves none that is deployed.
  const installed = newest("deployed") || (standing === "unknown" ? 0 : newest("superseded"));
  const forget = records.filter((each) => each.revision > installed || isUnfinished(each));
  return { forget, adopt: installed > 0 };
}
