import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { ApiException, Log } from "@kubernetes/client-node";

import type { StackCluster } from "../kubernetes/session.ts";
import { clusterOf } from "../kubernetes/session.ts";
import type { LogLine, Source } from "../kubernetes/logs.ts";
import { inOrder, isLater, isOfRequest, readable, readLine } from "../kubernetes/logs.ts";
import { red, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";

export interface LogsOptions {
  readonly stack: Stack;
  readonly follow?: boolean | undefined;
  readonly component?: string | undefined;
  /** Seconds. */
  readonly since: number;
  readonly request?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Polling interval in milliseconds; the lines of one interval are sorted by time. */
const pauseMs = 500;

export async function logs(options: LogsOptions): Promise<void> {
  const { stack, component, since, request, json } = options;
  const cluster = await clusterOf(stack);
  const show = (lines: readonly LogLine[]) => {
    for (const line of inOrder(lines)) {
      if (request !== undefined && !isOfRequest(line, request)) continue;
      console.log(json ? line.text : readable(line, { error: red, warning: yellow }));
    }
  };

  const pods = await podsOf(cluster, component);
  if (pods.length === 0) {
    throw new Problem(
      component === undefined
        ? `There is no pod in namespace ${cluster.namespace} of ${cluster.context}: stack ${stack} is not deployed. Run ${npmCommand("start", stack)}.`
        : `There is no pod of component "${component}" in namespace ${cluster.namespace}. Components with pods: ${(await componentsOf(cluster)).join(", ") || "none"}.`,
    );
  }
  if (options.follow) await follow(cluster, component, since, show);
  else show((await Promise.all(pods.map((pod) => linesOf(cluster, pod, since)))).flat());
}

/** Pods of the application, or of one component. */
async function podsOf({ core, namespace }: StackCluster, component: string | undefined) {
  const one = component === undefined ? "" : `,app.kubernetes.io/component=${component}`;
  const labelSelector = `app.kubernetes.io/part-of=todo-chatbot${one}`;
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}

async function componentsOf(cluster: StackCluster): Promise<string[]> {
  const names = (await podsOf(cluster, undefined)).map((pod) => sourceOf(pod).component);
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

async function linesOf({ core, namespace }: StackCluster, pod: V1Pod, sinceSeconds: number) {
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

/** Shows existing and new lines, including those of new pods. Ends with the process. */
async function follow(
  cluster: StackCluster,
  component: string | undefined,
  sinceSeconds: number,
  show: (lines: readonly LogLine[]) => void,
): Promise<never> {
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

  for (;;) {
    for (const pod of await podsOf(cluster, component)) {
      for (const container of containersOf(pod)) await read(sourceOf(pod), container);
    }
    await sleep(pauseMs);
    show(pending);
    pending = [];
  }
}
