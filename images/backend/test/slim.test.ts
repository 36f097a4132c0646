import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeFiles } from "./support/files.ts";

const script = join(import.meta.dirname, "../slim.ts");

describe("the image's base", () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), "slim-"));
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  function slim(node: string): string[] {
    execFileSync(process.execPath, [script, root, node]);
    return fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  }

  const node = { "usr/local/bin/node": "node", "usr/local/include/node/node.h": "" };
  const npm = {
    "usr/local/lib/node_modules/npm/package.json": "{}",
    "opt/yarn-v1.22.22/package.json": "{}",
  };

  it("has Node and its libraries, and no other program, npm, corepack or yarn", () => {
    writeFiles(root, { ...node, ...npm, "bin/busybox": "", "usr/bin/env": "", "lib/libc.so": "" });
    fs.symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
    fs.symlinkSync("busybox", join(root, "bin/sh"));

    assert.deepEqual(slim("/usr/local/bin/node"), ["lib/libc.so", "usr/local/bin/node"]);
  });

  it("keeps Node wherever it is, and links to it", () => {
    writeFiles(root, {
      "opt/node/bin/node": "",
      "opt/node/lib/node_modules/npm/package.json": "{}",
    });
    fs.mkdirSync(join(root, "usr/bin"), { recursive: true });
    fs.symlinkSync("../../opt/node/bin/node", join(root, "usr/bin/node"));

    assert.deepEqual(slim("/usr/bin/node"), ["opt/node/bin/node", "usr/bin/node"]);
  });

  it("lists no package of Alpine whose programs are gone and that has no library", () => {
    const database = "lib/apk/db/installed";
    const musl = "P:musl\nV:1\nF:lib\nR:ld-musl.so.1\nF:usr/bin\nR:ldd";
    const keys = "P:alpine-keys\nV:1\nF:etc/apk/keys\nR:key.pub";
    const busybox = "P:busybox\nV:1\nF:bin\nR:busybox\nF:etc\nR:securetty";
    const files = {
      "bin/busybox": "",
      "etc/securetty": "",
      "lib/ld-musl.so.1": "",
      "usr/bin/ldd": "",
    };
    writeFiles(root, { ...node, ...files, [database]: `${musl}\n\n${busybox}\n\n${keys}\n\n` });

    slim("/usr/local/bin/node");
    assert.equal(fs.readFileSync(join(root, database), "utf8"), `${musl}\n\n${keys}\n\n`);
  });

  it("lists no package of Debian whose programs are gone and that has no library", () => {
    const database = "var/lib/dpkg/status";
    const dash = "Package: dash\nStatus: install ok installed\nArchitecture: amd64";
    const libc = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64";
    writeFiles(root, {
      ...node,
      "usr/bin/dash": "",
      "usr/lib/libc.so.6": "",
      "usr/share/doc/dash/copyright": "",
      "var/lib/dpkg/info/dash.list": "/.\n/bin\n/bin/dash\n/usr/share/doc/dash/copyright\n",
      "var/lib/dpkg/info/libc6:amd64.list": "/.\n/usr/lib/libc.so.6\n",
      [database]: `${dash}\n\n${libc}\n\n`,
    });
    fs.symlinkSync("usr/bin", join(root, "bin"));

    slim("/usr/local/bin/node");
    assert.equal(fs.readFileSync(join(root, database), "utf8"), `${libc}\n\n`);
  });

  it("keeps the times of what it changes, so that the same base gives the same layer", () => {
    const database = "lib/apk/db/installed";
    writeFiles(root, { ...node, "bin/sh": "", [database]: "P:busybox\nF:bin\nR:sh\n\n" });
    const places = ["bin", "usr/local", "usr/local/bin", database].map((path) => join(root, path));
    for (const place of places) fs.utimesSync(place, 1_000_000, 1_000_000);

    slim("/usr/local/bin/node");
    assert.deepEqual(
      places.map((place) => fs.statSync(place).mtimeMs),
      places.map(() => 1_000_000_000),
    );
  });
});
