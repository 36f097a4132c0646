import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** Licences of what users get: they ask for no more than a notice. */
const shipped = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
];
/** Licences of what only runs where the project is deployed or developed. */
const tools = [
  ...shipped,
  ...["(BSD-3-Clause AND Apache-2.0)", "CC-BY-3.0", "CC0-1.0", "MPL-2.0", "PSF-2.0", "Python-2.0"],
  "Unlicense",
];
/** Packages whose own text was read, because they name no licence. */
const read: Readonly<Record<string, string>> = { "node_modules/@logdna/tail-file": "MIT" };

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
}

describe("The licences of packages", () => {
  for (const [folder, isShipped] of [
    [".", false],
    ["cli/node", false],
    ["images/backend", true],
    ["images/frontend", true],
  ] as const) {
    it(`are on the list of those that ${folder} may have`, () => {
      const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8")) as {
        packages: Record<string, Locked>;
      };
      // The first is the folder's own.
      const others = Object.entries(packages)
        .slice(1)
        .flatMap(([place, { license, dev }]) => {
          const allowed = isShipped && dev !== true ? shipped : tools;
          const name = read[place] ?? license ?? "none";
          return allowed.includes(name) ? [] : [`${place}: ${name}`];
        });
      assert.deepEqual(others, []);
    });
  }
});
