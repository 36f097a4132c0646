import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

import { project } from "../../lib/project.ts";
import { Folder } from "../unit/folder.ts";
import { skip } from "../skip.ts";

type Env = Readonly<Record<string, string>>;

/** A runner with fake programs, which record how they were called. */
class Runner extends Folder {
  constructor(programs: Env) {
    super({ calls: "", env: "" });
    for (const [name, script] of Object.entries(programs)) {
      this.write(
        `bin/${name}`,
        `#!/bin/sh\necho "${name} $*" >>'${this.at("calls")}'\n${script}\n`,
        0o755,
      );
    }
  }

  /** Runs a script of the workflows. */
  run(script: string, args: readonly string[], env: Env) {
    const { status, stdout, stderr } = spawnSync(join(project, ".github", script), args, {
      encoding: "utf8",
      env: {
        PATH: [this.at("bin"), process.env["PATH"]].join(delimiter),
        RUNNER_TEMP: this.path,
        GITHUB_ENV: this.at("env"),
        ...env,
      },
    });
    return { code: status, output: stdout + stderr };
  }

  get calls(): string[] {
    return this.read("calls").split("\n").filter(Boolean);
  }
}

/** The end of a fake gh: filters a file with its last argument of --jq, as gh does. */
const jq = (file: string) =>
  `while [ "$1" != --jq ]; do shift; done; jq --raw-output "$2" '${file}'`;

function needsJq(this: Mocha.Context): void {
  if (spawnSync("jq", ["--version"]).error === undefined) return;
  skip(this, "jq is not on PATH, which filters here as gh does itself");
}

describe("The script that finds what was reviewed", () => {
  const merge = "a".repeat(40);
  const head = "b".repeat(40);
  const digest = `sha256:${"1".repeat(64)}`;
  const comment = (commit: string, login: string, stack: string, value: string) => ({
    user: { login },
    body: `✅ What\n\n| stack | digest |\n| --- | --- |\n| \`dev\` | \`sha256:${"9".repeat(64)}\` |\n| \`${stack}\` | \`${value}\` |\n\nCommit ${commit}; see [the full log](x).\n`,
  });
  const bot = "github-actions[bot]";

  before(needsJq);

  /** @param answers of GitHub's API: pull requests of the commit, comments, runs of the preview */
  function find(
    answers: { pulls?: object[]; comments?: object[]; runs?: object[] },
    env: Env = {},
  ) {
    const {
      pulls = [{ number: 7, merged_at: "2026", merge_commit_sha: merge, head: { sha: head } }],
      comments = [comment(head, bot, "production", digest)],
      runs = [{ id: 42 }],
    } = answers;
    const runner = new Runner({});
    runner.write("pulls.json", JSON.stringify(pulls));
    runner.write("comments.json", JSON.stringify(comments));
    runner.write("runs.json", JSON.stringify({ workflow_runs: runs }));
    runner.write(
      "bin/gh",
      `#!/bin/sh
echo "$*" >>'${runner.at("calls")}'
case "$2" in
*/commits/${merge}/pulls) ${jq(runner.at("pulls.json"))} ;;
*/issues/7/comments) ${jq(runner.at("comments.json"))} ;;
*/runs?event=pull_request*head_sha=${head}) ${jq(runner.at("runs.json"))} ;;
download) [ "$3 $4 $5" = "42 --name preview" ] ;;
*) exit 9 ;;
esac`,
      0o755,
    );
    const result = runner.run("reviewed.sh", ["production"], {
      ...{ GH_REPO: "o/r", SHA: merge, ...env },
    });
    return { ...result, env: runner.read("env"), [Symbol.dispose]: () => runner[Symbol.dispose]() };
  }

  it("passes on the digest in the comment, and the preview's file", () => {
    using found = find({});

    assert.equal(found.code, 0, found.output);
    assert.match(
      found.env,
      new RegExp(`^REVIEWED=${digest}\nDIGESTS=/.*/reviewed/digests\\.json\n$`),
    );
    assert.doesNotMatch(found.output, /gone/);
  });

  it("passes on the digest alone when the file is gone", () => {
    using found = find({ runs: [] });

    assert.equal(found.code, 0, found.output);
    assert.match(found.output, /file of digests is gone/);
    assert.match(found.env, new RegExp(`^REVIEWED=${digest}$`, "m"));
  });

  it("takes a digest that someone has entered", () => {
    using found = find({ pulls: [] }, { GIVEN: digest });

    assert.equal(found.code, 0, found.output);
    assert.match(found.env, new RegExp(`^REVIEWED=${digest}$`, "m"));
  });

  for (const [what, answers, words] of [
    ["no pull request merged the commit", { pulls: [] }, /No pull request merged commit a{40}/],
    [
      "the pull request is not merged, or as another commit",
      {
        pulls: [
          { number: 7, merged_at: null, merge_commit_sha: merge, head: { sha: head } },
          { number: 8, merged_at: "2026", merge_commit_sha: head, head: { sha: head } },
        ],
      },
      /No pull request merged commit/,
    ],
    [
      "the comment is about an earlier commit",
      { comments: [comment("c".repeat(40), bot, "production", digest)] },
      /Pull request 7 has no comment with a digest of stack production for its last commit, b{40}/,
    ],
    [
      "somebody else wrote the comment",
      { comments: [comment(head, "stranger", "production", digest)] },
      /has no comment with a digest/,
    ],
    [
      "the stack is not in the comment",
      { comments: [comment(head, bot, "staging", digest)] },
      /has no comment with a digest of stack production/,
    ],
  ] as const) {
    it(`fails when ${what}`, () => {
      using found = find(answers as unknown as Parameters<typeof find>[0]);

      assert.equal(found.code, 1);
      assert.match(found.output, words);
      assert.equal(found.env, "");
    });
  }
});

