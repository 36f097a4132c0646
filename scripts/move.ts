import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { PassThrough, Readable } from "node:stream";
import { parseArgs } from "node:util";

import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  NetworkingV1Api,
  V1NetworkPolicy,
} from "@kubernetes/client-node";
import { parseDocument } from "yaml";

import type { Settings } from "../config.ts";
import { run } from "../platform/run.ts";
import type { BackupPod } from "./lib/backups.ts";
import { BackupPods, folder, script } from "./lib/backups.ts";
import { onStack, showPulumi } from "./lib/pulumi.ts";
import { differences, tablesOf } from "./lib/rows.ts";
import { green, main, Problem, step, yellow } from "./lib/say.ts";
import { needTool } from "./lib/tools.ts";
import type { Stack, Workspace } from "./lib/workspace.ts";
import { openWorkspace, project, stacks } from "./lib/workspace.ts";

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

/** A database that data is moved to. */
interface Target {
  readonly mode: Mode;
  readonly url: string;
  /** Certificates (PEM) of who signed its certificate, or empty. */
  readonly caCertificate: string;
  /** What may be replaced there, as the backup script names it. */
  readonly replaceable: "unfinished" | "frozen" | "anything";
}

const databaseKey = "todo-chatbot:database";

type Mode = Settings["database"]["mode"];
type DatabaseSettings = Partial<Omit<Settings["database"], "runAsUser">>;

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
  if (!yes && !(await isSure(stack, pods.context, to, replace))) {
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
  await bringUp(await change(workspace, { keepBundled: undefined }));
}

async function moveIn(workspace: Workspace, replaceable: Target["replaceable"]): Promise<void> {
  const before = await readFile(workspace.configFile, "utf8");
  try {
    await bringUp(await change(workspace, { keepBundled: true }));
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
      await bringUp(await change(workspace, { keepBundled: undefined }));
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
    await copy(pod, target);
  } catch (error) {
    await here(pod, "thaw");
    throw error;
  }
  try {
    await bringUp(await change(workspace, settings));
  } catch (error) {
    await goBack(workspace, before, pod, target);
    throw error;
  }
  console.log(`Nothing could be written for ${Math.round((Date.now() - start) / 1000)} s.`);
}

/** Fills the target from a dump of the source, and compares every row. */
async function copy(pod: BackupPod, target: Target): Promise<void> {
  await here(pod, "dump");
  const [dump] = await pod.list();
  if (dump === undefined) throw new Problem("The dump that was just made is gone.");
  await there(pod, target, "load", `${folder}/${dump.name}`, target.replaceable);
  const source = tablesOf(await here(pod, "rows"));
  const unequal = differences(source, tablesOf(await there(pod, target, "rows")));
  if (source.size === 0 || unequal.length > 0) {
    throw new Problem(`The copy is not what it was copied from: ${unequal.join("; ")}.`);
  }
  for (const [table, { rows }] of source) console.log(`  ${table}: ${rows} rows, equal in both`);
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
  await here(pod, "thaw");
}

