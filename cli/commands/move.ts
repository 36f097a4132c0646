import { readFile } from "node:fs/promises";

import { clusterTarget } from "../../config/target.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import type { BackupPod } from "../database/backup-pod.ts";
import { BackupPods } from "../database/backup-pod.ts";
import type { Mode, Target } from "../database/copy.ts";
import {
  bundledUrl,
  copy,
  here,
  operatorAccess,
  reaching,
  stopReaching,
  there,
} from "../database/copy.ts";
import type { ExternalOptions } from "../database/external-options.ts";
import { adminUrlOf, certificatesOf, urlOf } from "../database/external-options.ts";
import type { DatabaseSettings } from "../database/settings.ts";
import { changeDatabase, ensureOwnSettings, withDatabase } from "../database/settings.ts";
import { ensureApprovable, showPlan } from "../pulumi/approval.ts";
import { onStack, showPulumi } from "../pulumi/stack.ts";
import { confirm, green, step, yellow } from "../terminal.ts";
import { hasCloudNativePg, hibernate, withoutCloudNativePg } from "../../lib/cloudnative-pg.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { replaceFile } from "../../lib/replace-file.ts";
import { ensureTool } from "../toolchain.ts";
import { UsageError } from "../command-line.ts";
import type { Workspace } from "../pulumi/workspace.ts";
import { openWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand, todoCommand } from "../stacks.ts";
import { ensureNoWatch } from "../watch/lock.ts";
import { endKilledWatch } from "../watch/release.ts";

export interface MoveOptions extends ExternalOptions {
  readonly stack: Stack;
  /** Whether the data of the target may be replaced. */
  readonly replace?: boolean | undefined;
  /** Whether to abandon a move that was killed. */
  readonly stop?: boolean | undefined;
  /** Whether to skip confirmation. */
  readonly yes?: boolean | undefined;
}

export async function move(options: MoveOptions): Promise<void> {
  const { stack, to, stop, replace = false, yes } = options;
  if (to === undefined && !stop) {
    throw new UsageError("--to is missing; it must be bundled, external or operator.");
  }
  const url = urlOf(options);
  const adminUrl = adminUrlOf(options);
  const caCertificate = certificatesOf(options.ca, url);
  const workspace = await openWorkspace(stack);
  const cluster = clusterTarget(workspace.settings.cluster);
  ensureApprovable(cluster, yes);
  await ensureOwnSettings(stack);
  ensureOwnSecrets(workspace);
  const pods = await BackupPods.of(stack);
  ensureNoWatch(stack);
  await endKilledWatch(cluster, workspace.settings.cluster.namespace);
  await ensureTool("pulumi");
  showBackend(workspace);
  if (to === undefined) {
    if (await mayStop(workspace, cluster, yes)) await stopMove(workspace, pods);
    return;
  }
  const { mode: from } = workspace.settings.database;
  if (from === to) {
    throw new Problem(
      `Stack ${stack} already uses the ${to} database. If a move was killed near its end, run: ${todoCommand("repair", stack)}, ${resumption(stack)}.`,
    );
  }
  if (to === "operator" && !(await hasCloudNativePg(cluster.context))) {
    throw new Problem(`Nothing was changed. ${withoutCloudNativePg(cluster.context)}.`);
  }
  const result = {
    ...{ mode: to, keepBundled: undefined, keepOperator: undefined },
    ...(to === "external" ? { url, caCertificate } : { url: undefined, caCertificate: undefined }),
  };
  await showMove(workspace, cluster, result);
  if (!yes && !(await confirm(consequences(stack, pods.context, to, replace)))) {
    console.log("Nothing was changed.");
    return;
  }
  await carry(workspace, { from, result, url, adminUrl, replace });
  console.log(green(`✓ stack ${stack} has its data in the ${to} database`));
  console.log(`The ${from} database keeps a read-only copy.`);
}

/** A move changes the database's Secrets. */
function ensureOwnSecrets({ settings }: Workspace): void {
  const { database, dbCredentials } = settings.secrets.existing;
  if (database === undefined && dbCredentials === undefined) return;
  throw new Problem(
    "Nothing was changed. secrets.existing names the Secrets of the database, which a move has to change. Remove secrets.existing.database and secrets.existing.dbCredentials, set database.url if it is external, run npm start, and then this command again.",
  );
}