describe("The script that gives access", () => {
  it("writes the kubeconfig for this user only, and logs in without an argument", () => {
    using runner = new Runner({ docker: `cat >"$RUNNER_TEMP/stdin"` });
    const { code, output } = runner.run("access.sh", [], {
      ...{ KUBECONFIG_TEXT: "apiVersion: v1\nkind: Config" },
      ...{ REGISTRY: "registry.example.org", REGISTRY_USER: "me", REGISTRY_PASSWORD: "hush" },
    });

    assert.equal(code, 0, output);
    assert.equal(runner.read("kubeconfig"), "apiVersion: v1\nkind: Config\n");
    assert.equal(statSync(runner.at("kubeconfig")).mode & 0o777, 0o600);
    assert.equal(runner.read("env"), `KUBECONFIG=${runner.at("kubeconfig")}\n`);
    assert.deepEqual(runner.calls, [
      "docker login registry.example.org --username me --password-stdin",
    ]);
    assert.equal(runner.read("stdin"), "hush");
  });

  it("does nothing without secrets, as for a fork", () => {
    using runner = new Runner({ docker: "" });
    const { code, output } = runner.run("access.sh", [], {
      ...{ KUBECONFIG_TEXT: "", REGISTRY: "registry.example.org", REGISTRY_PASSWORD: "" },
    });

    assert.deepEqual({ code, output, calls: runner.calls }, { code: 0, output: "", calls: [] });
    assert.equal(runner.read("env"), "");
    assert.ok(!existsSync(runner.at("kubeconfig")));
  });
});

