import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { Bucket, BucketError } from "./bucket.ts";
import { isBackup, kept, newestFirst, provenIn, type Retention } from "./retention.ts";

/** Copies of a folder's backups in a bucket, each with a checksum file. */
export class Copies {
  readonly #bucket: Bucket;
  readonly #folder: string;
  readonly #say: (text: string) => void;

  constructor(bucket: Bucket, folder: string, say: (text: string) => void) {
    this.#bucket = bucket;
    this.#folder = folder;
    this.#say = say;
  }

  /** Names of the copies, latest first. */
  async list(): Promise<string[]> {
    return newestFirst(await this.#bucket.list("todo-"));
  }

  /** Uploads the backups to keep that the bucket lacks, then deletes the copies that are not kept. */
  async push(retention: Retention): Promise<void> {
    const there = await this.list();
    const missing = newestFirst(await readdir(this.#folder)).filter(
      (name) => !there.includes(name),
    );
    const keep = kept([...missing, ...there], retention, await provenIn(this.#folder));
    for (const name of missing.filter((each) => keep.has(each)).reverse()) {
      const file = join(this.#folder, name);
      const beside = `${file}.sha256`;
      const [sum = ""] = (await readFile(beside, "utf8")).split(" ");
      const actual = await checksum(file);
      if (actual !== sum) {
        throw new BucketError(`${name} is damaged: its SHA-256 is ${actual}, not ${sum}.`);
      }
      // The checksum first, so that an uploaded backup always has one.
      await this.#bucket.put(`${name}.sha256`, beside, await checksum(beside));
      await this.#bucket.put(name, file, sum);
      this.#say(`copied to the bucket: ${name}`);
    }
    for (const name of there.filter((each) => !keep.has(each))) {
      await this.#bucket.remove(name);
      await this.#bucket.remove(`${name}.sha256`);
      this.#say(`removed from the bucket: ${name}`);
    }
  }

  /** Downloads the latest copy, unless the folder has a backup that is as new. */
  async pullNewest(): Promise<void> {
    const [there] = await this.list();
    const [here = ""] = newestFirst(await readdir(this.#folder));
    if (there !== undefined && newestFirst([here, there])[0] !== here) await this.pull(there);
  }

  /**
   * Downloads a backup from the bucket to the folder.
   *
   * @throws BucketError if it doesn't exist or doesn't match its checksum
   */
  async pull(name: string): Promise<void> {
    if (!isBackup(name)) throw new BucketError(`"${name}" is not the name of a backup.`);
    const file = join(this.#folder, name);
    const [part, beside] = [`${file}.copy.part`, `${file}.sha256.part`];
    try {
      await this.#bucket.get(`${name}.sha256`, beside);
      await this.#bucket.get(name, part);
      const text = await readFile(beside, "utf8");
      const actual = await checksum(part);
      if (!text.startsWith(`${actual} `)) {
        throw new BucketError(`The copy of ${name} is damaged: its SHA-256 is ${actual}.`);
      }
      await writeFile(`${file}.sha256`, text);
      await rename(part, file);
    } finally {
      await Promise.all([part, beside].map((each) => rm(each, { force: true })));
    }
    this.#say(`copied from the bucket: ${name}`);
  }
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
