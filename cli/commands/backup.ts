import { createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import {
  backupName,
  BackupPods,
  checksum,
  folder,
  sizeText,
  timeText,
} from "../database/backup-pod.ts";
import { green, main, step, withUsage } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import type { Stack } from "../pulumi/workspace.ts";
import { stackNamed, stacks } from "../pulumi/workspace.ts";

const usage = `npm run backup -- [--stack ${stacks.join("|")}] [--list | --download <name> [--to <folder>]]

Makes a backup of the database now, beside those of storage.backup.schedule.

  --list      shows the backups in the cluster
  --download  copies one to this machine, with its checksum
  --to        folder that it goes to (default: this one)`;

await main(async () => {
  const { stack, list, download, to } = commandLine();
  if (download !== undefined && !backupName.test(download)) {
    throw new Problem(
      `"${download}" is no name of a backup; they look like todo-20261122T030000Z.dump. npm run backup -- --list shows them.`,
    );
  }
  const pods = await BackupPods.of(stack);
  if (list) await show(pods, stack);
  else if (download !== undefined) await fetchBackup(pods, download, to);
  else await make(pods, stack);
});

async function make(pods: BackupPods, stack: Stack): Promise<void> {
  step(`Backing up the database of stack ${stack} in ${pods.context}`);
  const log = await pods.run((text) => process.stdout.write(text));
  const [, name = "", bytes = "0"] = /^backed up: (\S+) \((\d+) bytes\)$/m.exec(log) ?? [];
  console.log(green(`✓ ${name}, ${sizeText(Number(bytes))}`));
  console.log(`Copy it to this machine: npm run backup -- ${onStack(stack)}--download ${name}`);
}

async function show(pods: BackupPods, stack: Stack): Promise<void> {
  const backups = await pods.withPod((pod) => pod.list());
  // A bucket that refuses is no reason to hide what the cluster has.
  const asked = pods.hasBucket ? await pods.listBucket().catch(problem) : [];
  const copies = asked instanceof Problem ? [] : asked;
  if (backups.length + copies.length === 0) {
    if (asked instanceof Problem) throw asked;
    console.log(
      `There is no backup yet. Make one: npm run backup${stack === "dev" ? "" : ` -- --stack ${stack}`}`,
    );
    return;
  }
  for (const { name, bytes } of backups) {
    console.log(
      `${name}  ${timeText(name)}  ${sizeText(bytes).padStart(10)}${copies.includes(name) ? "  in the bucket too" : ""}`,
    );
  }
  for (const name of copies.filter((copy) => backups.every((backup) => backup.name !== copy))) {
    console.log(`${name}  ${timeText(name)}  in the bucket alone`);
  }
  if (asked instanceof Problem) {
    throw new Problem(`What the bucket has is not known: ${asked.message}`);
  }
}

function problem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
}

async function fetchBackup(pods: BackupPods, name: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const file = join(to, name);
  if (existsSync(file)) throw new Problem(`${file} is there already; nothing was copied.`);
  const part = `${file}.part`;
  try {
    await pods.withPod(async (pod) => {
      const known = (await pod.list()).find((backup) => backup.name === name);
      if (known === undefined) {
        throw new Problem(
          `There is no backup ${name} in the cluster. npm run backup -- --list shows them.`,
        );
      }
      step(`Copying ${name} (${sizeText(known.bytes)})`);
      const [expected = ""] = (await pod.ask(["cat", `${folder}/${name}.sha256`])).split(" ");
      const output = createWriteStream(part, { mode: 0o600 });
      const written = new Promise<void>((resolve, reject) => {
        output.on("close", resolve).on("error", reject);
      });
      const { code, errors } = await pod.exec(["cat", `${folder}/${name}`], output);
      await written;
      if (code !== 0) throw new Problem(`${name} can't be read: ${errors}`);
      const actual = await checksum(part);
      if (actual !== expected) {
        throw new Problem(
          `What arrived of ${name} has SHA-256 ${actual} and not ${expected}, so it was thrown away. Try again; if it stays, that backup is damaged.`,
        );
      }
      await rename(part, file);
      await writeFile(`${file}.sha256`, `${expected}  ${name}\n`);
    });
  } finally {
    await rm(part, { force: true });
  }
  console.log(green(`✓ ${file}`));
  console.log(`Put it back: npm run restore -- ${file}`);
}

function onStack(stack: Stack): string {
  return stack === "dev" ? "" : `--stack ${stack} `;
}

function commandLine() {
  return withUsage(usage, () => {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", default: "dev" },
        list: { type: "boolean", default: false },
        download: { type: "string" },
        to: { type: "string", default: "." },
      },
    });
    const stack = stackNamed(values.stack);
    if (values.list && values.download !== undefined) {
      throw new Error("--list and --download are two commands; give one of them.");
    }
    return { ...values, stack };
  });
}
