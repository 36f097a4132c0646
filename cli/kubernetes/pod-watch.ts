import type { CoreV1Api, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

/** Between two looks at the pods, in milliseconds. */
const pauseMs = 2000;

/** What keeps a pod from getting ready. */
export interface Trouble {
  readonly pod: string;
  /** Where the cause is; undefined when the pod has no container yet. */
  readonly container?: string;
  /** What is wrong, as the rest of a sentence about the container or the pod. */
  readonly what: string;
  /** Whether the container ended by itself, so that its log may say why. */
  readonly ended?: boolean;
}

/**
 * The cause that a pod is not ready, as far as the pod itself tells; undefined when it is ready, or
 * never has to be, as those of Jobs.
 */
export function troubleOf({ metadata, status }: V1Pod): Trouble | undefined {
  const pod = metadata?.name ?? "";
  const isTrue = (type: string) =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === "True");
  const isJob = metadata?.ownerReferences?.some(({ kind }) => kind === "Job");
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
  // Those that run wait for another, more often than not.
  return troubles.find(({ ended }) => ended !== undefined) ?? troubles[0];
}

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
    return {
      pod,
      container: name,
      what: `does not start (${waiting.reason}${message})`,
      ended: false,
    };
  }
  return state?.running && { pod, container: name, what: "runs, but is not ready" };
}

/**
 * Watches the pods of a namespace while they are brought up. A release that fails is rolled back, and
 * with it goes what would say why; this remembers it.
 */
export class PodWatch {
  readonly #core: CoreV1Api;
  readonly #namespace: string;
  readonly #seen = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(core: CoreV1Api, namespace: string) {
    this.#core = core;
    this.#namespace = namespace;
    // A watch that is not stopped, because something threw, must not keep the process alive.
    this.#timer = setInterval(() => void this.#look(), pauseMs).unref();
  }

  /** Ends the watch, and gives what kept pods from getting ready that never did. */
  stop(): string[] {
    clearInterval(this.#timer);
    // Replicas have the same name but for its end, and the same trouble.
    const ofReplicas = new Map(
      [...this.#seen].map(([pod, text]) => [pod.replace(/-\w+$/, ""), text]),
    );
    return [...ofReplicas.values()];
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { items } = await this.#core.listNamespacedPod({ namespace: this.#namespace });
      for (const pod of items) {
        // One that goes away is not ready either, which is no trouble.
        if (pod.metadata?.deletionTimestamp !== undefined) continue;
        const trouble = troubleOf(pod);
        const name = pod.metadata?.name ?? "";
        if (trouble === undefined) this.#seen.delete(name);
        else this.#seen.set(name, await this.#textOf(trouble));
      }
    } catch {
      // What the cluster says of itself, Pulumi says too.
    } finally {
      this.#isLooking = false;
    }
  }

  async #textOf({ pod, container, what, ended }: Trouble): Promise<string> {
    if (container === undefined) return `${pod} ${what}`;
    const text = `${pod}: container ${container} ${what}`;
    if (!ended) return text;
    const where = { namespace: this.#namespace, name: pod, container, tailLines: 12 };
    const log = await this.#core
      .readNamespacedPodLog({ ...where, previous: true })
      .catch(() => this.#core.readNamespacedPodLog(where))
      .catch(() => "");
    const lines = log
      .replaceAll(/(?<=^.{200}).+$/gm, "…")
      .trimEnd()
      .split("\n")
      .filter((line) => line.trim() !== "");
    return [lines.length > 0 ? `${text}; its last log lines:` : text, ...lines].join("\n      ");
  }
}
