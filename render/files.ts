import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { parse, stringify } from "yaml";

import type { Manifest } from "../lib/manifest.ts";
import { Problem } from "../lib/problem.ts";

/** Marks a folder whose content may be thrown away. */
const mark = ".rendered";

/**
 * Writes objects to files of a folder, one each.
 *
 * @param folder new, or of an earlier rendering, which it takes the place of
 * @throws Problem when the folder has other files
 */
export async function writeObjects(folder: string, objects: readonly Manifest[]): Promise<void> {
  await emptyFolder(folder);
  for (const object of objects) {
    const file = join(folder, fileName(object));
    await mkdir(dirname(file), { recursive: true });
    // Two objects in one file would hide one of them.
    await writeFile(file, stringify(object), { flag: "wx" });
  }
}

/** The objects in such a folder; none when there is no folder. */
export async function readObjects(folder: string): Promise<Manifest[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.endsWith(".yaml"));
  return Promise.all(
    files.map(async (file) => parse(await readFile(join(folder, file), "utf8")) as Manifest),
  );
}

async function emptyFolder(folder: string): Promise<void> {
  const files = await readdir(folder).catch(() => []);
  if (files.length > 0 && !existsSync(join(folder, mark))) {
    throw new Problem(
      `${folder} has files that are not from here. Name a new folder with --render.`,
    );
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, mark), "");
}

/** Stable, so that two folders compare file by file: `<namespace>/deployment-backend.yaml`. */
function fileName({ kind, metadata: { name, namespace = "" } }: Manifest): string {
  return join(namespace, `${kind.toLowerCase()}-${name.replace(/[^\w.-]/g, "-")}.yaml`);
}
