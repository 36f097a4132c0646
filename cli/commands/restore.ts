import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";

import type { Identity } from "../database/age.ts";
import { decrypt, isEncrypted, readIdentity } from "../database/age.ts";
import type { BackupPod } from "../database/backup-pod.ts";
import {
  backupName,
  BackupPods,
  checksum,
  folder,
  script,
  sizeText,
} from "../database/backup-pod.ts";
import type { Loss } from "../database/lost-volumes.ts";
import { replaceLostVolumes } from "../database/lost-volumes.ts";
import { confirm, ensureTerminal, green, step, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import { UsageError } from "../command-line.ts";
import type { Stack } from "../stacks.ts";
import { todoCommand } from "../stacks.ts";

export interface RestoreOptions {
  readonly stack: Stack;
  /** Whether to skip confirmation. */
  readonly yes?: boolean | undefined;
  /** File with private keys, for an encrypted copy. */
  readonly identity?: string | undefined;
  /** Whether only to verify the backup. */
  readonly check?: boolean | undefined;
  /** Whether to replace PVCs whose volume is lost first. */
  readonly lostVolume?: boolean | undefined;
}

/** @param source a file on this machine, or the name of a backup */
export async function restore(source: string, options: RestoreOptions): Promise<void> {
  const { stack, yes, check, lostVolume } = options;
  const isFile = existsSync(source);
  if (!isFile && !backupName.test(source)) {
    throw new UsageError(
      `${source} is neither a file on this machine nor the name of a backup. ${todoCommand("db backup", stack)} --list shows those in the cluster.`,
    );
  }
  if (!yes && !check) ensureTerminal();
  const identity =
    options.identity === undefined ? undefined : await readIdentity(options.identity);
  await using scratch = await temporaryFolder();
  const plain = join(scratch.path, "backup.dump");
  const file = isFile ? await plainFile(source, plain, identity) : undefined;
  const from = { source, file, identity, scratch: scratch.path };
  if (!lostVolume) {
    await restoreFrom(from, options);
    return;
  }

  const ensureBackup = async ({ context, inWords, losesBackups }: Loss) => {
    if (isFile) return;
    const pods = await BackupPods.of(stack);
    if (!losesBackups) await placeOf(pods, source, identity, stack);
    else if (!pods.hasBucket) {
      throw new Problem(
        `Nothing was changed. Backup ${source} is lost with ${inWords} in ${context}, and there is no bucket: name a file on this machine.`,
      );
    }
  };
  if (await replaceLostVolumes({ stack, yes, source, ensureBackup })) {
    await restoreFrom(from, { ...options, yes: true });
  }
}

interface Source {
  /** What the user named. */
  readonly source: string;
  /** The file on this machine, if it is one. */
  readonly file: PlainFile | undefined;
  readonly identity: Identity | undefined;
  /** Folder for what is decrypted. */
  readonly scratch: string;
}

async function restoreFrom(
  { source, file, identity, scratch }: Source,
  options: RestoreOptions,
): Promise<void> {
  const { stack } = options;
  const pods = await BackupPods.of(stack);
  if (file !== undefined) {
    await pods.withPod((pod) => restoreFile(pod, pods.context, source, file, options));
    return;
  }
  const place = await placeOf(pods, source, identity, stack);
  if (place === "cluster" || identity === undefined) {
    const work = (pod: BackupPod) =>
      restoreInPod(pod, pods.context, source, `${folder}/${source}`, "", options);
    await (place === "cluster" ? pods.withPod(work) : pods.withCopy(source, work));
    return;
  }
  await pods.withCopy(`${source}.age`, async (pod) => {
    const [there, here] = [`${folder}/${source}.age.part`, join(scratch, "backup.age")];
    step(`Decrypting ${source} on this machine`);
    await pod.download(there, here).finally(() => pod.ask(["rm", "-f", there]));
    const path = join(scratch, "backup.dump");
    await decrypt(here, path, identity, source);
    const decrypted = { path, sum: await checksum(path), isTemporary: true };
    await restoreFile(pod, pods.context, source, decrypted, options);
  });
}

/** A file on this machine that is not encrypted. */
interface PlainFile {
  readonly path: string;
  /** Its SHA-256. */
  readonly sum: string;
  /** Whether it is removed as soon as it is in the cluster: it was encrypted. */
  readonly isTemporary: boolean;
}

/** A file on this machine, decrypted to another if need be. */
async function plainFile(
  source: string,
  target: string,
  identity: Identity | undefined,
): Promise<PlainFile> {
  const encrypted = await isEncrypted(source);
  if (!encrypted && identity !== undefined) {
    throw new Problem(`${source} is not encrypted: leave out --identity. Nothing was changed.`);
  }
  const sum = await localChecksum(source, encrypted);
  if (!encrypted) return { path: source, sum, isTemporary: false };
  if (identity === undefined) {
    throw new Problem(
      `${source} is encrypted. Name the file with its private key: --identity <file>. Nothing was changed.`,
    );
  }
  await decrypt(source, target, identity, source);
  return { path: target, sum: await checksum(target), isTemporary: true };
}

/** Where a backup is. With an identity only the encrypted copy counts. */
async function placeOf(
  pods: BackupPods,
  name: string,
  identity: Identity | undefined,
  stack: Stack,
): Promise<"cluster" | "bucket"> {
  const list = `${todoCommand("db backup", stack)} --list shows the backups.`;
  if (identity === undefined) {
    const backups = await pods.withPod((pod) => pod.list());
    if (backups.some((backup) => backup.name === name)) return "cluster";
  }
  const copies = pods.hasBucket ? await pods.listBucket() : [];
  const isCopied = copies.includes(`${name}.age`);
  if (identity !== undefined) {
    if (isCopied) return "bucket";
    throw new Problem(
      `There is no encrypted copy of ${name}${pods.hasBucket ? " in the bucket" : ", because there is no bucket"}: leave out --identity. ${list}`,
    );
  }
  if (copies.includes(name)) return "bucket";
  throw new Problem(
    isCopied
      ? `The only copy of ${name} is encrypted. Name the file with its private key: --identity <file>. Nothing was changed.`
      : `There is no backup ${name} in the cluster${pods.hasBucket ? " or the bucket" : ""}. ${list}`,
  );
}

/** Restores a file on this machine. */
async function restoreFile(
  pod: BackupPod,
  context: string,
  source: string,
  { path, sum, isTemporary }: PlainFile,
  options: RestoreOptions,
): Promise<void> {
  const file = await upload(pod, path, source);
  if (isTemporary) await rm(path);
  try {
    await restoreInPod(pod, context, source, file, sum, options);
  } finally {
    await pod.ask(["rm", "-f", file]);
  }
}

/** Restores a file in the pod. */
async function restoreInPod(
  pod: BackupPod,
  context: string,
  source: string,
  file: string,
  sum: string,
  { stack, yes, check }: RestoreOptions,
): Promise<void> {
  await runScript(pod, ["check", file, sum]);
  if (check) {
    console.log(green(`✓ ${source} is complete; nothing was changed`));
    return;
  }
  const consequence = `This replaces everything in the database of stack ${stack} in ${context}.`;
  if (!yes && !(await confirm(consequence))) {
    console.log("Nothing was changed.");
    return;
  }
  step(`Restoring ${source} into stack ${stack} in ${context}`);
  await runScript(pod, ["restore", file, sum]);
  console.log(green(`✓ restored ${source}`));
}

/** SHA-256 of a file. @throws Problem when it differs from the one in the `.sha256` file */
async function localChecksum(file: string, encrypted: boolean): Promise<string> {
  const actual = await checksum(file);
  if (!existsSync(`${file}.sha256`)) {
    // Decryption finds what is missing or changed.
    if (!encrypted) {
      console.log(
        yellow(`There is no ${file}.sha256: only Postgres can tell whether the file is complete.`),
      );
    }
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

async function upload(pod: BackupPod, file: string, source: string): Promise<string> {
  const { size } = await stat(file);
  step(`Copying ${source} into the cluster (${sizeText(size)})`);
  // If this is interrupted, the next backup removes files with this name.
  const target = `${folder}/restore-${randomBytes(4).toString("hex")}.part`;
  await pod.upload(file, size, target);
  return target;
}

/** Runs the script and prints its output. */
async function runScript(pod: BackupPod, args: readonly string[]): Promise<void> {
  const output = new PassThrough();
  output.on("data", (text: Buffer) => process.stdout.write(text));
  const { code, errors } = await pod.exec([...script, ...args], output);
  if (code !== 0) throw new Problem(errors);
}
