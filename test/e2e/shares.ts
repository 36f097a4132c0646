import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";

import { askPod } from "./project.ts";

/** Numbers by the name of a pod. */
export type ByPod = ReadonlyMap<string, number>;

/** Requests for tasks that each ready backend has answered. */
export async function answeredBy(config: KubeConfig, namespace: string): Promise<ByPod> {
  const labelSelector = "app.kubernetes.io/component=backend";
  const core = config.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  const ready = items.filter(
    ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined &&
      status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  const counts = ready.map(async ({ metadata }) => {
    const pod = metadata?.name ?? "";
    const text = await askPod(config, pod, 8000, "/metrics", namespace);
    const lines = text.matchAll(/^http_requests_total\{.*route="\/api\/tasks".*\} (\d+)$/gm);
    return [pod, [...lines].reduce((sum, line) => sum + Number(line[1]), 0)] as const;
  });
  return new Map(await Promise.all(counts));
}

/** What each pod that is there after it has answered since. */
export const sharesSince = (before: ByPod, after: ByPod): ByPod =>
  new Map([...after].map(([pod, count]) => [pod, count - (before.get(pod) ?? 0)]));
