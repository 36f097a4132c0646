import { CoreV1Api } from "@kubernetes/client-node";

import { findObject } from "../../lib/api-server.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import { releaseName } from "../../lib/helm.ts";
import { kubeconfigOf } from "../../lib/kube-client.ts";
import type { Manifest } from "../../lib/manifest.ts";
import { nameOf } from "../../lib/manifest.ts";
import { isAutoscaled } from "../kubernetes/drift.ts";
import { KubernetesApi } from "../kubernetes/dynamic-client.ts";
import { readRecord } from "../kubernetes/helm-record.ts";
import { untilReady } from "../kubernetes/pod-watch.ts";
import { reset } from "../kubernetes/reset.ts";
import { step } from "../terminal.ts";
import type { App } from "./overlay.ts";
import { appOf, imageCommand, watcherOf, withSupervisor } from "./overlay.ts";

/** How long pods may take to be replaced, in milliseconds. */
const patienceMs = 180_000;

/** A Deployment of the release, as Helm deployed it. */
interface Deployed {
  readonly app: App;
  readonly manifest: Manifest;
  readonly scales: boolean;
}

/** The apps of a release, and the way to development pods and back. */
export class ReleasedApps {
  readonly #api: KubernetesApi;
  readonly #context: string;
  readonly #namespace: string;
  readonly #deployed: readonly Deployed[];

  private constructor(
    api: KubernetesApi,
    context: string,
    namespace: string,
    deployed: readonly Deployed[],
  ) {
    this.#api = api;
    this.#context = context;
    this.#namespace = namespace;
    this.#deployed = deployed;
  }

  /** Undefined when no release is deployed. */
  static async read(context: string, namespace: string): Promise<ReleasedApps | undefined> {
    const api = new KubernetesApi(context);
    const record = await readRecord(api, namespace, releaseName);
    if (record === undefined) return undefined;
    const { objects } = record;
    const deployed = objects.flatMap((manifest) => {
      const app = appOf(manifest);
      return app === undefined ? [] : [{ app, manifest, scales: isAutoscaled(manifest, objects) }];
    });
    return new ReleasedApps(api, context, namespace, deployed);
  }

  /** Replaces the pods by development pods. `who`: see {@link watchMark}. */
  async develop(who: string): Promise<void> {
    for (const { app, manifest, scales } of this.#deployed) {
      await reset(this.#api, withSupervisor(manifest, app, imageCommand(app), who), scales);
    }
  }

  /** Makes the Deployments that are marked what Helm deployed; their pods follow. */
  async restore(): Promise<void> {
    for (const { manifest, scales } of this.#deployed) {
      const live = await this.#api.read(manifest);
      if (live !== undefined && watcherOf(live) !== undefined)
        await reset(this.#api, manifest, scales);
    }
  }

  /**
   * Waits until all pods are of the current template.
   *
   * @throws Problem when they are not ready in time
   */
  async rolledOut(signal?: AbortSignal): Promise<void> {
    await untilReady({
      core: kubeconfigOf(this.#context).makeApiClient(CoreV1Api),
      namespace: this.#namespace,
      late: async () => {
        const live = await Promise.all(this.#deployed.map((one) => this.#api.read(one.manifest)));
        return live.flatMap((object) =>
          object === undefined || isRolledOut(object) ? [] : nameOf(object),
        );
      },
      patienceMs,
      signal,
    });
  }
}

function isRolledOut({ metadata, spec, status }: Manifest): boolean {
  const { generation } = metadata as { readonly generation?: number };
  const { replicas } = spec as { readonly replicas: number };
  const now = status as Readonly<Record<string, number | undefined>>;
  return (
    now["observedGeneration"] === generation &&
    (now["updatedReplicas"] ?? 0) === replicas &&
    (now["replicas"] ?? 0) === replicas &&
    (now["availableReplicas"] ?? 0) === replicas
  );
}

/** Restores what a killed `todo watch` left in a namespace: an update by Helm would keep parts of it. */
export async function endKilledWatch(
  { kind, context }: ClusterTarget,
  namespace: string,
): Promise<void> {
  if (kind === "remote") return;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const list = await findObject<{ items: readonly Manifest[] }>(context, path);
  if (list === undefined || list.items.every((item) => watcherOf(item) === undefined)) return;
  step("npm run todo -- watch was killed: restoring the pods that were deployed");
  await (await ReleasedApps.read(context, namespace))?.restore();
}
