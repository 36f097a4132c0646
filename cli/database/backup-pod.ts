import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { basename } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

import type {
  CoreV1Api,
  KubeConfig,
  V1Container,
  V1CronJob,
  V1Pod,
  V1PodSpec,
} from "@kubernetes/client-node";
import { BatchV1Api, V1Job } from "@kubernetes/client-node";

import { PodShell } from "../../lib/pod-shell.ts";
import { unlessAbsent } from "../kubernetes/absent.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { ownClusterOf } from "../kubernetes/session.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";

/** Folder of the backups in the pods, and the script that manages them. */
export const folder = "/backups";
export const script = ["bash", "/scripts/backup.sh"] as const;

/** Name of a backup on the PVC. */
export const backupName = /^todo-\d{8}T\d{6}Z\.dump$/;

/** Seconds to wait for a pod: its PVC may have to be bound and its image pulled first. */
const podPatience = 180;

/** The backups of a stack: Jobs and pods from its CronJob's template. */
export class BackupPods {
  readonly context: string;
  readonly #namespace: string;
  readonly #config: KubeConfig;
  readonly #batch: BatchV1Api;
  readonly #core: CoreV1Api;
  readonly #cronJob: V1CronJob;

  private constructor({ context, namespace, config, core }: StackCluster, cronJob: V1CronJob) {
    this.context = context;
    this.#namespace = namespace;
    this.#config = config;
    this.#batch = config.makeApiClient(BatchV1Api);
    this.#core = core;
    this.#cronJob = cronJob;
  }

  /**
   * @param name of the CronJob
   * @throws Problem when the cluster does not answer, or the stack is not deployed there
   */
  static async of(stack: Stack, name: "backup" | "backup-drill" = "backup"): Promise<BackupPods> {
    const cluster = await ownClusterOf(stack);
    const { context, namespace, config } = cluster;
    const cronJob = await config
      .makeApiClient(BatchV1Api)
      .readNamespacedCronJob({ name, namespace })
      .catch(unlessAbsent);
    if (cronJob === undefined) {
      throw new Problem(
        `Stack ${stack} is not deployed in ${context}: the namespace ${namespace} has no CronJob ${name}. Run ${npmCommand("start", stack)}.`,
      );
    }
    return new BackupPods(cluster, cronJob);
  }

  /** Whether backups are also copied to a bucket. */
  get hasBucket(): boolean {
    return copyContainer(this.#cronJob) !== undefined;
  }

  /**
   * Runs a Job as the CronJob would, and forwards its log.
   *
   * @returns the whole log
   * @throws Problem when it fails, or its pod can't start
   */
  async run(print: (text: string) => void): Promise<string> {
    const name = await this.#create(this.#cronJob.metadata?.name ?? "", (spec) => spec);
    const pod = await this.#pod(name, hasStarted);
    for (let printed = 0; ;) {
      // Read before the log, so that the log of a pod that has ended is complete.
      const { status } = await this.#core.readNamespacedPod({
        name: pod,
        namespace: this.#namespace,
      });
      const log = await this.#log(pod);
      print(log.slice(printed));
      printed = log.length;
      if (status?.phase === "Succeeded") return log;
      if (status?.phase === "Failed") {
        const what = this.#cronJob.metadata?.name === "backup-drill" ? "drill" : "backup";
        throw new Problem(`The ${what} failed; see the output above, or the log of Job ${name}.`);
      }
      await sleep(500);
    }
  }

  /** Runs `work` with a pod that mounts the backups; the pod is deleted afterwards. */
  async withPod<T>(work: (pod: BackupPod) => Promise<T>): Promise<T> {
    return this.#withJob([], async (pod) =>
      work(new BackupPod(this.#config, this.#namespace, pod)),
    );
  }

  /** The same, with a backup from the bucket. */
  async withCopy<T>(name: string, work: (pod: BackupPod) => Promise<T>): Promise<T> {
    return this.#withJob(["pull", name], async (pod) => {
      return work(new BackupPod(this.#config, this.#namespace, pod));
    });
  }

  /** Names of the copies in the bucket, newest first; encrypted ones end with .age. */
  async listBucket(): Promise<string[]> {
    const log = await this.#withJob(["list"], (pod) => this.#log(pod));
    return log.split("\n").filter((name) => name !== "");
  }

  /** Runs `work` with a pod that only waits; `copy` is a command of the copy container to run first. */
  async #withJob<T>(copy: readonly string[], work: (pod: string) => Promise<T>): Promise<T> {
    const first = copyContainer(this.#cronJob);
    const name = await this.#create("backups", ({ containers, ...spec }) => ({
      ...spec,
      initContainers: first === undefined || copy.length === 0 ? [] : [{ ...first, args: copy }],
      containers: containers.map((container) => ({
        ...container,
        args: undefined,
        // Exits on SIGTERM; sleep as PID 1 would ignore it.
        command: ["bash", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"],
      })),
    }));
    try {
      return await work(await this.#pod(name, ({ status }) => status?.phase === "Running"));
    } finally {
      await this.#batch.deleteNamespacedJob({
        name,
        namespace: this.#namespace,
        propagationPolicy: "Background",
      });
    }
  }

  /** The logs of a pod's containers, concatenated. */
  async #log(pod: string): Promise<string> {
    const { status } = await this.#core.readNamespacedPod({
      name: pod,
      namespace: this.#namespace,
    });
    const started = [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ].filter(({ state }) => state?.running ?? state?.terminated);
    const logs: string[] = [];
    for (const { name: container } of started.filter(({ name }) => name !== "server")) {
      const where = { name: pod, namespace: this.#namespace, container };
      logs.push(await this.#core.readNamespacedPodLog(where));
    }
    return logs.join("");
  }

  /** Creates a Job from the CronJob's template; the CronJob's history limits apply to it. */
  async #create(prefix: string, change: (spec: V1PodSpec) => object): Promise<string> {
    const name = `${prefix}-${Date.now().toString(36)}`;
    await this.#batch.createNamespacedJob({
      namespace: this.#namespace,
      body: Object.assign(new V1Job(), jobOf(this.#cronJob, name, change)),
    });
    return name;
  }

  /** Name of a Job's pod, once it is ready. */
  async #pod(job: string, isSo: (pod: V1Pod) => boolean): Promise<string> {
    let obstacle = "it has no pod";
    for (let deadline = Date.now() + podPatience * 1000; Date.now() < deadline;) {
      const { items } = await this.#core.listNamespacedPod({
        namespace: this.#namespace,
        labelSelector: `batch.kubernetes.io/job-name=${job}`,
      });
      const [pod] = items;
      const name = pod?.metadata?.name ?? "";
      if (pod !== undefined && isSo(pod)) return name;
      if (pod?.status?.phase === "Failed") throw new Problem((await this.#log(name)).trim());
      obstacle = (pod && obstacleOf(pod)) ?? obstacle;
      // The download from the bucket may take as long as the Job's deadline.
      if (pod !== undefined && isCopying(pod)) deadline = Date.now() + podPatience * 1000;
      await sleep(300);
    }
    throw new Problem(
      `The pod of Job ${job} did not start within ${podPatience} s: ${obstacle}. Fix that and try again.`,
    );
  }
}

