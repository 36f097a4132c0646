import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The signing key of a development instance, stored beside its embedded database so that sessions
 * survive a restart. Generated on first use, readable only by its owner.
 *
 * @param folder data folder; created if missing.
 */
export async function developmentKey(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "jwt-secret-key");
  await writeFile(path, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    },
  );
  return readFile(path, "utf8");
}
