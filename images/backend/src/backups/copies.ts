import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { Bucket, BucketError } from "./bucket.ts";
import { encrypt } from "./encryption.ts";
import { isBackup, kept, newestFirst, provenIn, type Retention } from "./retention.ts";

/** A copy has the name of its backup, and this at the end if it is encrypted. */
const encryptedEnd = ".age";
const isEncrypted = (copy: string) => copy.endsWith(encryptedEnd);
const backupOf = (copy: string) => copy.replace(/\.age$/, "");

/** Copies of a folder's backups in a bucket, each with a checksum file. */
export class Copies {
  readonly #bucket: Bucket;
  readonly #folder: string;
  readonly #say: (text: string) => void;
  readonly #recipients: readonly string[];

  /** @param recipients public keys of age that new copies are encrypted for; none: they are not encrypted */
  constructor(
    bucket: Bucket,
    folder: string,
    say: (text: string) => void,
    recipients: readonly string[] = [],
  ) {
    this.#bucket = bucket;
    this.#folder = folder;
    this.#say = say;
    this.#recipients = recipients;
  }

  /** Names of the copies, latest first. */
  async list(): Promise<string[]> {
    const objects = new Set(await this.#bucket.list("todo-"));
    return newestFirst([...new Set([...objects].map(backupOf))])
      .flatMap((name) => [name, name + encryptedEnd])
      .filter((copy) => objects.has(copy));
  }

  /** Uploads the backups to keep that the bucket lacks, then deletes the copies that are not kept. */
  async push(retention: Retention): Promise<void> {
    const there = await this.list();
    const backups = new Set(there.map(backupOf));
    const missing = newestFirst(await readdir(this.#folder)).filter((name) => !backups.has(name));
    const keep = kept([...missing, ...backups], retention, await provenIn(this.#folder));
    for (const name of missing.filter((each) => keep.has(each)).reverse()) {
      const file = join(this.#folder, name);
      const [sum = ""] = (await readFile(`${file}.sha256`, "utf8")).split(" ");
      const actual = await checksum(file);
      if (actual !== sum) {
        throw new BucketError(`${name} is damaged: its SHA-256 is ${actual}, not ${sum}.`);
      }
      if (this.#recipients.length === 0) await this.#put(name, file, sum);
      else await this.#putEncrypted(name);
    }
    for (const copy of there.filter((each) => !keep.has(backupOf(each)))) {
      await this.#bucket.remove(copy);
      await this.#bucket.remove(`${copy}.sha256`);
      this.#say(`removed from the bucket: ${copy}`);
    }
    const plain = there.filter((copy) => keep.has(copy));
    if (this.#recipients.length > 0 && plain.length > 0) {
      this.#say(`not encrypted in the bucket, from before the setting: ${plain.join(", ")}`);
    }
  }

  /** @param file with its checksum file beside the backup */
  async #put(copy: string, file: string, sum: string): Promise<void> {
    const beside = join(this.#folder, `${copy}.sha256`);
    // The checksum first, so that an uploaded backup always has one.
    await this.#bucket.put(`${copy}.sha256`, beside, await checksum(beside));
    await this.#bucket.put(copy, file, sum);
    this.#say(`copied to the bucket: ${copy}`);
  }

  /** To a file first, because an upload begins with its size and checksum. */
  async #putEncrypted(name: string): Promise<void> {
    const copy = name + encryptedEnd;
    const part = join(this.#folder, `${copy}.part`);
    try {
      await encrypt(join(this.#folder, name), part, this.#recipients);
      const sum = await checksum(part);
      // Stays, so that the drill knows what was uploaded.
      await writeFile(join(this.#folder, `${copy}.sha256`), `${sum}  ${copy}\n`, { mode: 0o600 });
      await this.#put(copy, part, sum);
    } finally {
      await rm(part, { force: true });
    }
  }

  /**
   * Downloads the latest copy, unless the folder has a backup that is as new. An encrypted one is only compared with
   * its checksum: nothing here can decrypt it.
   *
   * @throws BucketError if copies are encrypted, and the latest is damaged, or the latest backup has none
   */
  async pullNewest(): Promise<void> {
    const copies = await this.list();
    const [here = ""] = newestFirst(await readdir(this.#folder));
    const [there = ""] = copies;
    if (this.#recipients.length > 0 && here !== "" && !copies.map(backupOf).includes(here)) {
      throw new BucketError(
        `The bucket has no copy of ${here}. The next backup makes one: npm run todo -- db backup.`,
      );
    }
    if (isEncrypted(there)) await this.#verify(there);
    else if (there !== "" && newestFirst([here, there])[0] !== here) await this.pull(there);
  }

  async #verify(copy: string): Promise<void> {
    const recorded = join(this.#folder, `${copy}.sha256`);
    const hash = createHash("sha256");
    await this.#bucket.get(copy, hash);
    const actual = hash.digest("hex");
    const expected = await readFile(recorded, "utf8").catch(async () => {
      const part = `${recorded}.part`;
      await this.#bucket.get(`${copy}.sha256`, createWriteStream(part, { mode: 0o600 }));
      return readFile(part, "utf8").finally(() => rm(part));
    });
    if (!expected.startsWith(`${actual} `)) {
      throw new BucketError(
        `The copy ${copy} in the bucket is damaged: its SHA-256 is ${actual}. Delete it there, and the next backup makes another: npm run todo -- db backup.`,
      );
    }
    this.#say(`complete in the bucket, encrypted: ${copy}`);
  }

  /**
   * Downloads a copy from the bucket to the folder, an encrypted one with .part at the end of its name.
   *
   * @throws BucketError if it doesn't exist or doesn't match its checksum
   */
  async pull(copy: string): Promise<void> {
    if (!isBackup(backupOf(copy))) throw new BucketError(`"${copy}" is not the name of a backup.`);
    const file = join(this.#folder, copy);
    const [part, beside] = [`${file}.copy.part`, `${file}.sha256.part`];
    try {
      await this.#bucket.get(`${copy}.sha256`, createWriteStream(beside, { mode: 0o600 }));
      await this.#bucket.get(copy, createWriteStream(part, { mode: 0o600 }));
      const text = await readFile(beside, "utf8");
      const actual = await checksum(part);
      if (!text.startsWith(`${actual} `)) {
        throw new BucketError(`The copy of ${copy} is damaged: its SHA-256 is ${actual}.`);
      }
      if (isEncrypted(copy)) await rename(part, `${file}.part`);
      else {
        await writeFile(`${file}.sha256`, text);
        await rename(part, file);
      }
    } finally {
      await Promise.all([part, beside].map((each) => rm(each, { force: true })));
    }
    this.#say(`copied from the bucket: ${copy}`);
  }
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
