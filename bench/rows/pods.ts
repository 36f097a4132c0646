import type { V1Pod } from "@kubernetes/client-node";
import { Watch } from "@kubernetes/client-node";

import { cluster, namespace } from "../../test/e2e/project.ts";
import { median } from "../measure.ts";
import type { Row } from "./row.ts";
import { seconds } from "../table.ts";

/** A pod's creation until it is ready, with its image on the node. */
export const pods: Row = {
  name: "pods",
  about: "creation of a pod until it is ready, with its image on the node",
  async measure(stage, pairs) {
    await stage.deployed();
    const { config, core } = cluster(stage.target.context);
    const lines = [];
    for (const app of ["backend", "frontend"]) {
      const labelSelector = `app.kubernetes.io/component=${app}`;
      const took: number[] = [];
      for (let round = 0; round < pairs; round += 1) {
        const ready = await nextReady(new Watch(config), labelSelector, async () => {
          const { items } = await core.listNamespacedPod({ namespace, labelSelector });
          const pod = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined);
          await core.deleteNamespacedPod({ namespace, name: pod?.metadata?.name ?? "" });
        });
        took.push(ready);
      }
      lines.push({
        ...{ what: `${app}: pod created → ready, image present`, target: "median ≤ 2 s" },
        ...{ ours: seconds(median(took)), worst: seconds(Math.max(...took)), pairs },
      });
    }
    return lines;
  },
};

/** Seconds from the appearance of a new pod until it is ready. */
async function nextReady(
  watch: Watch,
  labelSelector: string,
  replace: () => Promise<void>,
): Promise<number> {
  const seen = new Map<string, number>();
  const known = new Set<string>();
  let isReplaced = false;
  return new Promise((resolve, reject) => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const request = watch.watch(
      path,
      { labelSelector },
      (_phase, pod: V1Pod) => {
        const uid = pod.metadata?.uid ?? "";
        if (!isReplaced) known.add(uid);
        if (known.has(uid)) return;
        const since = seen.get(uid) ?? performance.now();
        seen.set(uid, since);
        const isReady = pod.status?.conditions?.some(
          ({ type, status }) => type === "Ready" && status === "True",
        );
        if (!isReady) return;
        resolve((performance.now() - since) / 1000);
        void request.then((controller) => controller.abort());
      },
      (error: unknown) => reject(error instanceof Error ? error : new Error("the watch ended")),
    );
    // The watch begins with the pods that exist.
    setTimeout(() => {
      isReplaced = true;
      replace().catch(reject);
    }, 1_000);
  });
}