/** The template's container that copies to and from a bucket. */
function copyContainer({ spec }: V1CronJob): V1Container | undefined {
  const { initContainers } = spec.jobTemplate.spec?.template.spec ?? {};
  return initContainers?.find(({ name }) => name === "copy");
}

/** The Job that a CronJob would create, with another name and a changed pod. */
function jobOf({ metadata, spec }: V1CronJob, name: string, change: (spec: V1PodSpec) => object) {
  const template = spec.jobTemplate;
  const pod = template.spec?.template;
  return {
    metadata: {
      name,
      labels: template.metadata?.labels,
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          name: metadata?.name,
          uid: metadata?.uid,
          controller: true,
        },
      ],
    },
    spec: {
      ...template.spec,
      backoffLimit: 0,
      template: { ...pod, spec: pod?.spec && change(pod.spec) },
    },
  };
}

const hasStarted = ({ status }: V1Pod): boolean =>
  status?.phase !== "Pending" ||
  (status.initContainerStatuses ?? []).some(({ state }) => state?.running ?? state?.terminated);

const isCopying = ({ status }: V1Pod): boolean =>
  (status?.initContainerStatuses ?? []).some(({ state }) => state?.running);

/** Why a pod does not run yet, in the words of Kubernetes. */
function obstacleOf({ status }: V1Pod): string | undefined {
  const waiting = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ].find(({ state }) => state?.waiting)?.state?.waiting;
  const condition = status?.conditions?.find(({ status: value }) => value === "False");
  return (
    [waiting?.reason, waiting?.message ?? condition?.message].filter(Boolean).join(": ") ||
    undefined
  );
}

/** A running pod that mounts the backups. */
export class BackupPod extends PodShell {
  constructor(config: KubeConfig, namespace: string, name: string) {
    super(config, namespace, name, "backup");
  }

  /** The backups on the PVC, newest first. */
  async list(): Promise<{ readonly name: string; readonly bytes: number }[]> {
    const lines = (await this.ask([...script, "list"])).split("\n").filter((line) => line !== "");
    return lines.map((line) => {
      const [name = "", bytes = ""] = line.split(" ");
      return { name, bytes: Number(bytes) };
    });
  }

  /** Copies a file from this machine into the pod; the script verifies its checksum. */
  async upload(file: string, bytes: number, target: string): Promise<void> {
    // By size, because not every runtime forwards the end of standard input.
    const command = ["sh", "-c", 'head -c "$0" > "$1"', String(bytes), target];
    const { code, errors } = await this.exec(
      command,
      new PassThrough().resume(),
      createReadStream(file),
    );
    if (code !== 0) throw new Problem(`${file} could not be copied into the cluster: ${errors}`);
  }

  /** Copies a file from the pod to a new one on this machine. */
  async download(file: string, target: string): Promise<void> {
    const output = createWriteStream(target, { mode: 0o600 });
    const written = new Promise<void>((resolve, reject) => {
      output.on("close", resolve).on("error", reject);
    });
    const { code, errors } = await this.exec(["cat", file], output);
    await written;
    if (code !== 0) throw new Problem(`${basename(file)} can't be read: ${errors}`);
  }
}

/** SHA-256 of a file, in hex. */
export async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** A human-readable size. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** When a backup was started, from its name. */
export function timeText(name: string): string {
  const [, year, month, day, hour, minute, second] =
    /^todo-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z/.exec(name) ?? [];
  return `${year}-${month}-${day} ${hour}:${minute}:${second} UTC`;
}
