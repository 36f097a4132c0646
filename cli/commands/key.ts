import { createKey } from "../database/age.ts";

/** Creates a key pair for encrypted backups, and prints the public key. */
export async function key(file: string): Promise<void> {
  console.log(await createKey(file));
  console.error(
    `That is the public key, for storage.backup.s3.recipients. The private key is in ${file}: keep it, and a second copy, away from the cluster and out of git. Without it no encrypted backup can be restored.`,
  );
}
