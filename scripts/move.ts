import { open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { PassThrough, Readable } from "node:stream";
import { parseArgs } from "node:util";

import {
  ApiException,
  KubeConfig,
  NetworkingV1Api,
  V1NetworkPolicy,
} from "@kubernetes/client-node";

import { run } from "../platform/run.ts";
import type { BackupPod } from "./lib/backups.ts";
import { BackupPods, folder, script } from "./lib/backups.ts";
import { differentRows, rowsOf } from "./lib/rows.ts";
import type { Rows } from "./lib/rows.ts";
import { onStack, showPulumi } from "./lib/pulumi.ts";
import { green, main, Problem, step, yellow } from "./lib/say.ts";
import { needTool } from "./lib/tools.ts";
import type { Stack, Workspace } from "./lib/workspace.ts";
import { openWorkspace, project, stacks } from "./lib/workspace.ts";

const usage = `npm run move -- --to external --url-from-env <variable> | --to bundled | --undo
                [--stack ${stacks.join("|")}] [--yes]

Moves the data to another database and the application with it: from the one in the cluster (bundled)
to one elsewhere (external), or back. Meanwhile reading works and writing does not. When anything
fails, the application goes on with the database that it had.

  --to            external or bundled
  --url-from-env  environment variable with the postgresql:// URL of the external database
  --undo          makes the database writable again after a move that was killed
  --yes           don't ask`;

const setting = "todo-chatbot:database.url";
const writable = "PGOPTIONS=-c default_transaction_read_only=off";

await main(async () => {
  const { stack, yes, undo, to, url } = commandLine();
  const workspace = await openWorkspace(stack);
  await needTool("pulumi");
  const pods = await BackupPods.of(stack);
  if (undo) {
    await pods.withPod((pod) => call(pod, "thaw"));
    console.log(green("✓ the database of the stack is writable"));
    return;
  }
  const { mode } = workspace.settings.database;
  if (mode === to) throw new Problem(`Stack ${stack} has its data in a ${to} database already.`);
  if (!yes && !(await isSure(stack, pods.context, to))) {
    console.log("Nothing was changed.");
    return;
  }
  if (to === "external") await moveOut(workspace, pods, url);
  else await moveIn(workspace, pods);
  console.log(green(`✓ stack ${stack} has its data in the ${to} database`));
  console.log(`The ${mode} database keeps its copy, which is read only.`);
});

/** Everything is in the external database before the application turns to it. */
async function moveOut(workspace: Workspace, pods: BackupPods, url: string): Promise<void> {
  await withWayOut(workspace, url, () =>
    pods.withPod(async (pod) => {
      step("Asking the external database");
      await target(pod, url, "vacant");
      await frozen(pod, async (file, before) => {
        step("Copying the data");
        await target(pod, url, "load", file);
        compare(before, rowsOf(await target(pod, url, "rows")));
      });
    }),
  );
  const before = await readFile(workspace.configFile, "utf8");
  await orBack(workspace, before, async () => {
    await setUrl(workspace, url);
    await bringUp(await openWorkspace(workspace.stack, { "database.mode": "external" }));
  });
}

/** The bundled database is not there before the application turns to it, and gets the data then. */
async function moveIn(workspace: Workspace, pods: BackupPods): Promise<void> {
  const { file, rows } = await pods.withPod((pod) =>
    frozen(pod, (name, before) => Promise.resolve({ file: name, rows: before })),
  );
  const before = await readFile(workspace.configFile, "utf8");
  await orBack(workspace, before, async () => {
    const remove = ["config", "rm", "--path", setting, "--non-interactive"];
    await run("pulumi", onStack(workspace, ...remove), { cwd: project, env: workspace.env });
    await bringUp(await openWorkspace(workspace.stack, { "database.mode": "bundled" }));
    const here = await BackupPods.of(workspace.stack);
    await here.withPod(async (pod) => {
      step("Copying the data");
      await pod.ask(["env", writable, ...script, "restore", file]);
      compare(rows, rowsOf(await call(pod, "rows")));
      await call(pod, "thaw");
    });
  });
}

/** Makes the source read only and a copy of it; when `work` fails, it is writable again. */
async function frozen<T>(
  pod: BackupPod,
  work: (file: string, rows: Rows) => Promise<T>,
): Promise<T> {
  step("Making the database read only, and a backup of it");
  try {
    await call(pod, "freeze");
    const [, name = ""] = /^backed up: (\S+)/m.exec(await call(pod, "backup")) ?? [];
    return await work(`${folder}/${name}`, rowsOf(await call(pod, "rows")));
  } catch (error) {
    await call(pod, "thaw");
    throw error;
  }
}

function compare(source: Rows, copy: Rows): void {
  const differences = differentRows(source, copy);
  if (differences.length > 0) {
    throw new Problem(`The copy is not what it was copied from: ${differences.join("; ")}.`);
  }
  for (const [table, count] of source) console.log(`  ${table}: ${count} rows in both`);
}

/** When the work fails, puts the settings back and the application, and lets it write again. */
async function orBack(
  workspace: Workspace,
  before: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(yellow("That failed: the application goes back to the database that it had"));
    await writeFile(workspace.configFile, before);
    await bringUp(workspace);
    await (await BackupPods.of(workspace.stack)).withPod((pod) => call(pod, "thaw"));
    throw error;
  }
}

