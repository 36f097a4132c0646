import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a chart that Helm does not install. */
const notInstalled = ["README.md", "ci", "examples", ".helmignore"];

/**
 * Changes when a chart's installed files change: the first 12 hex digits of the SHA-256 of their paths
 * and contents. The engine only compares a chart's path and version, and would not notice.
 */
export function chartHash(folder: string): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true }).sort(byName)) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (notInstalled.includes(below)) continue;
      if (entry.isDirectory()) add(below);
      else
        hash
          .update(below)
          .update("\0")
          .update(readFileSync(join(folder, below)))
          .update("\0");
    }
  };
  add("");
  return hash.digest("hex").slice(0, 12);
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
