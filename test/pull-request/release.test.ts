import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { parse } from "yaml";

import { project } from "../../lib/project.ts";
import { releaseNotes, versionOf } from "../../tools/release/notes.ts";
import { Folder } from "../unit/folder.ts";

describe("The notes of a release", () => {
  const changelog = `# Changelog

## [Unreleased]

### Added

- not yet

## [1.1.0] - 2026-12-01

### Fixed

- This.

## [1.0.0] - 2026-11-22

- That.

[1.0.0]: https://example.org
`;

  it("are the changelog's section of that version", () => {
    assert.equal(releaseNotes(changelog, "1.1.0"), "### Fixed\n\n- This.\n");
    assert.equal(releaseNotes(changelog, "1.0.0"), "- That.\n");
  });

  it("are missing without a section, or with nothing in it", () => {
    assert.throws(
      () => releaseNotes(changelog, "1.2.0"),
      /CHANGELOG\.md has no section for 1\.2\.0: give "Unreleased" the heading "## \[1\.2\.0\] - <date>"\./,
    );
    assert.throws(() => releaseNotes("## [1.2.0] - 2026\n\n", "1.2.0"), /has an empty section/);
  });

  it("go with a tag that is the version in all files", () => {
    assert.equal(versionOf("v1.2.0", { packageJson: "1.2.0", chart: "1.2.0" }), "1.2.0");
    assert.throws(
      () => versionOf("v1.2.0", { packageJson: "1.1.0", chart: "1.2.0" }),
      /The tag is v1\.2\.0, but package\.json has version 1\.1\.0\. Set the version there/,
    );
    assert.throws(
      () => versionOf("1.2.0-rc1", { packageJson: "1.2.0", chart: "1.2.0" }),
      /it must be v and a version, like v1\.2\.0/,
    );
  });
});

describe("npm run release", function () {
  this.timeout(60_000);
  const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    version: string;
  };
  const digest = (fill: string) => `sha256:${fill.repeat(64)}`;

  /** @param failing the first words of a program that fails */
  function release(folder: Folder, failing = "-", ...args: string[]) {
    const programs = {
      docker: `case "$1 $2" in
"buildx build") while [ "$1" != --metadata-file ]; do shift; done; echo '{"containerimage.digest":"${digest("a")}"}' >"$2" ;;
create*) echo c0 ;;
cp*) echo '{}' >"$3" ;;
esac`,
      helm: `case $1 in
package) cp -R "$2" '${folder.at("chart")}' ;;
push) echo 'Digest: ${digest("c")}' >&2 ;;
esac`,
      cosign: "",
      gh: `while [ "$1" != --notes-file ]; do shift; done; cp "$2" '${folder.at("notes")}'`,
    };
    for (const [name, script] of Object.entries(programs)) {
      folder.write(
        `bin/${name}`,
        `#!/bin/sh\necho "${name} $*" >>'${folder.at("calls")}'\ncase "${name} $*" in ${failing}*) exit 3 ;; esac\n${script}\n`,
        0o755,
      );
    }
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["tools/release.ts", `v${version}`, "--registry", "ghcr.io/Team", ...args],
      {
        cwd: project,
        encoding: "utf8",
        env: { ...process.env, PATH: [folder.at("bin"), process.env["PATH"]].join(delimiter) },
      },
    );
    const calls = folder
      .read("calls")
      .replaceAll(/ \/\S*\//g, " …/")
      .split("\n")
      .filter((call) => !/ version\b| --template|^$/.test(call));
    return { code: status, output: stdout + stderr, calls };
  }

  it("pushes images for two platforms, signs them, then the chart, and publishes last", () => {
    using folder = new Folder({ calls: "" });
    const { code, output, calls } = release(folder);

    assert.equal(code, 0, output);
    const [create, backend, signature, frontend, , remove, ...rest] = calls;
    const [pull, , list, ...others] = rest;
    const [pack, push, chart, publish] = others.slice(-4);
    assert.match(pull!, new RegExp(`^docker pull --quiet \\S+-backend@${digest("a")}$`));
    assert.match(list!, /^docker cp c0:\/app\/sbom\.cdx\.json /);
    assert.match(create!, /^docker buildx create /);
    assert.match(
      backend!,
      /^docker buildx build .*--platform linux\/amd64,linux\/arm64 --build-arg NODE_IMAGE=node:24\S+@sha256:\w{64} --build-arg SOURCE_DATE_EPOCH=0 --output type=image,push=true,rewrite-timestamp=true --builder \S+ --sbom=true --provenance=mode=max --tag ghcr\.io\/team\/todo-chatbot-backend:\d\S* .*backend$/,
    );
    assert.match(frontend!, /--tag \S*todo-chatbot-frontend:\d/);
    assert.match(signature!, new RegExp(`^cosign sign --yes \\S+-backend@${digest("a")}$`));
    assert.match(remove!, /^docker buildx rm /);
    assert.match(pack!, new RegExp(`^helm package .* --version ${version} `));
    assert.match(push!, /^helm push .*\.tgz oci:/);
    assert.match(chart!, new RegExp(`^cosign sign --yes \\S+todo-chatbot@${digest("c")}$`));
    assert.match(
      publish!,
      new RegExp(
        `^gh release create v${version} .*\\.tgz .*-backend-${version}\\.cdx\\.json .*-frontend-${version}\\.cdx\\.json --verify-tag `,
      ),
    );
    assert.equal(calls.length, 18);
    const changelog = readFileSync(join(project, "CHANGELOG.md"), "utf8");
    assert.equal(folder.read("notes"), releaseNotes(changelog, version));
  });

  it("gives the chart its images, by digest", () => {
    using folder = new Folder({ calls: "" });
    release(folder);

    const values = parse(folder.read("chart/values.yaml"));
    const { repository, tag, digest: image } = values.backend.image;
    assert.deepEqual(
      [repository, tag, image],
      ["ghcr.io/team/todo-chatbot-backend", version, digest("a")],
    );
    assert.equal(values.frontend.image.digest, digest("a"));
  });

  for (const [what, failing] of [
    ["a build", "docker\\ buildx\\ build"],
    ["a signature", "cosign\\ sign"],
    ["the push of the chart", "helm\\ push"],
  ] as const) {
    it(`publishes nothing when ${what} fails`, () => {
      using folder = new Folder({ calls: "" });
      const { code, output, calls } = release(folder, failing);

      assert.equal(code, 1);
      assert.match(output, /failed/);
      assert.ok(!calls.some((call) => call.startsWith("gh ")));
      assert.ok(calls.some((call) => call.startsWith("docker buildx rm")));
    });
  }

  it("only prints the notes with --notes", () => {
    using folder = new Folder({ calls: "" });
    const { code, output, calls } = release(folder, "-", "--notes");

    assert.equal(code, 0);
    assert.match(output, /^### Added\n/);
    assert.deepEqual(calls, []);
  });
});
