import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { clusterTarget } from "../../config/target.ts";
import type { ClusterTarget } from "../../lib/clusters.ts";
import type { BackupPod } from "../database/backup-pod.ts";
import { BackupPods } from "../database/backup-pod.ts";
import type { Mode, Target } from "../database/copy.ts";
import { bundledUrl, copy, here, reaching, stopReaching, there } from "../database/copy.ts";
import type { DatabaseSettings } from "../database/settings.ts";
import { changeDatabase, ensureOwnSettings, withDatabase } from "../database/settings.ts";
import { ensureApprovable, showPlan } from "../pulumi/approval.ts";
import { onStack, showPulumi } from "../pulumi/stack.ts";
import { confirm, green, step, yellow } from "../terminal.ts";
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

export interface MoveOptions {
  readonly stack: Stack;
  readonly to?: Mode | undefined;
  /** Environment variable with the URL of the external database. */
  readonly urlFromEnv?: string | undefined;
  /** Environment variable with the URL of an administrator of the external database. */
  readonly adminUrlFromEnv?: string | undefined;
  /** File with certificates (PEM). */
  readonly ca?: string | undefined;
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
    throw new UsageError("--to is missing; it must be external or bundled.");
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
  const { mode } = workspace.settings.database;
  if (mode === to) {
    throw new Problem(
      `Stack ${stack} already uses the ${to} database. If a move was killed near its end, run: ${todoCommand("repair", stack)}, ${resumption(stack)}.`,
    );
  }
  const result = { mode: to, keepBundled: undefined };
  const external = { ...result, url, caCertificate };
  const bundled = { ...result, url: undefined, caCertificate: undefined };
  await showMove(workspace, cluster, to === "external" ? external : bundled);
  if (!yes && !(await confirm(consequences(stack, pods.context, to, replace)))) {
    console.log("Nothing was changed.");
    return;
  }
  if (to === "external") {
    const replaceable = replace ? "anything" : "unfinished";
    await moveOut(workspace, pods, {
      ...{ mode: to, url, adminUrl, caCertificate, replaceable },
    });
  } else {
    await moveIn(workspace, replace ? "anything" : "frozen");
  }
  console.log(green(`✓ stack ${stack} has its data in the ${to} database`));
  console.log(`The ${mode} database keeps a read-only copy.`);
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
  await showMove(workspace, cluster, { keepBundled: undefined });
  const consequence = `This makes the database of stack ${workspace.stack} in ${cluster.context} writable, and deploys the stack.`;
  if (yes || (await confirm(consequence))) return true;
  console.log("Nothing was changed.");
  return false;
}

async function moveOut(workspace: Workspace, pods: BackupPods, target: Target): Promise<void> {
  const before = await readFile(workspace.configFile, "utf8");
  const { mode, url, adminUrl, caCertificate } = target;
  const urls = adminUrl === "" ? [url] : [url, adminUrl];
  await reaching(workspace, pods.context, urls, () =>
    pods.withPod((pod) =>
      // The bundled database is removed last, so that reads keep working.
      moveData(workspace, before, pod, target, { mode, url, caCertificate, keepBundled: true }),
    ),
  );
  await bringUp(await changeDatabase(workspace, { keepBundled: undefined }));
}

async function moveIn(workspace: Workspace, replaceable: Target["replaceable"]): Promise<void> {
  const before = await readFile(workspace.configFile, "utf8");
  try {
    await bringUp(await changeDatabase(workspace, { keepBundled: true }));
    const pods = await BackupPods.of(workspace.stack);
    const url = await bundledUrl(workspace, pods.context);
    const target: Target = {
      ...{ mode: "bundled", url, adminUrl: "", caCertificate: "", replaceable },
    };
    await pods.withPod((pod) =>
      moveData(workspace, before, pod, target, {
        mode: "bundled",
        url: undefined,
        caCertificate: undefined,
        keepBundled: undefined,
      }),
    );
  } catch (error) {
    // It is not set if the application has switched over or already switched back.
    if ((await openWorkspace(workspace.stack)).settings.database.keepBundled) {
      await bringUp(await changeDatabase(workspace, { keepBundled: undefined }));
    }
    throw error;
  }
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
  if (workspace.settings.database.keepBundled) {
    await bringUp(await changeDatabase(workspace, { keepBundled: undefined }));
  }
  console.log(
    green(
      `✓ the application uses the ${workspace.settings.database.mode} database, which is writable`,
    ),
  );
}

async function bringUp(workspace: Workspace): Promise<void> {
  const { mode, keepBundled } = workspace.settings.database;
  step(
    `Deploying stack ${workspace.stack} with the ${mode} database${keepBundled ? " and the bundled one" : ""}`,
  );
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

/** @throws UsageError without the URL, which has a password */
function urlOf({ to, urlFromEnv: variable }: MoveOptions): string {
  if (to !== "external") {
    if (variable === undefined) return "";
    throw new UsageError("--url-from-env needs --to external.");
  }
  if (variable === undefined) {
    throw new UsageError(`--url-from-env is missing; ${encoding}`);
  }
  return urlFrom(variable);
}

/** The administrator's URL; empty without one. @throws UsageError */
function adminUrlOf({ to, adminUrlFromEnv: variable }: MoveOptions): string {
  if (variable === undefined) return "";
  if (to !== "external") throw new UsageError("--admin-url-from-env needs --to external.");
  return urlFrom(variable);
}

function urlFrom(variable: string): string {
  const url = process.env[variable] ?? "";
  if (URL.canParse(url) && /^postgres(ql)?:\/\/\S+$/.test(url)) return url;
  throw new UsageError(`The variable ${variable} has no postgresql:// URL; ${encoding}`);
}

const encoding = "special characters in the password must be percent-encoded.";

function certificatesOf(file: string | undefined, url: string): string {
  const isChecked = /[?&]sslmode=verify-/.test(url);
  if (file === undefined) {
    if (!isChecked || url.includes("sslrootcert=")) return "";
    throw new UsageError(
      "The URL verifies the server's certificate, so --ca is required: a file with the certificate of the CA that signed it. The image that copies the data has no CA bundle, not even for public CAs.",
    );
  }
  if (!existsSync(file)) throw new UsageError(`--ca: there is no file ${file}.`);
  const text = readFileSync(file, "utf8");
  try {
    new X509Certificate(text);
  } catch {
    throw new UsageError(`${file} has no certificates in PEM format.`);
  }
  if (isChecked) return text;
  throw new UsageError(
    "--ca has no effect: the URL does not verify the server's certificate. End it with ?sslmode=verify-full.",
  );
}
