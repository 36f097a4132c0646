import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { PassThrough } from "node:stream";

import type { BackupPod } from "../database/backup-pod.ts";
import {
  backupName,
  BackupPods,
  checksum,
  folder,
  script,
  sizeText,
} from "../database/backup-pod.ts";
import { confirm, ensureTerminal, green, step, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { UsageError } from "../command-line.ts";
import type { Stack } from "../stacks.ts";
import { todoCommand } from "../stacks.ts";

export interface RestoreOptions {
  readonly stack: Stack;
  /** Whether to skip confirmation. */
  readonly yes?: boolean | undefined;
}

/** @param source a file on this machine, or the name of a backup */
export async function restore(source: string, { stack, yes }: RestoreOptions): Promise<void> {
  const isFile = existsSync(source);
  if (!isFile && !backupName.test(source)) {
    throw new UsageError(
      `${source} is neither a file on this machine nor the name of a backup. ${todoCommand("db backup", stack)} --list shows those in the cluster.`,
    );
  }
  if (!yes) ensureTerminal();
  const sum = isFile ? await localChecksum(source) : "";

  const pods = await BackupPods.of(stack);
  const isSource = ({ name }: { name: string }) => name === source;
  const isHere = isFile || (await pods.withPod((pod) => pod.list())).some(isSource);
  if (!isHere && !(pods.hasBucket && (await pods.listBucket()).includes(source))) {
    throw new Problem(
      `There is no backup ${source} in the cluster${pods.hasBucket ? " or the bucket" : ""}. ${todoCommand("db backup", stack)} --list shows them.`,
    );
  }
  const work = async (pod: BackupPod) => {
    const file = isFile ? await upload(pod, source) : `${folder}/${source}`;
    try {
      await runScript(pod, ["check", file, sum]);
      if (
        !yes &&
        !(await confirm(
          `This replaces everything in the database of stack ${stack} in ${pods.context}.`,
        ))
      ) {
        console.log("Nothing was changed.");
        return;
      }
      step(`Restoring ${source} into stack ${stack} in ${pods.context}`);
      await runScript(pod, ["restore", file, sum]);
      console.log(green(`✓ restored ${source}`));
    } finally {
      if (isFile) await pod.ask(["rm", "-f", file]);
    }
  };
  await (isHere ? pods.withPod(work) : pods.withCopy(source, work));
}

/** SHA-256 of a file. @throws Problem when it differs from the one in the `.sha256` file */
async function localChecksum(file: string): Promise<string> {
  const actual = await checksum(file);
  if (!existsSync(`${file}.sha256`)) {
    console.log(
      yellow(`There is no ${file}.sha256: only Postgres can tell whether the file is complete.`),
    );
    return actual;
  }
  const [expected] = (await readFile(`${file}.sha256`, "utf8")).split(" ");
  if (actual !== expected) {
    throw new Problem(
      `${file} is damaged: its SHA-256 is ${actual}, expected ${expected}. Nothing was changed. Use another backup.`,
    );
  }
  return actual;
}

async function upload(pod: BackupPod, source: string): Promise<string> {
  const { size } = await stat(source);
  step(`Copying ${source} into the cluster (${sizeText(size)})`);
  // If this is interrupted, the next backup removes files with this name.
  const target = `${folder}/restore-${randomBytes(4).toString("hex")}.part`;
  await pod.upload(source, size, target);
  return target;
}

/** Runs the script and prints its output. */
async function runScript(pod: BackupPod, args: readonly string[]): Promise<void> {
  const output = new PassThrough();
  output.on("data", (text: Buffer) => process.stdout.write(text));
  const { code, errors } = await pod.exec([...script, ...args], output);
  if (code !== 0) throw new Problem(errors);
}
