import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import type { BackupPod } from "../database/backup-pod.ts";
import { BackupPods } from "../database/backup-pod.ts";
import type { Mode, Target } from "../database/copy.ts";
import { bundledUrl, copy, here, reaching, there } from "../database/copy.ts";
import type { DatabaseSettings } from "../database/settings.ts";
import { changeDatabase, needOwnSettings } from "../database/settings.ts";
import { onStack, showPulumi } from "../pulumi/stack.ts";
import { green, isSure, main, step, withUsage, yellow } from "../terminal.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { needTool } from "../toolchain.ts";
import type { Stack, Workspace } from "../pulumi/workspace.ts";
import { openWorkspace, stackNamed, stacks } from "../pulumi/workspace.ts";

const usage = `npm run move -- --to external --url-from-env <variable> [--ca <file>] | --to bundled | --stop
                [--stack ${stacks.join("|")}] [--replace] [--yes]

Moves the data to another database and the application with it: from the one in the cluster (bundled)
to one elsewhere (external), or back. Meanwhile reading works and writing does not. The copy is compared
row by row before the application turns to it. When anything fails, the application goes on with the
database that it had; a move that was killed may be run again.

  --to            external or bundled
  --url-from-env  environment variable with the postgresql:// URL of the external database
  --ca            file with the certificates (PEM) of who signed that database's, for sslmode=verify-full
  --replace       gives up the data that the database to move to has
  --stop          after a move that was killed: the application goes on with the database that the
                  settings name, and may write to it
  --yes           don't ask`;

await main(async () => {
  const { stack, yes, stop, replace, to, url, caCertificate } = commandLine();
  const workspace = await openWorkspace(stack);
  await needTool("pulumi");
  await needOwnSettings(stack);
  const pods = await BackupPods.of(stack);
  if (stop) {
    await stopMove(workspace, pods);
    return;
  }
  const { mode } = workspace.settings.database;
  if (mode === to) {
    throw new Problem(
      `Stack ${stack} is set to the ${to} database already. If a move was killed on the last of its way: npm run repair, npm start, npm run move -- --stop.`,
    );
  }
  if (!yes && !(await isSure(consequences(stack, pods.context, to, replace)))) {
    console.log("Nothing was changed.");
    return;
  }
  if (to === "external") {
    const replaceable = replace ? "anything" : "unfinished";
    await moveOut(workspace, pods, { mode: to, url, caCertificate, replaceable });
  } else {
    await moveIn(workspace, replace ? "anything" : "frozen");
  }
  console.log(green(`✓ stack ${stack} has its data in the ${to} database`));
  console.log(`The ${mode} database keeps its copy, which is read only.`);
});

async function moveOut(workspace: Workspace, pods: BackupPods, target: Target): Promise<void> {
  const before = await readFile(workspace.configFile, "utf8");
  const { mode, url, caCertificate } = target;
  await reaching(workspace, pods.context, url, () =>
    pods.withPod((pod) =>
      // The bundled one goes last, so that there is always one to read from.
      move(workspace, before, pod, target, { mode, url, caCertificate, keepBundled: true }),
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
    const target: Target = { mode: "bundled", url, caCertificate: "", replaceable };
    await pods.withPod((pod) =>
      move(workspace, before, pod, target, {
        mode: "bundled",
        url: undefined,
        caCertificate: undefined,
        keepBundled: undefined,
      }),
    );
  } catch (error) {
    // Where the application went back already, or stays, it is not set.
    if ((await openWorkspace(workspace.stack)).settings.database.keepBundled) {
      await bringUp(await changeDatabase(workspace, { keepBundled: undefined }));
    }
    throw error;
  }
}

/**
 * Copies the data and turns the application to the copy. The source is read only from then on.
 *
 * @param before the text of the settings to go back to
 * @param pod has the backups, and the source for its database
 * @param settings turn the application to the target
 */
async function move(
  workspace: Workspace,
  before: string,
  pod: BackupPod,
  target: Target,
  settings: DatabaseSettings,
): Promise<void> {
  step(`Asking the ${target.mode} database`);
  await there(pod, target, "vacant", target.replaceable);
  step("Making the database read only");
  const start = Date.now();
  try {
    await here(pod, "freeze");
    step("Copying the data");
    await untilInterrupted(copy(pod, target));
  } catch (error) {
    await thaw(pod);
    throw error;
  }
  try {
    await bringUp(await changeDatabase(workspace, settings));
  } catch (error) {
    await goBack(workspace, before, pod, target);
    throw error;
  }
  console.log(`Nothing could be written for ${Math.round((Date.now() - start) / 1000)} s.`);
}

/**
 * Gives the application the database back that it had.
 *
 * @throws Problem when it has begun to work with the other one: what was written there would be lost
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
      `That failed when the application had begun to work with the ${target.mode} database, or nobody can tell: it stays there, so that nothing written is lost. Mend the cause, then: npm start, npm run move -- --stop`,
    );
  }
  console.error(
    yellow(
      "That failed: the application goes back to the database that it had. Should this fail too: npm start, npm run move -- --stop",
    ),
  );
  await writeFile(workspace.configFile, before);
  await bringUp(workspace);
  await thaw(pod);
}

/** Makes the source writable again; where that fails, what failed before it is still the cause. */
async function thaw(pod: BackupPod): Promise<void> {
  await here(pod, "thaw").catch((error: unknown) => {
    console.error(
      yellow(
        `The database is still read only (${messageOf(error)}). This ends it: npm run move -- --stop`,
      ),
    );
  });
}

/** Fails at Ctrl-C, so that what was begun is undone; the work itself goes on and counts for nothing. */
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
  await pods.withPod((pod) => here(pod, "thaw"));
  if (workspace.settings.database.keepBundled) {
    await bringUp(await changeDatabase(workspace, { keepBundled: undefined }));
  }
  console.log(
    green(`✓ the ${workspace.settings.database.mode} database is the application's, and writable`),
  );
}