async function bringUp(workspace: Workspace): Promise<void> {
  step(
    `Bringing up stack ${workspace.stack} with the ${workspace.settings.database.mode} database`,
  );
  const code = await showPulumi(workspace, onStack(workspace, "up", "--yes", "--skip-preview"));
  if (code !== 0) throw new Problem(`pulumi up ended with exit code ${code}.`);
}

/** Through standard input: arguments show in lists of processes. */
async function setUrl(workspace: Workspace, url: string): Promise<void> {
  const file = join(workspace.folder, `url-${process.pid}`);
  await writeFile(file, url, { mode: 0o600 });
  const input = await open(file);
  try {
    const args = onStack(workspace, "config", "set", "--path", "--secret", setting);
    const options = { cwd: project, env: workspace.env, stdin: input.fd };
    await run("pulumi", [...args, "--non-interactive"], options);
  } finally {
    await input.close();
    await rm(file);
  }
}

/** A command of the backup script, on the stack's own database. */
function call(pod: BackupPod, ...args: readonly string[]): Promise<string> {
  return pod.ask([...script, ...args]);
}

/** The same on another database, whose URL shows in no argument. */
async function target(pod: BackupPod, url: string, ...args: readonly string[]): Promise<string> {
  const shell = 'read -r DATABASE_URL; export DATABASE_URL; exec "$@"';
  const output = new PassThrough();
  let text = "";
  output.setEncoding("utf8").on("data", (part: string) => (text += part));
  const command = ["bash", "-c", shell, "move", ...script, ...args];
  const { code, errors } = await pod.exec(command, output, Readable.from([`${url}\n`]));
  if (code !== 0) throw new Problem(`The external database can't be moved to. ${errors}`);
  return text;
}

/** Lets the pods of the backups reach the port of the external database while something is done. */
async function withWayOut<T>(
  workspace: Workspace,
  url: string,
  work: () => Promise<T>,
): Promise<T> {
  const { cluster, network } = workspace.settings;
  if (!network.policies) return work();
  const config = new KubeConfig();
  config.loadFromDefault();
  config.setCurrentContext((await BackupPods.of(workspace.stack)).context);
  const api = config.makeApiClient(NetworkingV1Api);
  const policy = { name: "allow-move", namespace: cluster.namespace };
  const remove = () =>
    api.deleteNamespacedNetworkPolicy(policy).catch((error: unknown) => {
      if (!(error instanceof ApiException) || error.code !== 404) throw error;
    });
  await remove();
  await api.createNamespacedNetworkPolicy({
    namespace: cluster.namespace,
    body: Object.assign(new V1NetworkPolicy(), {
      metadata: policy,
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

async function isSure(stack: Stack, context: string, to: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Problem("Nobody can be asked here. Add --yes, and nothing is asked.");
  }
  const consequence =
    to === "bundled" ? " What the bundled database has of an earlier time is replaced." : "";
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
        undo: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
      },
    });
    const stack = stacks.find((known) => known === values.stack);
    if (stack === undefined) throw new Error(`There is no stack "${values.stack}".`);
    const to = (["external", "bundled"] as const).find((known) => known === values.to);
    if (to === undefined && !values.undo) {
      throw new Error(`--to is ${values.to ?? "missing"}; it must be external or bundled.`);
    }
    return { ...values, stack, to: to ?? "bundled", url: urlOf(to, values["url-from-env"]) };
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
