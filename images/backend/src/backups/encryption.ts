import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";

import { Encrypter } from "age-encryption";

import { BucketError } from "./bucket.ts";

/**
 * Encrypts a file to a new one that any of the recipients can decrypt, in the format of age. In pieces, so that
 * memory does not grow with the file.
 *
 * @param recipients public keys, `age1…`
 * @throws BucketError if one is malformed
 */
export async function encrypt(
  file: string,
  target: string,
  recipients: readonly string[],
): Promise<void> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new BucketError(
        `"${recipient}" is not the public key of an age key pair, age1…; fix storage.backup.s3.recipients (backup.s3.recipients of the chart).`,
        { cause: error },
      );
    }
  }
  const plain = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  const encrypted = await encrypter.encrypt(plain);
  await pipeline(
    Readable.fromWeb(encrypted as NodeStream<Uint8Array>),
    createWriteStream(target, { mode: 0o600 }),
  );
}
