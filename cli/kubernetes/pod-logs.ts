import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { ApiException, Log } from "@kubernetes/client-node";

import { partOfSelector } from "../../lib/labels.ts";
import type { LogLine, Source } from "./logs.ts";
import { isLater, readLine } from "./logs.ts";
import type { StackCluster } from "./session.ts";

/** Polling interval in milliseconds; the lines of one interval are sorted by time. */
const pauseMs = 500;

/** Pods of some components; of all for none. */
export async function podsOf({ core, namespace }: StackCluster, components: readonly string[]) {
  const some =
    components.length === 0 ? "" : `,app.kubernetes.io/component in (${components.join(",")})`;
  const labelSelector = `${partOfSelector}${some}`;
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}

/** Components that have pods. */
export async function componentsOf(cluster: StackCluster): Promise<string[]> {
  const names = (await podsOf(cluster, [])).map((pod) => sourceOf(pod).component);
  return [...new Set(names)].sort();
}

function sourceOf({ metadata }: V1Pod): Source {
  const component = metadata?.labels?.["app.kubernetes.io/component"] ?? "";
  return { component, pod: metadata?.name ?? "" };
}

/** Status of a pod's containers that have started, including init containers. */
function containersOf({ status }: V1Pod): V1ContainerStatus[] {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.filter(({ state }) => state?.running ?? state?.terminated);
}

/** Existing log lines of a pod. */
export async function linesOf({ core, namespace }: StackCluster, pod: V1Pod, sinceSeconds: number) {
  const source = sourceOf(pod);
  const logs = containersOf(pod).map(async ({ name: container }) => {
    const where = { namespace, name: source.pod, container };
    return core
      .readNamespacedPodLog({ ...where, sinceSeconds, timestamps: true })
      .catch((error: unknown) => {
        if (isGone(error)) return "";
        throw error;
      });
  });
  const lines = (await Promise.all(logs)).flatMap((log) => log.split("\n"));
  return lines.flatMap((line) => readLine(source, line) ?? []);
}

/** Whether a container or its pod was deleted between two requests. */
function isGone(error: unknown): boolean {
  return error instanceof ApiException && [400, 404].includes(error.code);
}

export interface FollowOptions {
  /** Of which pods; none: of all. */
  readonly components: readonly string[];
  /** How far back, in seconds. */
  readonly since: number;
  /** Ends it; default: it ends with the process. */
  readonly signal?: AbortSignal;
}

/** Shows existing and new lines, including those of new pods. */
export async function followLogs(
  cluster: StackCluster,
  { components, since: sinceSeconds, signal }: FollowOptions,
  show: (lines: readonly LogLine[]) => void,
): Promise<void> {
  const log = new Log(cluster.config);
  /** IDs of containers whose log is being read, and of those whose log was read completely. */
  const [followed, ended] = [new Set<string>(), new Set<string>()];
  const newest = new Map<string, LogLine>();
  let pending: LogLine[] = [];

  async function read(source: Source, { name, containerID = "", state }: V1ContainerStatus) {
    if (followed.has(containerID) || ended.has(containerID)) return;
    followed.add(containerID);
    const container = `${source.pod}/${name}`;
    const stream = new PassThrough();
    createInterface({ input: stream }).on("line", (text) => {
      const line = readLine(source, text);
      const last = newest.get(container);
      if (line === undefined || (last !== undefined && !isLater(line, last))) return;
      newest.set(container, line);
      pending.push(line);
    });
    // If the stream closes while the container runs, the connection was lost: reading resumes there.
    stream.once("close", () => {
      followed.delete(containerID);
      if (state?.terminated !== undefined) ended.add(containerID);
    });
    const options = { follow: true, timestamps: true, sinceSeconds };
    await log
      .log(cluster.namespace, source.pod, name, stream, options)
      .catch(() => followed.delete(containerID));
  }

  while (!signal?.aborted) {
    for (const pod of await podsOf(cluster, components)) {
      for (const container of containersOf(pod)) await read(sourceOf(pod), container);
    }
    await sleep(pauseMs);
    show(pending);
    pending = [];
  }
}