describe("The script that looks for drift", () => {
  const title = "Drift in stack production";

  before(needsJq);

  /** @param open issues that are open; @param drift what `todo drift` does */
  function look(drift: string, open: readonly { number: number; title: string }[]) {
    const runner = new Runner({ npm: drift });
    runner.write("issues.json", JSON.stringify(open));
    runner.write(
      "bin/gh",
      `#!/bin/sh
[ "$2" = list ] || echo "$*" >>'${runner.at("calls")}'
body=; for word; do [ "$body" != next ] || cp "$word" '${runner.at("body")}'; body=; [ "$word" != --body-file ] || body=next; done
case "$2" in
list) ${jq(runner.at("issues.json"))} ;;
esac`,
      0o755,
    );
    const result = runner.run("drift.sh", ["production"], { RUN_URL: "https://run" });
    const calls = runner.calls.map((call) => call.replace(/ \/\S+/g, " FILE"));
    const body = existsSync(runner.at("body")) ? runner.read("body") : "";
    runner[Symbol.dispose]();
    return { ...result, calls, body };
  }

  const others = [{ number: 3, title: "Drift in stack staging" }];
  const compared = "npm run --silent todo -- drift --stack production";
  const drifts = "echo '✗ stack production'; echo '  Service/a <b> @you'; exit 2";

  it("opens an issue with what differs, which is never read as Markdown", () => {
    const { code, calls, body, output } = look(drifts, others);

    assert.equal(code, 0, output);
    assert.deepEqual(calls, [
      compared,
      "label create drift --force --description The cluster differs from what was deployed",
      `issue create --title ${title} --label drift --body-file FILE`,
    ]);
    assert.match(body, /\[the log\]\(https:\/\/run\)/);
    assert.match(body, /^ {4}✗ stack production\n {6}Service\/a <b> @you\n$/m);
  });

  it("updates the issue that is open", () => {
    const { calls } = look(drifts, [...others, { number: 4, title }]);

    assert.deepEqual(calls, [compared, "issue edit 4 --body-file FILE"]);
  });

  it("closes it when there is no drift any more, and then does nothing", () => {
    const { code, calls } = look("echo fine", [...others, { number: 4, title }]);

    assert.equal(code, 0);
    assert.match(calls[1]!, /^issue close 4 --comment No drift any more/);
    assert.deepEqual(look("echo fine", others).calls, [compared]);
  });

  it("fails without touching the issue when nothing could be compared", () => {
    const { code, calls, output } = look("echo 'no cluster' >&2; exit 1", [{ number: 4, title }]);

    assert.equal(code, 1);
    assert.match(output, /no cluster/);
    assert.deepEqual(calls, [compared]);
  });

  it("stays below GitHub's limit", () => {
    const { code, body } = look("yes 'a 🎉' | head -n 20000; exit 2", []);

    assert.equal(code, 0);
    assert.ok(body.length > 20_000 && body.length < 65_536, String(body.length));
    assert.doesNotMatch(body, /\uFFFD/);
  });
});

describe("The script for builds for several platforms", () => {
  const made = (setting: string, ...args: string[]) => {
    using runner = new Runner({ npm: `echo 'images.platforms  ${setting}'`, docker: "", sudo: "" });
    const { code, output } = runner.run("emulation.sh", args, {});
    assert.equal(code, 0, output);
    return runner.calls.map((call) => call.split(" ").slice(0, 3).join(" "));
  };
  const install = ["sudo apt-get update", "sudo apt-get install"];
  const settings = "npm run --silent";

  it("installs what runs programs of other processors", () => {
    assert.deepEqual(made(""), install);
  });

  it("does so for a stack with several, with a builder for them, and for no other", () => {
    const both = made('["linux/amd64","linux/arm64"] *', "production");
    assert.deepEqual(both, [settings, "docker buildx create", ...install]);
    for (const one of ["–", '["linux/arm64"] *']) {
      assert.deepEqual(made(one, "production"), [settings]);
    }
  });
});

describe("The script for the newest Kubernetes", () => {
  it("builds a node image of it for the tests", () => {
    using runner = new Runner({ curl: "echo v1.36.2", kind: "" });
    const { code, output } = runner.run("newest-kubernetes.sh", [], {});

    assert.equal(code, 0, output);
    assert.equal(
      runner.calls[1],
      "kind build node-image v1.36.2 --image todo-chatbot-node:v1.36.2",
    );
    assert.equal(runner.read("env"), "KIND_NODE_IMAGE=todo-chatbot-node:v1.36.2\n");
  });

  it("takes nothing but a version", () => {
    using runner = new Runner({ curl: "echo '<html>'", kind: "" });
    const { code, output } = runner.run("newest-kubernetes.sh", [], {});

    assert.equal(code, 1);
    assert.match(output, /is "<html>", not a version/);
    assert.equal(runner.calls.length, 1);
  });
});
