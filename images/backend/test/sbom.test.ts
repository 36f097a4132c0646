import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { entryPoints } from "../build.ts";
import type { Component } from "../sbom.ts";
import { sbom } from "../sbom.ts";
import { writeFiles } from "./support/files.ts";

const backend = join(import.meta.dirname, "..");

const listed = (text: string) => (JSON.parse(text) as { components: Component[] }).components;

describe("the list of what is in the image", () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), "sbom-"));
    for (const file of ["build.ts", "sbom.ts"]) fs.cpSync(join(backend, file), join(root, file));
    fs.mkdirSync(join(root, "node_modules"));
    fs.symlinkSync(join(backend, "node_modules/esbuild"), join(root, "node_modules/esbuild"));
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });

  /** Builds a program of this folder, and returns what is listed. */
  function built(server: string): string {
    const programs = Object.values(entryPoints).map((path) => [path, "console.log(1);"]);
    writeFiles(root, { ...Object.fromEntries(programs), [entryPoints.server]: server });
    execFileSync(process.execPath, [join(root, "build.ts")]);
    return fs.readFileSync(join(root, "dist/sbom.cdx.json"), "utf8");
  }

  const planted = {
    version: "1.2.3",
    license: "ISC",
    integrity: `sha512-${Buffer.from("planted").toString("base64")}`,
  };

  function plant(): void {
    writeFiles(root, {
      "package.json": '{"name": "app", "version": "1.0.0", "type": "module"}',
      "package-lock.json": JSON.stringify({ packages: { "node_modules/@x/planted": planted } }),
      "node_modules/@x/planted/package.json": '{"main": "main.js"}',
      "node_modules/@x/planted/main.js": "export const planted = () => process.pid;",
    });
  }

  it("has a package while something imports it, with its version, licence and hash", () => {
    plant();
    const before = built('import { planted } from "@x/planted"; console.log(planted());');
    const after = built("console.log(2);");

    assert.deepEqual(listed(before), [
      {
        type: "library",
        name: "@x/planted",
        version: "1.2.3",
        purl: "pkg:npm/%40x/planted@1.2.3",
        hashes: [{ alg: "SHA-512", content: Buffer.from("planted").toString("hex") }],
        licenses: [{ expression: "ISC" }],
      },
    ]);
    assert.deepEqual(listed(after), []);
  });

  it("has no package that is imported, but of which nothing is in the bundle", () => {
    plant();
    assert.deepEqual(listed(built('import { planted } from "@x/planted"; console.log(2);')), []);
  });

  it("is the same for the same content", () => {
    plant();
    const server = 'import { planted } from "@x/planted"; console.log(planted());';
    assert.equal(built(server), built(server));
  });

  it("fails for a bundled package that is not locked", () => {
    plant();
    writeFiles(root, { "package-lock.json": '{"packages": {}}' });
    assert.throws(
      () => sbom(root, ["node_modules/@x/planted/main.js"]),
      /node_modules\/@x\/planted is bundled, but not in package-lock.json/,
    );
  });

  it("has one entry for a version that is installed at two places, and one for each version", () => {
    plant();
    const [a, b] = [{ version: "1.0.0" }, { version: "2.0.0" }];
    const packages = {
      "node_modules/a": a,
      "node_modules/b/node_modules/a": a,
      "node_modules/c/node_modules/a": b,
    };
    writeFiles(root, { "package-lock.json": JSON.stringify({ packages }) });
    const files = Object.keys(packages).map((place) => `/build/${place}/index.js`);

    assert.deepEqual(
      listed(sbom(root, files)).map(({ purl }) => purl),
      ["pkg:npm/a@1.0.0", "pkg:npm/a@2.0.0"],
    );
  });

  for (const [name, files, expected] of [
    [
      "Alpine",
      {
        "etc/os-release": 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.24.1\n',
        "lib/apk/db/installed":
          "C:Q1\nP:musl\nV:1.2.5-r21\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld-musl.so.1\nZ:Q1\n\nP:libcrypto3\nV:3.5.4-r0\nA:x86_64\nL:Apache-2.0\no:openssl\n\n",
      },
      [
        "pkg:apk/alpine/libcrypto3@3.5.4-r0?arch=x86_64&distro=alpine-3.24.1&upstream=openssl",
        "pkg:apk/alpine/musl@1.2.5-r21?arch=x86_64&distro=alpine-3.24.1",
      ],
    ],
    [
      "Debian",
      {
        "usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status":
          "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 2.36-9+deb12u13\nDescription: C library\n more\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n",
      },
      [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12&upstream=glibc%402.36-9",
      ],
    ],
  ] as const) {
    it(`has Node, the operating system and the packages of a base of ${name}`, () => {
      plant();
      writeFiles(root, files);
      const [node, system, ...packages] = listed(sbom(root, [], root));

      assert.equal(node?.cpe, `cpe:2.3:a:nodejs:node.js:${process.versions.node}:*:*:*:*:*:*:*`);
      assert.equal(system?.type, "operating-system");
      assert.equal(system.name, name.toLowerCase());
      assert.deepEqual(
        packages.map(({ purl }) => purl),
        expected,
      );
    });
  }

  it("has only Node of a base without a list of packages", () => {
    plant();
    assert.deepEqual(
      listed(sbom(root, [], root)).map(({ name }) => name),
      ["node"],
    );
  });

  it("has what the backend's lock file says, with a licence for each package", () => {
    fs.cpSync(join(backend, "package.json"), join(root, "package.json"));
    fs.cpSync(join(backend, "package-lock.json"), join(root, "package-lock.json"));
    const [fastify] = listed(sbom(root, ["node_modules/fastify/fastify.js"]));

    assert.equal(fastify?.licenses?.length, 1);
    assert.equal(fastify.hashes?.[0]?.content.length, 128);
  });
});