async function stopMove(workspace: Workspace, pods: BackupPods): Promise<void> {
  await pods.withPod((pod) => here(pod, "thaw"));
  if (workspace.settings.database.keepBundled) {
    await bringUp(await change(workspace, { keepBundled: undefined }));
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

/** Changes what the settings say of the database, all at once; undefined removes. */
async function change(workspace: Workspace, database: DatabaseSettings): Promise<Workspace> {
  const document = parseDocument(await readFile(workspace.configFile, "utf8"));
  const { url, ...plain } = database;
  for (const [field, value] of Object.entries({
    ...plain,
    ...("url" in database && { url: undefined }),
  })) {
    const path = ["config", databaseKey, field];
    if (value !== undefined && value !== "") document.setIn(path, value);
    else if (document.hasIn(path)) document.deleteIn(path);
  }
  const file = join(workspace.folder, `Pulumi.${workspace.stack}.moving.yaml`);
  await writeFile(file, document.toString(), { mode: 0o600 });
  if (url !== undefined) {
    const args = ["config", "set", "--path", "--secret", `${databaseKey}.url`];
    await run(
      "pulumi",
      [...args, "--stack", workspace.stack, "--config-file", file, "--non-interactive"],
      // Through standard input: arguments show in lists of processes.
      { cwd: project, env: workspace.env, stdin: url },
    );
  }
  await rename(file, workspace.configFile);
  return openWorkspace(workspace.stack);
}

/** What a committed file says counts more than what is set beside it. */
async function needOwnSettings(stack: Stack): Promise<void> {
  const file = `Pulumi.${stack}.yaml`;
  const document = parseDocument(await readFile(join(project, file), "utf8"));
  const given = ["mode", "url", "caCertificate", "keepBundled"].filter((field) =>
    document.hasIn(["config", databaseKey, field]),
  );
  if (given.length > 0) {
    throw new Problem(
      `${file} sets ${given.map((field) => `database.${field}`).join(" and ")}, which a move has to change. Take that out of the file: npm start -- --set database.mode=… keeps it beside.`,
    );
  }
}

/** A command of the backup script, on the database that the pod was started with. */
function here(pod: BackupPod, ...args: readonly string[]): Promise<string> {
  return pod.ask([...script, ...args]);
}

/** The same on the target, whose URL shows in no argument. */
async function there(
  pod: BackupPod,
  { mode, url, caCertificate }: Target,
  ...args: readonly string[]
): Promise<string> {
  const shell = [
    "read -r DATABASE_URL",
    "read -r certificates",
    "unset PGSSLROOTCERT",
    'if [ -n "$certificates" ]; then export PGSSLROOTCERT=/tmp/target-ca.pem; base64 --decode <<<"$certificates" >"$PGSSLROOTCERT"; fi',
    "export DATABASE_URL",
    'exec "$@" </dev/null',
  ].join("\n");
  const output = new PassThrough();
  let text = "";
  output.setEncoding("utf8").on("data", (part: string) => (text += part));
  const command = ["bash", "-c", shell, "move", ...script, ...args];
  const input = `${url}\n${Buffer.from(caCertificate).toString("base64")}\n`;
  const { code, errors } = await pod.exec(command, output, Readable.from([input]));
  if (code !== 0) throw new Problem(`The ${mode} database: ${errors}`);
  return text;
}

/** URL of the bundled database, as its Secret says. */
async function bundledUrl({ settings }: Workspace, context: string): Promise<string> {
  const { data = {} } = await clusterOf(context)
    .makeApiClient(CoreV1Api)
    .readNamespacedSecret({ namespace: settings.cluster.namespace, name: "db-credentials" });
  const value = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
  const [user, password, database] = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"].map(
    (key) => encodeURIComponent(value(key)),
  );
  return `postgresql://${user}:${password}@database-service:5432/${database}`;
}

/** Lets the pods of the backups reach the port of an external database while something is done. */
async function reaching<T>(
  { settings }: Workspace,
  context: string,
  url: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!settings.network.policies) return work();
  const api = clusterOf(context).makeApiClient(NetworkingV1Api);
  const { namespace } = settings.cluster;
  const name = "allow-move";
  const remove = () =>
    api.deleteNamespacedNetworkPolicy({ namespace, name }).catch((error: unknown) => {
      if (!(error instanceof ApiException) || error.code !== 404) throw error;
    });
  await remove();
  await api.createNamespacedNetworkPolicy({
    namespace,
    body: Object.assign(new V1NetworkPolicy(), {
      metadata: { name },
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/component": "backup" } },
        policyTypes: ["Egress"],
        egress: [{ ports: [{ port: Number(new URL(url).port || 5432), protocol: "TCP" }] }],
      },
    }),
  });
  try {
    return await work();
  } finally {
    await remove();
  }
}

function clusterOf(context: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  config.setCurrentContext(context);
  return config;
}

async function isSure(stack: Stack, context: string, to: Mode, replace: boolean): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Problem("Nobody can be asked here. Add --yes, and nothing is asked.");
  }
  const consequence = replace ? ` The data that the ${to} database has are given up.` : "";
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(
    yellow(
      `This moves the data of stack ${stack} in ${context} to the ${to} database; nothing can be written meanwhile.${consequence} Type yes to go on: `,
    ),
  );
  terminal.close();
  return answer.trim() === "yes";
}

function commandLine() {
  try {
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
    const stack = stacks.find((known) => known === values.stack);
    if (stack === undefined) throw new Error(`There is no stack "${values.stack}".`);
    const to = (["external", "bundled"] as const).find((known) => known === values.to);
    if (to === undefined && !values.stop) {
      throw new Error(`--to is ${values.to ?? "missing"}; it must be external or bundled.`);
    }
    const url = urlOf(to, values["url-from-env"]);
    const caCertificate = certificatesOf(values.ca, url);
    return { ...values, stack, to: to ?? "bundled", url, caCertificate };
  } catch (error) {
    throw new Problem(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
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
  if (file === undefined) return "";
  const text = readFileSync(file, "utf8");
  try {
    new X509Certificate(text);
  } catch {
    throw new Error(`${file} holds no certificates in PEM form.`);
  }
  if (/[?&]sslmode=verify-/.test(url)) return text;
  throw new Error(
    "--ca is given, but the URL does not ask for a check of the server's certificate. End it with ?sslmode=verify-full.",
  );
}
