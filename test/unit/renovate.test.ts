import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

interface Manager {
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings: readonly string[];
}
interface Rule {
  readonly matchDepNames?: readonly string[];
  readonly overridePackageName?: string;
}
/** A text that a manager takes for a dependency. */
interface Match {
  readonly start: number;
  readonly text: string;
  readonly name: string;
  readonly version: string;
}
interface Source {
  readonly file: string;
  readonly text: string;
  readonly matches: readonly Match[];
}

const { customManagers, packageRules } = JSON.parse(readFileSync("renovate.json", "utf8")) as {
  customManagers: readonly Manager[];
  packageRules: readonly Rule[];
};

const sources = ["Pulumi.yaml", ...globSync("**/*.ts", { exclude: ["**/node_modules"] })].map(
  (file): Source => {
    const text = readFileSync(file, "utf8");
    return { file, text, matches: matchesIn(file, text) };
  },
);

/** What Renovate finds in a file: it tries every expression of each manager that takes the file. */
function matchesIn(file: string, text: string): Match[] {
  return customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(file)),
    )
    .flatMap(({ matchStrings }) => matchStrings)
    .flatMap((expression) => [...text.matchAll(new RegExp(expression, "g"))])
    .map(({ index, 0: whole, groups }) => ({
      start: index,
      text: whole,
      name: groups?.["depName"] ?? "",
      version: groups?.["currentValue"] ?? "",
    }));
}

/** Every place that some pins are at, with the match that covers each. */
function pins(pattern: RegExp, isIn: (file: string) => boolean = () => true) {
  return sources
    .filter(({ file }) => isIn(file))
    .flatMap(({ file, text, matches }) =>
      [...text.matchAll(pattern)].map(({ index, 0: pin }) => ({
        place: `${file}:${text.slice(0, index).split("\n").length}: ${pin}`,
        match: matches.find(
          ({ start, text: { length } }) => start <= index && index < start + length,
        ),
      })),
    );
}

/** Fails with the places of pins that no manager finds, and where there is no pin at all. */
function assertFound(found: ReturnType<typeof pins>): void {
  assert.notEqual(found.length, 0, "the sources have no such pin: is the test's expression right?");
  assert.deepEqual(
    found.filter(({ match }) => match === undefined).map(({ place }) => place),
    [],
    "renovate.json has no custom manager that finds these",
  );
}

const isProduct = (file: string) => !/(^|\/)test\//.test(file);
const checksum = /"[0-9a-f]{64}"/g;

describe("renovate.json", () => {
  it("finds every image that is pinned by digest", () => {
    assertFound(pins(/@sha256:[0-9a-f]{64}/g));
  });

  it("finds every tool that is pinned by checksum", () => {
    assertFound(pins(checksum, isProduct));
  });

  it("finds every version next to them, and every Go package with a version", () => {
    const files = sources
      .filter(({ file, text }) => isProduct(file) && text.search(checksum) >= 0)
      .map(({ file }) => file);

    assertFound(pins(/\bversion: "\d[^"]*"/g, (file) => files.includes(file)));
    assertFound(pins(/\b[\w-]+\.\w+\/[\w./-]+@v\d+\.\d+\.\d+/g));
  });

  it("changes all of a tool's addresses with its version, and knows its releases", () => {
    const tools = pins(/\bversion: "\d/g, isProduct).flatMap(({ match }) => match ?? []);
    assert.notEqual(tools.length, 0);
    for (const { name, text, version } of tools) {
      assert.deepEqual(new Set(text.match(/\d+\.\d+\.\d+/g)), new Set([version]), name);
      const rule = packageRules.find(
        (each) => each.overridePackageName !== undefined && each.matchDepNames?.includes(name),
      );
      assert.match(rule?.overridePackageName ?? "", /^[\w-]+\/[\w-]+$/, name);
    }
  });
});
