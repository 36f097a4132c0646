import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { parse, stringify } from "yaml";

import type { Manifest } from "../lib/manifest.ts";
import { Problem } from "../lib/problem.ts";

/** Marks a folder whose content may be overwritten. */
const mark = ".rendered";

/**
 * Writes objects to a folder, one file each.
 *
 * @param folder new, or from an earlier rendering, which is replaced
 * @throws Problem when the folder has other files
 */
export async function writeObjects(folder: string, objects: readonly Manifest[]): Promise<void> {
  await emptyFolder(folder);
  for (const object of objects) {
    const file = join(folder, fileName(object));
    await mkdir(dirname(file), { recursive: true });
    // Two objects with the same file name would hide one of them.
    await writeFile(file, stringify(object), { flag: "wx" });
  }
}

/** The objects in such a folder; empty if it does not exist. */
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

/** Stable, so that folders can be compared file by file: `<namespace>/deployment-backend.yaml`. */
function fileName({ kind, metadata: { name, namespace = "" } }: Manifest): string {
  return join(namespace, `${kind.toLowerCase()}-${name.replace(/[^\w.-]/g, "-")}.yaml`);
}
