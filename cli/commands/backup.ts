import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { BackupPods, checksum, folder, sizeText, timeText } from "../database/backup-pod.ts";
import { needsRescue, rescue } from "../database/rescue.ts";
import { clusterOf } from "../kubernetes/session.ts";
import { green, step } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../stacks.ts";
import { todoCommand } from "../stacks.ts";

export interface BackupOptions {
  readonly stack: Stack;
  readonly list?: boolean | undefined;
  /** Name of a backup. */
  readonly download?: string | undefined;
  /** Folder to copy the backup to. */
  readonly to?: string | undefined;
}

export async function backup({ stack, list, download, to }: BackupOptions): Promise<void> {
  const isNew = !list && download === undefined;
  if (isNew && to !== undefined) {
    // Read-only, so ownership is not checked: the state may be lost, and this may be the last resort.
    const cluster = await clusterOf(stack);
    if (await needsRescue(cluster)) {
      step(`Saving the database of stack ${stack} from its own pod`);
      done(await rescue(cluster, to), stack);
      return;
    }
  }
  const pods = await BackupPods.of(stack);
  if (list) await show(pods, stack);
  else if (download !== undefined) await fetchBackup(pods, stack, download, to ?? ".");
  else {
    const name = await make(pods, stack);
    if (to !== undefined) await fetchBackup(pods, stack, name, to);
    else
      console.log(`Copy it to this machine: ${todoCommand("db backup", stack)} --download ${name}`);
  }
}

async function make(pods: BackupPods, stack: Stack): Promise<string> {
  step(`Backing up the database of stack ${stack} in ${pods.context}`);
  const log = await pods.run((text) => process.stdout.write(text));
  const [, name = "", bytes = "0"] = /^backed up: (\S+) \((\d+) bytes\)$/m.exec(log) ?? [];
  console.log(green(`✓ ${name}, ${sizeText(Number(bytes))}`));
  return name;
}

async function show(pods: BackupPods, stack: Stack): Promise<void> {
  const backups = await pods.withPod((pod) => pod.list());
  // If the bucket can't be listed, still show the backups in the cluster.
  const asked = pods.hasBucket ? await pods.listBucket().catch(problem) : [];
  const copies = asked instanceof Problem ? [] : asked;
  if (backups.length + copies.length === 0) {
    if (asked instanceof Problem) throw asked;
    console.log(`There is no backup yet. Create one: ${todoCommand("db backup", stack)}`);
    return;
  }
  for (const { name, bytes } of backups) {
    const copy = copies.find((each) => backupOf(each) === name);
    const where = copy === undefined ? "" : `  also in the bucket${encryption(copy)}`;
    console.log(`${name}  ${timeText(name)}  ${sizeText(bytes).padStart(10)}${where}`);
  }
  for (const copy of copies) {
    const name = backupOf(copy);
    if (backups.some((backup) => backup.name === name)) continue;
    console.log(`${name}  ${timeText(name)}  in the bucket only${encryption(copy)}`);
  }
  if (asked instanceof Problem) {
    throw new Problem(`The backups in the bucket can't be listed: ${asked.message}`);
  }
}

const backupOf = (copy: string) => copy.replace(/\.age$/, "");
const encryption = (copy: string) => (copy.endsWith(".age") ? ", encrypted" : "");

function problem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}

async function fetchBackup(
  pods: BackupPods,
  stack: Stack,
  name: string,
  to: string,
): Promise<void> {
  await mkdir(to, { recursive: true });
  const file = join(to, name);
  if (existsSync(file)) throw new Problem(`${file} already exists; nothing was copied.`);
  const part = `${file}.part`;
  try {
    await pods.withPod(async (pod) => {
      const known = (await pod.list()).find((backup) => backup.name === name);
      if (known === undefined) {
        throw new Problem(
          `There is no backup ${name} in the cluster. ${todoCommand("db backup", stack)} --list shows them.`,
        );
      }
      step(`Copying ${name} (${sizeText(known.bytes)})`);
      const [expected = ""] = (await pod.ask(["cat", `${folder}/${name}.sha256`])).split(" ");
      await pod.download(`${folder}/${name}`, part);
      const actual = await checksum(part);
      if (actual !== expected) {
        throw new Problem(
          `The download of ${name} has SHA-256 ${actual}, expected ${expected}, and was discarded. Try again; if it happens again, the backup is damaged.`,
        );
      }
      await rename(part, file);
      await writeFile(`${file}.sha256`, `${expected}  ${name}\n`);
    });
  } finally {
    await rm(part, { force: true });
  }
  done(file, stack);
}

function done(file: string, stack: Stack): void {
  console.log(green(`✓ ${file}`));
  console.log(`Restore it: ${todoCommand("db restore", stack)} ${file}`);
}
