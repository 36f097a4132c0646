import { setTimeout as sleep } from "node:timers/promises";

import type { CoreV1Api, V1ContainerStatus, V1Pod, V1Service } from "@kubernetes/client-node";

import { Problem } from "../../lib/problem.ts";

/** Why a pod is not ready. */
export interface Trouble {
  readonly pod: string;
  /** The container at fault; undefined when the pod has none yet. */
  readonly container?: string;
  /** What is wrong, as the predicate of a sentence about the container or the pod. */
  readonly what: string;
  /** Whether the container exited, so that its log may have the reason. */
  readonly ended?: boolean;
}

/**
 * Why a pod is not ready, as far as its status shows; undefined when it is ready, or belongs to a Job
 * and never has to be.
 */
export function troubleOf({ metadata, status }: V1Pod): Trouble | undefined {
  const pod = metadata?.name ?? "";
  const isTrue = (type: string) =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === "True");
  const isJob =
    metadata?.ownerReferences?.some(({ kind }) => kind === "Job") &&
    // Those of CloudNativePG make the database.
    metadata.labels?.["cnpg.io/jobRole"] === undefined;
  if (isTrue("Ready") || isJob) return undefined;

  const unscheduled = status?.conditions?.find(
    ({ type, status: is, message }) => type === "PodScheduled" && is === "False" && message,
  );
  if (unscheduled?.message !== undefined) {
    return { pod, what: `finds no node: ${unscheduled.message}` };
  }
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const troubles = containers.flatMap((container) => containerTrouble(pod, container) ?? []);
  // Containers that are running usually wait for another one.
  return troubles.find(({ ended }) => ended !== undefined) ?? troubles[0];
}

/** How registries refuse credentials, in the words of containerd, CRI-O and Docker. */
const unauthorized =
  /\b(401|403) (Unauthorized|Forbidden)|unauthorized|authentication required|no basic auth credentials|pull access denied|insufficient_scope/i;

const checkCredentials =
  "The registry refuses the credentials that the pods pull with: check images.pullCredentials, or the Secret that images.pullSecretName names";

function containerTrouble(
  pod: string,
  { name, ready, restartCount, state, lastState }: V1ContainerStatus,
): Trouble | undefined {
  const end = state?.terminated ?? lastState?.terminated;
  if (ready || (end?.exitCode === 0 && state?.running === undefined)) return undefined;
  if (end !== undefined && end.exitCode !== 0) {
    const why = end.reason === "OOMKilled" ? ", because it needed more memory than its limit" : "";
    const often = restartCount > 1 ? `, ${restartCount} times` : "";
    return {
      pod,
      container: name,
      what: `ended with exit code ${end.exitCode}${why}${often}`,
      ended: true,
    };
  }
  const waiting = state?.waiting;
  if (
    waiting?.reason !== undefined &&
    !/^(ContainerCreating|PodInitializing)$/.test(waiting.reason)
  ) {
    const message = waiting.message === undefined ? "" : `: ${waiting.message}`;
    const remedy = unauthorized.test(message) ? `. ${checkCredentials}` : "";
    return {
      pod,
      container: name,
      what: `does not start (${waiting.reason}${message})${remedy}`,
      ended: false,
    };
  }
  return state?.running && { pod, container: name, what: "runs, but is not ready" };
}

/** What the kubelet answers instead of a log that it has removed. */
const removedLog = /^unable to retrieve container logs for /;

/** Why a Service is not ready, which the rollout waits for too; undefined when it is. */
export function addressTrouble({ metadata, spec, status }: V1Service): string | undefined {
  if (spec?.type !== "LoadBalancer" || (status?.loadBalancer?.ingress ?? []).length > 0)
    return undefined;
  return `Service ${metadata?.name ?? ""} has no address of a load balancer. Its events tell why, if the cluster has a controller for load balancers: kubectl --namespace ${metadata?.namespace ?? ""} describe service ${metadata?.name ?? ""}. If not, install one (that of your cloud, or MetalLB), or set network.exposure to ingress or gateway. Settings of the controller go into network.serviceAnnotations.`;
}

/**
 * Watches the pods and Services of a namespace during an update. A failed release is rolled back, which deletes the
 * objects that would show why; this keeps the reasons.
 */
