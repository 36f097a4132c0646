import { createReadStream, createWriteStream } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";

import { Decrypter, generateIdentity, identityToRecipient } from "age-encryption";

import { Problem } from "../../lib/problem.ts";

/** Private keys of age, and the file that they are from. */
export interface Identity {
  readonly file: string;
  readonly keys: readonly string[];
}

/**
 * Creates a key pair of age.
 *
 * @param file for the private key; readable for its owner only
 * @returns the public key
 * @throws Problem if the file exists or can't be written
 */
export async function createKey(file: string): Promise<string> {
  const key = await generateIdentity();
  const recipient = await identityToRecipient(key);
  // As age-keygen writes it.
  const text = `# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${key}\n`;
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Problem(
      code === "EEXIST"
        ? `${file} already exists, and was not changed. Name a file that doesn't.`
        : `The key was not created: ${message}`,
    );
  }
  return recipient;
}

/**
 * Reads private keys, one a line, from a file of `todo db key` or age-keygen.
 *
 * @throws Problem, which contains none of them, if it has none or something else
 */
export async function readIdentity(file: string): Promise<Identity> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new Problem(`--identity ${file} can't be read: ${(error as Error).message}`);
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const areKeys = await Promise.all(
    keys.map((key) =>
      identityToRecipient(key).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (keys.length > 0 && areKeys.every(Boolean)) return { file, keys };
  throw new Problem(
    `--identity ${file} is not a file with private keys of age (AGE-SECRET-KEY-1…), one a line, as npm run todo -- db key writes it. Nothing was changed.`,
  );
}

/** Whether a file begins as those of age do. */
export async function isEncrypted(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(19), 0, 19, 0);
  return buffer.toString("latin1") === "age-encryption.org/";
}

/**
 * Decrypts a file to a new one, in pieces, so that memory does not grow with the file.
 *
 * @param name of the backup, for messages
 * @throws Problem if no key fits, or it is damaged
 */
export async function decrypt(
  file: string,
  target: string,
  identity: Identity,
  name: string,
): Promise<void> {
  const decrypter = new Decrypter();
  for (const key of identity.keys) decrypter.addIdentity(key);
  const source = createReadStream(file);
  try {
    const encrypted = Readable.toWeb(source) as ReadableStream<Uint8Array>;
    const plain = await decrypter.decrypt(encrypted);
    await pipeline(
      Readable.fromWeb(plain as NodeStream<Uint8Array>),
      createWriteStream(target, { mode: 0o600 }),
    );
  } catch (error) {
    const words = String(error instanceof Error ? error.message : error);
    throw new Problem(
      words.includes("no identity matched")
        ? `No key in ${identity.file} can decrypt ${name}: it was encrypted for others. Nothing was changed. Use the file with the key of then.`
        : `${name} is damaged: it can't be decrypted (${words}). Nothing was changed. Use another backup.`,
    );
  } finally {
    source.destroy();
  }
}
