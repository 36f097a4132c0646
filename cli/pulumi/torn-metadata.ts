import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Removes what a killed update has left half written in a folder of states. The engine replaces a
 * state in one step, but not the metadata beside it (`.attrs`): an empty file there makes every command
 * end with `error: EOF`. None is needed, they are for buckets.
 */
export async function removeTornMetadata(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  await Promise.all(
    files
      .filter((file) => file.endsWith(".attrs"))
      .map(async (name) => {
        const file = join(folder, name);
        // Another command may have removed it meanwhile.
        const found = await stat(file).catch(() => undefined);
        if (found?.size === 0) await rm(file, { force: true });
      }),
  );
}
