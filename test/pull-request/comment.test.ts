import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";

import { project } from "../../lib/project.ts";
import { Folder } from "../unit/folder.ts";
import { skip } from "../skip.ts";

const sha = "1".repeat(40);

/**
 * Runs the script as the workflow does, with a fake gh that records its arguments.
 *
 * @param list shell command for `gh pr list`
 */
function run(folder: Folder, list = "echo 7") {
  folder.write(
    "bin/gh",
    `#!/bin/sh
echo "$*" >>'${folder.at("calls")}'
case "$2" in
list) ${list} ;;
comment) cat "$5" >'${folder.at("body")}' ;;
esac`,
    0o755,
  );
  const { status, stdout, stderr } = spawnSync(
    join(project, ".github/comment.sh"),
    [folder.at("comment.md")],
    {
      encoding: "utf8",
      env: {
        PATH: [folder.at("bin"), process.env["PATH"]].join(delimiter),
        HEAD_SHA: sha,
        HEAD_BRANCH: "feature/$(exit 9) b",
        HEAD_OWNER: "stranger",
        RUN_URL: "https://github.example/run/1",
      },
    },
  );
  return { code: status, output: stdout + stderr };
}

describe("The comment on a pull request", () => {
  it("has the report, the commit and a link to the log", () => {
    using folder = new Folder({ "comment.md": "first\n" });

    assert.deepEqual(run(folder), { code: 0, output: "" });
    assert.equal(
      folder.read("body"),
      `first\n\nCommit ${sha}; see [the full log](https://github.example/run/1).\n`,
    );
  });

  it("is posted to the pull request of this commit, and edited in place", function () {
    if (spawnSync("jq", ["--version"]).error !== undefined)
      skip(this, "jq is not on PATH, which filters here as gh does itself");
    const pulls = [
      { number: 5, headRefOid: "2".repeat(40), headRepositoryOwner: { login: "stranger" } },
      { number: 6, headRefOid: sha, headRepositoryOwner: { login: "another" } },
      { number: 7, headRefOid: sha, headRepositoryOwner: { login: "stranger" } },
    ];
    using folder = new Folder({ "comment.md": "x", "pulls.json": JSON.stringify(pulls) });
    run(folder, `for filter; do :; done; jq -r "$filter" '${folder.at("pulls.json")}'`);
    const [list = "", comment = ""] = folder.read("calls").split("\n");

    assert.match(list, /^pr list --head feature\/\$\(exit 9\) b --json /);
    assert.match(comment, /^pr comment 7 --body-file \S+ --edit-last --create-if-none$/);
  });

  it("is not posted when the pull request is closed or has newer commits", () => {
    using folder = new Folder({ "comment.md": "x" });
    const { code, output } = run(folder, "true");

    assert.equal(code, 0);
    assert.match(output, /nothing to post/);
    assert.doesNotMatch(folder.read("calls"), /^pr comment/m);
  });

  it("has no mentions and no hidden text, whatever is in the report", () => {
    using folder = new Folder({
      "comment.md": "@maintainer look <!-- hidden --> postgres@sha256:0a\n@@ spec @@\n",
    });
    run(folder);

    const body = folder.read("body");
    assert.match(body, /maintainer look/);
    assert.doesNotMatch(body, /@\w/);
    assert.doesNotMatch(body, /<!--/);
    assert.match(body, /^@@ spec @@$/m);
  });

  it("stays below GitHub's limit, however long the report", () => {
    using folder = new Folder({ "comment.md": "@a🎉".repeat(100_000) });

    assert.equal(run(folder).code, 0);
    const body = folder.read("body");
    assert.ok(body.length > 20_000 && body.length < 65_536, String(body.length));
    assert.doesNotMatch(body, /\uFFFD/);
    assert.match(body, /\nCommit 1{40};/);
  });

  it("says so when the preview failed early", () => {
    using folder = new Folder();
    run(folder);

    assert.match(folder.read("body"), /^❌ The preview failed before it wrote a report\.$/m);
  });

  it("is never read through a symbolic link", () => {
    using folder = new Folder({ secret: "the runner's" });
    symlinkSync(folder.at("secret"), folder.at("comment.md"));
    const { code, output } = run(folder);

    assert.equal(code, 1);
    assert.match(output, /comment\.md is a symbolic link: nothing is posted\./);
    assert.doesNotMatch(folder.read("calls"), /^pr comment/m);
  });
});
