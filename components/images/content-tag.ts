import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * A tag that changes if and only if a build input changes: the first 12 hex digits of the SHA-256 of
 * the files' paths and contents and the other inputs.
 *
 * The files are those that `.dockerignore` lets through. It has to be an allow-list: `*` first,
 * then one `!path` per line. Timestamps, permissions and other files don't count.
 *
 * @param folder the build context
 * @param inputs other build inputs, like the base image and the platform
 * @throws Error when .dockerignore is not such a list, or one of its paths does not exist
 */
export function contentTag(folder: string, inputs: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  const add = (text: string | Buffer) => hash.update(text).update("\0");
  for (const [name, value] of Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(name);
    add(value);
  }
  for (const file of buildFiles(folder)) {
    add(file);
    add(readFileSync(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/** The files of a build context, as sorted relative paths with `/`. */
export function buildFiles(folder: string): string[] {
  const allowed = ["Dockerfile", ...allowList(folder)];
  const files = new Set(allowed.flatMap((path) => filesUnder(join(folder, path))));
  return [...files].map((file) => relative(folder, file).split(sep).join("/")).sort();
}

function allowList(folder: string): string[] {
  const file = join(folder, ".dockerignore");
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const [first, ...rest] = lines;
  const odd = rest.find((line) => !/^![\w@.-]+(\/[\w@.-]+)*$/.test(line));
  if (first !== "*" || odd !== undefined) {
    throw new Error(
      `${file} must be an allow-list: a line "*", then one line "!path" for each file or folder of the build. ${first === "*" ? `"${String(odd)}" is not one` : `Its first line is "${first ?? ""}"`}.`,
    );
  }
  return rest.map((line) => line.slice(1));
}

/** The file itself, or all files of a folder; symbolic links are followed. */
function filesUnder(path: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return [path];
    throw error;
  }
  return entries.flatMap((entry) => filesUnder(join(path, entry)));
}