export class PodWatch {
  readonly #core: CoreV1Api;
  readonly #namespace: string;
  readonly #seen = new Map<string, string>();
  /** The last lines of the log of each container that ended. */
  readonly #logs = new Map<string, readonly string[]>();
  readonly #timer: NodeJS.Timeout;
  #isPolling = false;

  /** @param pauseMs polling interval in milliseconds */
  constructor(core: CoreV1Api, namespace: string, pauseMs = 2000) {
    this.#core = core;
    this.#namespace = namespace;
    // A watch that is not stopped, because of an error, must not keep the process alive.
    this.#timer = setInterval(() => void this.#poll(), pauseMs).unref();
  }

  /** Stops watching. @returns why pods and Services are not ready, a text each */
  stop(): string[] {
    clearInterval(this.#timer);
    // Replicas differ only in the suffix of their name, and have the same trouble; the longest text
    // has the log.
    const ofReplicas = new Map<string, string>();
    for (const [pod, text] of this.#seen) {
      const name = pod.replace(/-\w+$/, "");
      if (text.length > (ofReplicas.get(name)?.length ?? 0)) ofReplicas.set(name, text);
    }
    return [...ofReplicas.values()];
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      const { items } = await this.#core.listNamespacedPod({ namespace: this.#namespace });
      for (const pod of items) {
        // Terminating pods are not ready either.
        if (pod.metadata?.deletionTimestamp !== undefined) continue;
        const trouble = troubleOf(pod);
        const name = pod.metadata?.name ?? "";
        if (trouble === undefined) this.#seen.delete(name);
        else this.#seen.set(name, await this.#textOf(trouble));
      }
      const services = await this.#core.listNamespacedService({ namespace: this.#namespace });
      for (const service of services.items) {
        const name = `Service ${service.metadata?.name ?? ""}`;
        const trouble = addressTrouble(service);
        if (trouble === undefined) this.#seen.delete(name);
        else this.#seen.set(name, trouble);
      }
    } catch {
      // Pulumi reports an unreachable cluster.
    } finally {
      this.#isPolling = false;
    }
  }

  async #textOf({ pod, container, what, ended }: Trouble): Promise<string> {
    if (container === undefined) return `${pod} ${what}`;
    const text = `${pod}: container ${container} ${what}`;
    if (!ended) return text;
    const lines = await this.#lastLines(pod, container);
    return [lines.length > 0 ? `${text}; its last log lines:` : text, ...lines].join("\n      ");
  }

  /** What a container that ended wrote last, also while its next start has written nothing yet. */
  async #lastLines(pod: string, container: string): Promise<readonly string[]> {
    const where = { namespace: this.#namespace, name: pod, container, tailLines: 12 };
    const log = await this.#core
      .readNamespacedPodLog({ ...where, previous: true })
      .catch(() => this.#core.readNamespacedPodLog(where))
      .catch(() => "");
    const lines = log
      .replaceAll(/(?<=^.{200}).+$/gm, "…")
      .split("\n")
      .filter((line) => line.trim() !== "" && !removedLog.test(line));
    const key = `${pod} ${container}`;
    if (lines.length > 0) this.#logs.set(key, lines);
    return this.#logs.get(key) ?? [];
  }
}

export interface Waiting {
  readonly core: CoreV1Api;
  readonly namespace: string;
  /** Names of what is not ready yet. */
  readonly late: () => Promise<readonly string[]>;
  readonly patienceMs: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until nothing is late.
 *
 * @throws Problem with what is late after `patienceMs`, and why pods are not ready
 */
export async function untilReady(waiting: Waiting): Promise<void> {
  const { core, namespace, late, patienceMs, signal } = waiting;
  const watch = new PodWatch(core, namespace);
  try {
    for (const deadline = Date.now() + patienceMs; !signal?.aborted;) {
      const names = await late();
      if (names.length === 0) return;
      if (Date.now() > deadline) {
        const reasons = watch.stop().map((why) => `  ${why}`);
        throw new Problem([`Not ready: ${names.join(", ")}.`, ...reasons].join("\n"));
      }
      await sleep(500);
    }
  } finally {
    watch.stop();
  }
}
