import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { parseArgs } from "node:util";

import type { BackupPod } from "../database/backup-pod.ts";
import {
  backupName,
  BackupPods,
  checksum,
  folder,
  script,
  sizeText,
} from "../database/backup-pod.ts";
import { green, isSure, main, needAnswers, step, withUsage, yellow } from "../terminal.ts";
import { Problem } from "../../lib/problem.ts";
import { stackNamed, stacks } from "../pulumi/workspace.ts";

const usage = `npm run restore -- <file or name> [--stack ${stacks.join("|")}] [--yes]

Puts a backup in the place of everything that the database has: a file of this machine, or a backup
in the cluster by its name (npm run backup -- --list). It is checked first, and the application goes on
until the moment of the exchange. May be run again at any time.

  --yes  don't ask`;

await main(async () => {
  const { stack, yes, source } = commandLine();
  const isFile = existsSync(source);
  if (!isFile && !backupName.test(source)) {
    throw new Problem(
      `${source} is neither a file of this machine nor the name of a backup. npm run backup -- --list shows those in the cluster.`,
    );
  }
  if (!yes) needAnswers();
  const sum = isFile ? await localChecksum(source) : "";

  const pods = await BackupPods.of(stack);
  const isSource = ({ name }: { name: string }) => name === source;
  const isHere = isFile || (await pods.withPod((pod) => pod.list())).some(isSource);
  if (!isHere && !(pods.hasBucket && (await pods.listBucket()).includes(source))) {
    throw new Problem(
      `There is no backup ${source} in the cluster${pods.hasBucket ? " or the bucket" : ""}. npm run backup -- --list shows them.`,
    );
  }
  const work = async (pod: BackupPod) => {
    const file = isFile ? await upload(pod, source) : `${folder}/${source}`;
    try {
      await tell(pod, ["check", file, sum]);
      if (
        !yes &&
        !(await isSure(
          `This replaces everything in the database of stack ${stack} in ${pods.context}.`,
        ))
      ) {
        console.log("Nothing was changed.");
        return;
      }
      step(`Restoring ${source} into stack ${stack} in ${pods.context}`);
      await tell(pod, ["restore", file, sum]);
      console.log(green(`✓ the database has what ${source} had`));
    } finally {
      if (isFile) await pod.ask(["rm", "-f", file]);
    }
  };
  await (isHere ? pods.withPod(work) : pods.withCopy(source, work));
});

/** SHA-256 of a file, which has to be that of the file beside it. */
async function localChecksum(file: string): Promise<string> {
  const actual = await checksum(file);
  if (!existsSync(`${file}.sha256`)) {
    console.log(
      yellow(`There is no ${file}.sha256: only Postgres itself tells whether the file is whole.`),
    );
    return actual;
  }
  const [expected] = (await readFile(`${file}.sha256`, "utf8")).split(" ");
  if (actual !== expected) {
    throw new Problem(
      `${file} is damaged: its SHA-256 is ${actual} and not ${expected}. Nothing was changed. Take another backup.`,
    );
  }
  return actual;
}

async function upload(pod: BackupPod, source: string): Promise<string> {
  const { size } = await stat(source);
  step(`Copying ${source} into the cluster (${sizeText(size)})`);
  // Should this stop half-way, the next backup removes what is called so.
  const target = `${folder}/restore-${randomBytes(4).toString("hex")}.part`;
  await pod.upload(source, size, target);
  return target;
}

/** Runs the script and passes on what it prints. */
async function tell(pod: BackupPod, args: readonly string[]): Promise<void> {
  const output = new PassThrough();
  output.on("data", (text: Buffer) => process.stdout.write(text));
  const { code, errors } = await pod.exec([...script, ...args], output);
  if (code !== 0) throw new Problem(errors);
}

function commandLine() {
  return withUsage(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        stack: { type: "string", default: "dev" },
        yes: { type: "boolean", default: false },
      },
    });
    const stack = stackNamed(values.stack);
    const [source, ...more] = positionals;
    if (source === undefined) throw new Error("Say what to restore.");
    if (more.length > 0)
      throw new Error(`There is one backup to restore, not ${positionals.length}.`);
    return { ...values, stack, source };
  });
}
