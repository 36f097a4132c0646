import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { ApiException, Log } from "@kubernetes/client-node";

import type { StackCluster } from "../kubernetes/session.ts";
import { clusterOf } from "../kubernetes/session.ts";
import type { LogLine, Source } from "../kubernetes/logs.ts";
import {
  inOrder,
  isLater,
  isOfRequest,
  readable,
  readLine,
  spanSeconds,
} from "../kubernetes/logs.ts";
import { main, red, withUsage, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { stackNamed, stacks } from "../pulumi/workspace.ts";

const usage = `npm run logs -- [--stack ${stacks.join("|")}] [--follow] [--part <part>] [--since <time>] [--request <id>] [--json]

Shows the logs of all pods in the order in which they were written.

  --follow   goes on with what comes, until Ctrl+C
  --part     only those of one part: backend, frontend, database, prometheus, alertmanager, backup
  --since    how far back, like 90s, 10m (default) or 2h
  --request  only the lines of one request, by the id in the header x-request-id
  --json     the lines as they were written`;

/** Between two looks for new lines, in milliseconds; lines of one look are put in order. */
const pauseMs = 500;

await main(async () => {
  const { stack, follow, part, sinceSeconds, request, json } = commandLine();
  const cluster = await clusterOf(stack);
  const show = (lines: readonly LogLine[]) => {
    for (const line of inOrder(lines)) {
      if (request !== undefined && !isOfRequest(line, request)) continue;
      console.log(json ? line.text : readable(line, { bad: red, doubtful: yellow }));
    }
  };

  const pods = await podsOf(cluster, part);
  if (pods.length === 0) {
    throw new Problem(
      part === undefined
        ? `No pod is in the namespace ${cluster.namespace} of ${cluster.context}: stack ${stack} is not up. Run npm start.`
        : `No pod of the part "${part}" is in the namespace ${cluster.namespace}; there are ${(await partsOf(cluster)).join(", ") || "none"}.`,
    );
  }
  if (follow) await goOn(cluster, part, sinceSeconds, show);
  else show((await Promise.all(pods.map((pod) => linesOf(cluster, pod, sinceSeconds)))).flat());
});

/** Pods of the application, or of one part of it. */
async function podsOf({ core, namespace }: StackCluster, part: string | undefined) {
  const one = part === undefined ? "" : `,app.kubernetes.io/component=${part}`;
  const labelSelector = `app.kubernetes.io/part-of=todo-chatbot${one}`;
  return (await core.listNamespacedPod({ namespace, labelSelector })).items;
}

async function partsOf(cluster: StackCluster): Promise<string[]> {
  const parts = (await podsOf(cluster, undefined)).map((pod) => sourceOf(pod).part);
  return [...new Set(parts)].sort();
}

function sourceOf({ metadata }: V1Pod): Source {
  const part = metadata?.labels?.["app.kubernetes.io/component"] ?? "";
  return { part, pod: metadata?.name ?? "" };
}

/** What became of each container of a pod that has started: of those that prepare too. */
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

/** Whether a container, or its whole pod, went away between two questions. */
function isGone(error: unknown): boolean {
  return error instanceof ApiException && [400, 404].includes(error.code);
}

/** Shows what is there and what comes, of pods that come later too. Ends with the process. */
async function goOn(
  cluster: StackCluster,
  part: string | undefined,
  sinceSeconds: number,
  show: (lines: readonly LogLine[]) => void,
): Promise<never> {
  const log = new Log(cluster.config);
  /** Ids of containers whose log is being read, and of those whose log was read to its end. */
  const [followed, ended] = [new Set<string>(), new Set<string>()];
  const newest = new Map<string, LogLine>();
  let waiting: LogLine[] = [];

  async function follow(source: Source, { name, containerID = "", state }: V1ContainerStatus) {
    if (followed.has(containerID) || ended.has(containerID)) return;
    followed.add(containerID);
    const container = `${source.pod}/${name}`;
    const stream = new PassThrough();
    createInterface({ input: stream }).on("line", (text) => {
      const line = readLine(source, text);
      const last = newest.get(container);
      if (line === undefined || (last !== undefined && !isLater(line, last))) return;
      newest.set(container, line);
      waiting.push(line);
    });
    // A log that ends while its container runs was cut, and is taken up again where it was.
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
    for (const pod of await podsOf(cluster, part)) {
      for (const container of containersOf(pod)) await follow(sourceOf(pod), container);
    }
    await sleep(pauseMs);
    show(waiting);
    waiting = [];
  }
}

function commandLine() {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", default: "dev" },
        follow: { type: "boolean", default: false },
        part: { type: "string" },
        since: { type: "string", default: "10m" },
        request: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    const { since, ...rest } = values;
    return { ...rest, stack: stackNamed(values.stack), sinceSeconds: spanSeconds(since) };
  });
}
