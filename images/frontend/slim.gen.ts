// Generated from images/backend/slim.ts by `npm run generate`.
/**
 * Removes from an image's base what nothing uses: all programs except Node, and npm and its like. A package of
 * which only configuration is left is then no longer listed as installed, where scanners would report it.
 *
 * Runs as root in the image itself, which has no shell afterwards: `node slim.ts / [path of Node in it]`.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";

const [root = "", executable = process.execPath] = process.argv.slice(2);

const node = fs.realpathSync(join(root, executable));
/** Folders with programs. */
const programs = realPaths([
  ...["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"],
  dirname(executable),
]);
for (const folder of programs) {
  keepingTime(folder, () => {
    for (const name of fs.readdirSync(folder)) {
      const path = join(folder, name);
      if (realPath(path) !== node) fs.rmSync(path, { recursive: true, force: true });
    }
  });
}
const prefix = dirname(dirname(node));
remove(join(prefix, "lib/node_modules"));
remove(join(prefix, "include/node"));
for (const yarn of fs.globSync(join(root, "opt/yarn-*"))) remove(yarn);

for (const database of ["lib/apk/db/installed", "usr/lib/apk/db/installed"]) {
  filterStanzas(database, (stanza) => {
    let folder = "";
    return stanza.split("\n").flatMap((line) => {
      if (line.startsWith("F:")) folder = `/${line.slice(2)}`;
      return line.startsWith("R:") ? [join(folder, line.slice(2))] : [];
    });
  });
}
filterStanzas("var/lib/dpkg/status", (stanza) => {
  const name = /^Package: (.*)$/m.exec(stanza)?.[1] ?? "";
  const arch = /^Architecture: (.*)$/m.exec(stanza)?.[1] ?? "";
  return [`${name}.list`, `${name}:${arch}.list`]
    .map((file) => join(root, "var/lib/dpkg/info", file))
    .filter((file) => fs.existsSync(file))
    .flatMap((file) => fs.readFileSync(file, "utf8").split("\n"));
});

/** Drops the packages whose programs are all gone, and that have no library. */
function filterStanzas(path: string, filesOf: (stanza: string) => string[]): void {
  const database = join(root, path);
  if (!fs.existsSync(database)) return;
  keepingTime(database, () => {
    const stanzas = fs.readFileSync(database, "utf8").split(/\n\n+/);
    const kept = stanzas.filter((stanza) => {
      const files = filesOf(stanza).map((file) => join(root, file));
      const own = files.filter((file) => programs.includes(realPath(dirname(file)) ?? ""));
      const left = files.filter((file) => fs.existsSync(file));
      return own.length === 0 || left.some((file) => own.includes(file) || isLibrary(file));
    });
    fs.writeFileSync(database, kept.join("\n\n"));
  });
}

function isLibrary(file: string): boolean {
  return /\.(so(\.[\d.]+)?|a|node|jar|py)$/.test(file);
}

function remove(path: string): void {
  if (!fs.existsSync(path)) return;
  keepingTime(dirname(path), () => {
    fs.rmSync(path, { recursive: true });
  });
}

/** Keeps the time of what changes, so that the same base gives the same layer. */
function keepingTime(path: string, change: () => void): void {
  const { atime, mtime } = fs.statSync(path);
  change();
  fs.utimesSync(path, atime, mtime);
}

function realPaths(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => realPath(join(root, path)) ?? []))];
}

/** Undefined if it does not exist. */
function realPath(path: string): string | undefined {
  return fs.existsSync(path) ? fs.realpathSync(path) : undefined;
}
