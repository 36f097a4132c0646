import type { V1Pod } from "@kubernetes/client-node";

import { forwardPod } from "../../lib/port-forward.ts";
import { podsOf } from "../kubernetes/pod-logs.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { green, red } from "../terminal.ts";
import type { App } from "./overlay.ts";
import { apps, supervisorPort, watchMark } from "./overlay.ts";
import type { Code } from "./supervisor.ts";

/** How long a supervisor may take to run new code, in milliseconds; longer than its own patience. */
const patienceMs = 30_000;

/** A version of an app's code. */
interface Version {
  readonly code: string;
  /** When it was edited, by `performance.now()`. */
  readonly since: number;
  isReported: boolean;
}

/** A running container with a supervisor. */
interface Target {
  /** Of the container: one that is restarted runs the image's code again. */
  readonly id: string;
  readonly app: App;
  readonly pod: string;
  /** The newest version that it was sent. */
  sent?: Version;
  isBusy: boolean;
}

/** Brings the newest code to the development pods, those that appear later too. */
export class DevelopmentPods {
  readonly #cluster: StackCluster;
  readonly #versions = new Map<App, Version>();
  #targets = new Map<string, Target>();

  constructor(cluster: StackCluster) {
    this.#cluster = cluster;
  }

  /** Sets the newest code of an app; the same code again changes nothing. */
  async set(app: App, files: Code, since: number): Promise<void> {
    const code = JSON.stringify(files);
    if (this.#versions.get(app)?.code === code) return;
    this.#versions.set(app, { code, since, isReported: false });
    await this.#bring();
  }

  /** Looks for pods that appeared, and brings them the newest code. */
  async look(): Promise<void> {
    const pods = await podsOf(this.#cluster, apps);
    const known = this.#targets;
    this.#targets = new Map(
      pods.flatMap((pod) => {
        const found = targetIn(pod);
        return found === undefined ? [] : [[found.id, known.get(found.id) ?? found] as const];
      }),
    );
    await this.#bring();
  }

  async #bring(): Promise<void> {
    await Promise.all([...this.#targets.values()].map((target) => this.#bringTo(target)));
  }

  async #bringTo(target: Target): Promise<void> {
    if (target.isBusy) return;
    target.isBusy = true;
    try {
      for (
        let version = this.#versions.get(target.app);
        version !== undefined && version !== target.sent;
        version = this.#versions.get(target.app)
      ) {
        const problem = await this.#send(target, version);
        target.sent = version;
        this.#report(target, version, problem);
      }
    } catch {
      // The supervisor does not listen yet, or the pod is gone: the next look tries again.
    } finally {
      target.isBusy = false;
    }
  }

  /** @returns why the supervisor did not take the code; undefined if it did */
  async #send({ pod }: Target, { code }: Version): Promise<string | undefined> {
    const { config, namespace } = this.#cluster;
    using forward = await forwardPod(config, { namespace, pod, port: supervisorPort });
    const response = await fetch(forward.url, {
      ...{ method: "POST", body: code, headers: { connection: "close" } },
      signal: AbortSignal.timeout(patienceMs),
    });
    return response.ok ? undefined : await response.text();
  }

  #report({ app, pod }: Target, version: Version, problem: string | undefined): void {
    if (version.isReported) return;
    const all = [...this.#targets.values()].filter((target) => target.app === app);
    if (problem !== undefined) {
      console.log(red(`✗ ${app}: the code from before keeps running; the new one ${problem}`));
    } else if (all.some(({ sent }) => sent !== version)) return;
    else {
      const took = ((performance.now() - version.since) / 1000).toFixed(1);
      const where = all.length === 1 ? pod : `${all.length} pods`;
      console.log(green(`✓ ${app}: the edited code runs in ${where} (${took} s)`));
    }
    version.isReported = true;
  }
}

/** The container with a supervisor in a pod; undefined if none is running. */
function targetIn({ metadata, status }: V1Pod): Target | undefined {
  if (metadata?.deletionTimestamp !== undefined) return undefined;
  if (metadata?.annotations?.[watchMark] === undefined) return undefined;
  const app = apps.find((one) => one === metadata.labels?.["app.kubernetes.io/component"]);
  const container = status?.containerStatuses?.find(({ name }) => name === app);
  if (app === undefined || container?.state?.running === undefined) return undefined;
  return { id: container.containerID ?? "", app, pod: metadata.name ?? "", isBusy: false };
}