/** Shows what the cluster will have after a move, if it is a remote one. */
async function showMove(
  workspace: Workspace,
  cluster: ClusterTarget,
  result: DatabaseSettings,
): Promise<void> {
  if (cluster.kind !== "remote") return;
  await withDatabase(workspace, result, (changed) => showPlan(changed, cluster, ["preview"]));
}

/** Whether a killed move may be abandoned, which deploys a remote stack without another question. */
async function mayStop(
  workspace: Workspace,
  cluster: ClusterTarget,
  yes: boolean | undefined,
): Promise<boolean> {
  if (cluster.kind !== "remote") return true;
  await showMove(workspace, cluster, { keepBundled: undefined, keepOperator: undefined });
  const consequence = `This makes the database of stack ${workspace.stack} in ${cluster.context} writable, and deploys the stack.`;
  if (yes || (await confirm(consequence))) return true;
  console.log("Nothing was changed.");
  return false;
}

interface Move {
  readonly from: Mode;
  /** The settings when it is done. */
  readonly result: DatabaseSettings & { readonly mode: Mode };
  /** URLs of the external database, and of its administrator; or empty. */
  readonly url: string;
  readonly adminUrl: string;
  /** Whether the data of the target may be replaced. */
  readonly replace: boolean;
}

async function carry(workspace: Workspace, move: Move): Promise<void> {
  const { from, result } = move;
  const { mode: to } = result;
  const before = await readFile(workspace.configFile, "utf8");
  try {
    if (to !== "external") await bringUp(await changeDatabase(workspace, keeping(to, true)));
    const pods = await BackupPods.of(workspace.stack);
    const target = await targetOf(workspace, pods.context, move);
    // The source is removed last, so that reads keep working.
    const switched = { ...result, ...keeping(from, true) };
    const work = () => pods.withPod((pod) => moveData(workspace, before, pod, target, switched));
    const urls = [target.url, target.adminUrl].filter((url) => url !== "");
    await (to === "bundled" ? work() : reaching(workspace, pods.context, urls, work));
  } catch (error) {
    const { database } = (await openWorkspace(workspace.stack)).settings;
    // Neither if the application has switched over nor if it has already switched back.
    if (database.mode === from) await retire(workspace, to);
    throw error;
  }
  await retire(workspace, from);
}

/** The settings that run a database beside the one that is used, or no longer. */
function keeping(mode: Mode, value: true | undefined): DatabaseSettings {
  if (mode === "external") return {};
  return mode === "bundled" ? { keepBundled: value } : { keepOperator: value };
}

/** Stops a database that the application does not use, and keeps its data; nothing if it does not run. */
async function retire(workspace: Workspace, mode: Mode): Promise<void> {
  const { settings } = await openWorkspace(workspace.stack);
  const { keepBundled, keepOperator } = settings.database;
  const isKept = (mode === "bundled" && keepBundled) || (mode === "operator" && keepOperator);
  if (!isKept) return;
  await bringUp(await changeDatabase(workspace, keeping(mode, undefined)));
  if (mode !== "operator") return;
  const { context } = clusterTarget(settings.cluster);
  await hibernate(context, settings.cluster.namespace);
  console.log("The pods of the operator database are stopped; their volumes are kept.");
}

/** The database that the data goes to, which runs. */
async function targetOf(
  workspace: Workspace,
  context: string,
  { result, url, adminUrl, replace }: Move,
): Promise<Target> {
  const { mode, caCertificate = "" } = result;
  if (mode === "external") {
    const replaceable = replace ? "anything" : "unfinished";
    return { mode, url, adminUrl, caCertificate, replaceable };
  }
  const access =
    mode === "operator"
      ? await operatorAccess(workspace, context)
      : { url: await bundledUrl(workspace, context), caCertificate: "" };
  return { mode, ...access, adminUrl: "", replaceable: replace ? "anything" : "frozen" };
}

