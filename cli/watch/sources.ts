import type { FSWatcher } from "node:fs";
import { existsSync, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** Time for an editor to write several files at once, in milliseconds. */
export const savePauseMs = 20;

/**
 * Reports edits of files and of everything in folders. One watcher per folder: Node's recursive ones, and
 * packages that watch each file, lose edits of a file that an editor replaces on each save.
 *
 * @param onEdit is called with each path, more than once for some edits
 * @returns stops it
 */
export function watchSources(
  sources: readonly string[],
  onEdit: (file: string) => void,
): () => void {
  const watchers = new Map<string, FSWatcher>();

  const forget = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const follow = (folder: string, isSource: (file: string) => boolean) => {
    if (watchers.has(folder)) return;
    const watcher = watch(folder, (_event, name) => {
      const file = join(folder, name ?? "");
      if (!isSource(file)) return;
      onEdit(file);
      if (!existsSync(folder)) forget(folder);
      else if (isFolder(file)) followAll(file);
    });
    watchers.set(
      folder,
      watcher.on("error", () => {
        forget(folder);
      }),
    );
  };
  const followAll = (folder: string) => {
    follow(folder, () => true);
    for (const name of readdirSync(folder)) {
      const inside = join(folder, name);
      if (isFolder(inside)) followAll(inside);
    }
  };

  for (const source of sources) {
    if (isFolder(source)) followAll(source);
    else follow(dirname(source), (file) => file === source);
  }
  return () => {
    for (const folder of watchers.keys()) forget(folder);
  };
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
