import { createHash } from "node:crypto";
import { request } from "node:https";
import { text } from "node:stream/consumers";

import type { KubeConfig } from "@kubernetes/client-node";

/** Marks by `namespace kind/name`; an object's mark changes when somebody changes it. */
export type Marks = ReadonlyMap<string, string>;

/** Kinds that the cluster itself writes all the time. */
const unsteady = ["Event", "Lease", "Endpoints", "EndpointSlice", "PodMetrics"];

/**
 * Kinds whose status controllers write, which changes the resourceVersion. Their mark is a hash of
 * everything but the status; that of every other kind is the resourceVersion itself.
 */
const withStatus = [
  ...["Pod", "ReplicaSet", "Deployment", "Job", "CronJob"],
  ...["HorizontalPodAutoscaler", "PodDisruptionBudget"],
];

interface Listed {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly managedFields?: unknown;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
  readonly spec?: { readonly claimRef?: { readonly namespace?: string } };
}

/** Every object in some namespaces, and cluster-scoped ones that are named after them. */
export async function marksOf(config: KubeConfig, namespaces: readonly string[]): Promise<Marks> {
  const lists = (await kindsOf(config)).map(async ({ kind, path }) => {
    const { items = [] } = (await get(config, path)) as { items?: readonly Listed[] };
    return items.filter(isSteady).flatMap((object): [string, string][] => {
      const { name, namespace } = object.metadata;
      const where = namespaces.find((each) =>
        namespace === undefined
          ? name.includes(each) || object.spec?.claimRef?.namespace === each
          : namespace === each,
      );
      return where === undefined ? [] : [[`${where} ${kind}/${name}`, markOf(kind, object)]];
    });
  });
  return new Map((await Promise.all(lists)).flat());
}

/** A Job's pods disappear some time after it; the Job itself counts. */
const isSteady = ({ metadata }: Listed): boolean => metadata.ownerReferences?.[0]?.kind !== "Job";

function markOf(kind: string, { metadata, ...object }: Listed): string {
  const { resourceVersion, managedFields: _, ...told } = metadata;
  if (!withStatus.includes(kind)) return `${metadata.uid} ${resourceVersion}`;
  const all = JSON.stringify([told, object.spec]);
  return `${metadata.uid} ${createHash("sha256").update(all).digest("hex")}`;
}

/** Objects that were changed, created or deleted in between. */
export function changedIn(before: Marks, after: Marks): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}

/** Paths to list every kind by, over all namespaces. */
async function kindsOf(config: KubeConfig) {
  const { groups } = (await get(config, "/apis")) as {
    groups: readonly { preferredVersion: { groupVersion: string } }[];
  };
  const roots = groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`);
  const lists = ["/api/v1", ...roots].map(async (root) => {
    const { resources = [] } = (await get(config, root)) as {
      resources?: readonly { name: string; kind: string; verbs: readonly string[] }[];
    };
    return resources
      .filter(({ name, verbs }) => !name.includes("/") && verbs.includes("list"))
      .filter(({ kind }) => !unsteady.includes(kind))
      .map(({ name, kind }) => ({ kind, path: `${root}/${name}` }));
  });
  return (await Promise.all(lists)).flat();
}

async function get(config: KubeConfig, path: string): Promise<unknown> {
  const options = { headers: { accept: "application/json" } };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const call = request(
      `${config.getCurrentCluster()?.server ?? ""}${path}`,
      options,
      (answer) => {
        text(answer).then((body) => {
          if (answer.statusCode === 200) resolve(JSON.parse(body));
          else reject(new Error(`GET ${path}: ${answer.statusCode} ${body}`));
        }, reject);
      },
    );
    call.on("error", reject);
    call.end();
  });
}