/**
 * Copies the data and switches the application over to the copy. The source stays read-only.
 *
 * @param before the config file's text, restored on failure
 * @param pod has the backups, and is connected to the source
 * @param settings the settings that switch the application over to the target
 */
async function moveData(
  workspace: Workspace,
  before: string,
  pod: BackupPod,
  target: Target,
  settings: DatabaseSettings,
): Promise<void> {
  step(`Checking the ${target.mode} database`);
  process.stdout.write(await there(pod, target, "vacant", target.replaceable));
  step("Making the database read-only");
  const start = Date.now();
  try {
    await here(pod, "freeze");
    step("Copying the data");
    await untilInterrupted(copy(pod, target));
  } catch (error) {
    await thaw(pod, workspace.stack);
    throw error;
  }
  try {
    await bringUp(await changeDatabase(workspace, settings));
  } catch (error) {
    await goBack(workspace, before, pod, target);
    throw error;
  }
  console.log(`The database was read-only for ${Math.round((Date.now() - start) / 1000)} s.`);
}

/**
 * Switches the application back to its previous database.
 *
 * @throws Problem when it may have written to the target: those writes would be lost
 */
async function goBack(
  workspace: Workspace,
  before: string,
  pod: BackupPod,
  target: Target,
): Promise<void> {
  const taken = await there(pod, target, "taken").catch(() => "t");
  if (taken.trim() === "t") {
    throw new Problem(
      `The move failed after the application started, or may have started, to write to the ${target.mode} database. It keeps using that database, so that no write is lost. Fix the cause, then run: ${resumption(workspace.stack)}`,
    );
  }
  console.error(
    yellow(
      `The move failed: switching the application back to its previous database. If this fails too, run: ${resumption(workspace.stack)}`,
    ),
  );
  await replaceFile(workspace.configFile, before);
  await bringUp(workspace);
  await thaw(pod, workspace.stack);
}

/** Makes the source writable again. Only prints a failure, so that it doesn't hide the original error. */
async function thaw(pod: BackupPod, stack: Stack): Promise<void> {
  await here(pod, "thaw").catch((error: unknown) => {
    console.error(
      yellow(
        `The database is still read-only (${messageOf(error)}). Make it writable: ${todoCommand("db move", stack)} --stop`,
      ),
    );
  });
}

/** Fails on Ctrl-C, so that the move is rolled back; the result of the work is then ignored. */
async function untilInterrupted(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => {
    reject(new Problem("Interrupted."));
  };
  process.on("SIGINT", stop);
  try {
    await Promise.race([work, promise]);
  } finally {
    process.off("SIGINT", stop);
  }
}

async function stopMove(workspace: Workspace, pods: BackupPods): Promise<void> {
  await stopReaching(pods.context, workspace.settings.cluster.namespace);
  await pods.withPod((pod) => here(pod, "thaw"));
  await retire(workspace, "bundled");
  await retire(workspace, "operator");
  console.log(
    green(
      `✓ the application uses the ${workspace.settings.database.mode} database, which is writable`,
    ),
  );
}

async function bringUp(workspace: Workspace): Promise<void> {
  const { mode, keepBundled, keepOperator } = workspace.settings.database;
  const others = [...(keepBundled ? ["bundled"] : []), ...(keepOperator ? ["operator"] : [])];
  const beside = others.map((other) => ` and the ${other} one`).join("");
  step(`Deploying stack ${workspace.stack} with the ${mode} database${beside}`);
  const code = await showPulumi(workspace, onStack(workspace, "up", "--yes", "--skip-preview"));
  if (code !== 0) throw new Problem(`pulumi up failed (exit code ${code}); see the output above.`);
}

/** The commands that end a move that was killed. */
const resumption = (stack: Stack) =>
  `${npmCommand("start", stack)}, ${todoCommand("db move", stack)} --stop`;

function consequences(stack: Stack, context: string, to: Mode, replace: boolean): string {
  const loss = replace ? ` The data in the ${to} database is lost.` : "";
  return `This moves the data of stack ${stack} in ${context} to the ${to} database, and makes it read-only in the meantime.${loss}`;
}
