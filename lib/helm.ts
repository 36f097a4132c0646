import { CoreV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kubernetes.ts";

/** Name of the application's Helm release. */
export const releaseName = "todo-chatbot";

/** One revision of the release, as Helm records it in a Secret. */
export interface ReleaseRecord {
  /** Name of the Secret. */
  readonly secret: string;
  /** Helm's word, like `deployed` or `pending-upgrade`. */
  readonly status: string;
}

/** What Helm has recorded of the release in a namespace. */
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

/** Removes records; what those revisions created stays, and the next revision takes it over. */
export async function forgetRecords(
  context: string,
  namespace: string,
  records: readonly ReleaseRecord[],
): Promise<void> {
  const core = kubeconfigOf(context).makeApiClient(CoreV1Api);
  for (const { secret } of records) await core.deleteNamespacedSecret({ namespace, name: secret });
}

/** What has to happen to a release so that an update can go on. */
export interface ReleaseRepair {
  /** Records to remove. */
  readonly forget: readonly ReleaseRecord[];
  /** Whether the state has to learn of the release. */
  readonly adopt: boolean;
}

/**
 * A revision that Helm began and never finished stands in the way of every further one. A release
 * that the state does not know stands in the way of its own installation: where it was ready once,
 * the state adopts it; where it never was, Helm installs it again over what is there.
 *
 * @param isKnown whether the state has the release
 */
export function releaseRepair(records: readonly ReleaseRecord[], isKnown: boolean): ReleaseRepair {
  const unfinished = records.filter(({ status }) => /^pending-|^uninstalling$/.test(status));
  if (isKnown) return { forget: unfinished, adopt: false };
  const adopt = records.some(({ status }) => status === "deployed");
  return { forget: adopt ? unfinished : records, adopt };
}
