import { setTimeout as sleep } from "node:timers/promises";

import { clusterTarget } from "../../config/target.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { ensureOwner } from "../kubernetes/ownership.ts";
import type { LogLine } from "../kubernetes/logs.ts";
import { inOrder, readable } from "../kubernetes/logs.ts";
import { followLogs } from "../kubernetes/pod-logs.ts";
import type { StackCluster } from "../kubernetes/session.ts";
import { connected, openCluster } from "../kubernetes/session.ts";
import { lockHolders } from "../pulumi/lock.ts";
import { readState } from "../pulumi/stack.ts";
import { readWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";
import { bold, green, red, step, yellow } from "../terminal.ts";
import { ensureTool } from "../toolchain.ts";
import { followEdits } from "../watch/edits.ts";
import { lockWatch } from "../watch/lock.ts";
import type { App } from "../watch/overlay.ts";
import { apps } from "../watch/overlay.ts";
import { DevelopmentPods } from "../watch/pods.ts";
import { ReleasedApps } from "../watch/release.ts";
import type { Code } from "../watch/supervisor.ts";
import { TypeCheck } from "../watch/type-check.ts";

/** Polling interval for new pods, in milliseconds. */
const pauseMs = 500;

/** Runs each edit of the application in the cluster and shows its logs, until a signal. */
export async function watch({ stack }: { readonly stack: Stack }): Promise<void> {
  const workspace = await readWorkspace(stack);
  const { settings } = workspace;
  const target = clusterTarget(settings.cluster);
  if (target.kind === "remote") {
    throw new Problem(
      `Stack ${stack} is on a remote cluster, where others use the application: deploy edits with ${npmCommand("start", stack)}, or watch them on a local cluster (npm run todo -- watch --stack dev) or without one (npm run dev).`,
    );
  }
  const lock = lockWatch(stack);
  try {
    const released = await releasedApps(workspace);
    const cluster = await openCluster(workspace, target);
    await work(workspace, cluster, released);
  } finally {
    lock.release();
  }
}

/** @throws Problem when the stack is not deployed, is being updated, or does not own its namespace */
async function releasedApps(workspace: Workspace): Promise<ReleasedApps> {
  const { stack, settings } = workspace;
  await ensureTool("pulumi");
  showBackend(workspace);
  const holders = await lockHolders(workspace);
  const state = await readState(workspace);
  if ((holders ?? []).length > 0 || (state?.pending ?? 0) > 0) {
    throw new Problem(
      `Nothing was changed. An update of stack ${stack} is running, or was interrupted. Wait until it has ended, or finish it with ${npmCommand("start", stack)}.`,
    );
  }
  const notDeployed = `Stack ${stack} is not deployed, so there is nothing to run edits in. Run ${npmCommand("start", stack)} first.`;
  if (state === undefined || state.resources.length === 0) throw new Problem(notDeployed);
  const target = await connected(settings);
  const found = await ensureOwner(workspace, target, state);
  const released = found && (await ReleasedApps.read(target.context, settings.cluster.namespace));
  if (released === undefined) throw new Problem(notDeployed);
  return released;
}

async function work(
  { stack }: Workspace,
  cluster: StackCluster,
  released: ReleasedApps,
): Promise<void> {
  const { openBuilds } = await import("../watch/builds.ts");
  await using types = new TypeCheck();
  await using builds = await openBuilds();
  const pods = new DevelopmentPods(cluster);
  const code = new Map<string, Code>();
  const stop = stopped();
  try {
    step("Starting development pods; building the application meanwhile");
    await released.develop(`process ${process.pid} since ${new Date().toISOString()}`);
    const { signal } = stop;
    const following = builds.builds.map((build) =>
      followEdits(build, types, signal, (edited, files, since) => {
        code.set(edited.name, files);
        const own = builds.builds.filter(({ app }) => app === edited.app);
        // The web UI has two parts.
        if (own.every(({ name }) => code.has(name)))
          void pods.set(edited.app, filesOf(own, code), since);
      }),
    );
    const started = Promise.all([released.rolledOut(signal), ...following]).then(announce);
    await Promise.race([
      stop.aborted,
      Promise.all([
        started,
        repeatedly(signal, () => pods.look()),
        repeatedly(signal, () => showLogs(cluster, signal)),
      ]),
    ]);
  } finally {
    await restore(stack, cluster);
    stop.end();
    // Open streams of logs would keep it alive.
    setTimeout(() => process.exit(), 1_000).unref();
  }
}

function announce(): void {
  const folders = apps.map((app) => bold(`images/${app}`)).join(" and ");
  console.log(
    green(`Edits in ${folders} run in the cluster as soon as they are saved   (stop with Ctrl-C)`),
  );
}

const filesOf = (
  parts: readonly { readonly name: string; readonly app: App }[],
  code: ReadonlyMap<string, Code>,
) => Object.assign({}, ...parts.map(({ name }) => code.get(name))) as Code;

/** The signals that end the command. */
function stopped() {
  const controller = new AbortController();
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const abort = () => {
    controller.abort();
    resolve(undefined);
  };
  for (const name of names) process.on(name, abort);
  return {
    ...{ signal: controller.signal, aborted },
    end: () => {
      for (const name of names) process.off(name, abort);
    },
  };
}

/** Repeats something that may fail while the cluster is unavailable. */
async function repeatedly(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
  let problem = "";
  while (!signal.aborted) {
    try {
      await attempt();
      problem = "";
    } catch (error) {
      if (messageOf(error) !== problem) console.error(yellow(`Retrying: ${messageOf(error)}`));
      problem = messageOf(error);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function showLogs(cluster: StackCluster, signal: AbortSignal): Promise<void> {
  const show = (lines: readonly LogLine[]) => {
    for (const line of inOrder(lines)) {
      console.log(readable(line, { error: red, warning: yellow }));
    }
  };
  await followLogs(cluster, { components: apps, since: 1, signal }, show);
}

async function restore(stack: Stack, { context, namespace }: StackCluster): Promise<void> {
  step("Restoring the pods that were deployed");
  let released: ReleasedApps | undefined;
  try {
    released = await ReleasedApps.read(context, namespace);
    await released?.restore();
  } catch (error) {
    throw new Problem(
      `The pods still run edited code: ${messageOf(error)}. ${npmCommand("start", stack)} restores them.`,
    );
  }
  await released?.rolledOut();
  step(`Restored. Deploy the edits with ${npmCommand("start", stack)}`);
}