async function bringUp(workspace: Workspace): Promise<void> {
  const { mode, keepBundled } = workspace.settings.database;
  step(
    `Bringing up stack ${workspace.stack} with the ${mode} database${keepBundled ? ", and the bundled one beside it" : ""}`,
  );
  const code = await showPulumi(workspace, onStack(workspace, "up", "--yes", "--skip-preview"));
  if (code !== 0) throw new Problem(`pulumi up ended with exit code ${code}.`);
}

function consequences(stack: Stack, context: string, to: Mode, replace: boolean): string {
  const loss = replace ? ` The data that the ${to} database has are given up.` : "";
  return `This moves the data of stack ${stack} in ${context} to the ${to} database; nothing can be written meanwhile.${loss}`;
}

function commandLine() {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", default: "dev" },
        to: { type: "string" },
        "url-from-env": { type: "string" },
        ca: { type: "string" },
        replace: { type: "boolean", default: false },
        stop: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
      },
    });
    const stack = stackNamed(values.stack);
    const to = (["external", "bundled"] as const).find((known) => known === values.to);
    if (to === undefined && !values.stop) {
      throw new Error(`--to is ${values.to ?? "missing"}; it must be external or bundled.`);
    }
    const url = urlOf(to, values["url-from-env"]);
    const caCertificate = certificatesOf(values.ca, url);
    return { ...values, stack, to: to ?? "bundled", url, caCertificate };
  });
}

function urlOf(to: string | undefined, variable: string | undefined): string {
  if (to !== "external") {
    if (variable === undefined) return "";
    throw new Error("--url-from-env is for --to external.");
  }
  const url = variable === undefined ? "" : (process.env[variable] ?? "");
  if (URL.canParse(url) && /^postgres(ql)?:\/\/\S+$/.test(url)) return url;
  throw new Error(
    `${variable === undefined ? "--url-from-env is missing" : `The variable ${variable} holds no postgresql:// URL`}; special characters of a password are percent-encoded in it.`,
  );
}

function certificatesOf(file: string | undefined, url: string): string {
  const isChecked = /[?&]sslmode=verify-/.test(url);
  if (file === undefined) {
    if (!isChecked || url.includes("sslrootcert=")) return "";
    throw new Error(
      "The URL asks for a check of the server's certificate, so --ca is needed: a file with the certificate of the authority that signed it. The image that copies the data knows none, not even public ones.",
    );
  }
  const text = readFileSync(file, "utf8");
  try {
    new X509Certificate(text);
  } catch {
    throw new Error(`${file} holds no certificates in PEM form.`);
  }
  if (isChecked) return text;
  throw new Error(
    "--ca is given, but the URL does not ask for a check of the server's certificate. End it with ?sslmode=verify-full.",
  );
}
