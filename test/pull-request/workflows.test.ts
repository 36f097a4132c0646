import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { project } from "../../lib/project.ts";
import { skip } from "../skip.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly environment?: string;
  readonly "runs-on": string;
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(project, ".github", "workflows");
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  return { file, text, workflow: parse(text) as Workflow };
});
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe("The workflows", () => {
  it("have no fault that actionlint finds", function () {
    this.timeout(300_000);
    const files = workflows.map(({ file }) => join(folder, file));
    const pinned = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
    const has = (program: string) => spawnSync(program, ["version"]).error === undefined;
    const [program, first] = has("actionlint") ? ["actionlint", []] : ["go", ["run", pinned]];
    if (!has(program)) skip(this, `neither actionlint (go install ${pinned}) nor go is on PATH`);

    // It exits with 1 and its findings, which then are the test's message.
    execFileSync(program, [...first, "-no-color", ...files], { encoding: "utf8" });
  });

  for (const { file, text, workflow } of workflows) {
    describe(file, () => {
      it("pins each action to a commit, with its release in a comment", () => {
        const uses = text.match(/uses: .*/g) ?? [];

        assert.equal(uses.length, stepsOf(workflow).filter((step) => step.uses).length);
        for (const line of uses)
          assert.match(line, /^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      });

      it("has no more permissions than needed, and leaves no token in the checkout", () => {
        assert.ok(workflow.permissions, "no permissions at the top");
        assert.doesNotMatch(JSON.stringify(workflow.permissions), /write/);
        assert.doesNotMatch(text, /pull_request_target|write-all|secrets\[|toJSON\(secrets/);
        for (const { uses, with: inputs } of stepsOf(workflow)) {
          if (uses?.startsWith("actions/checkout@")) {
            assert.equal(inputs?.["persist-credentials"], false);
          }
        }
      });

      it("cancels outdated runs, and has timeouts", () => {
        assert.match(workflow.concurrency?.group ?? "", /\$\{\{ github\./);
        for (const job of Object.values(workflow.jobs)) {
          assert.ok((job["timeout-minutes"] ?? Infinity) <= 60);
          assert.match(job["runs-on"], /^ubuntu-\d+\.\d+$/);
        }
      });

      it("runs nothing but one command of this project at a time, without text from outside", () => {
        const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
          scripts: Record<string, string>;
        };
        for (const { run } of stepsOf(workflow)) {
          if (run === undefined) continue;
          assert.doesNotMatch(run, /\$\{\{|\n|&&|;|\|/);
          const [, npm, script] = /^(?:npm (?:run )?([\w:-]+)|([\w./-]+))/.exec(run) ?? [];
          if (npm !== undefined) assert.ok(npm in scripts, run);
          else assert.ok(script !== undefined && existsSync(join(project, script)), run);
        }
      });
    });
  }

  it("give secrets that change something to the protected environment only", () => {
    for (const { file, workflow } of workflows) {
      for (const [name, job] of Object.entries(workflow.jobs)) {
        const secrets = JSON.stringify(job).match(/secrets\.\w+/g) ?? [];
        const isReading = secrets.every((secret) => secret.startsWith("secrets.PREVIEW_"));
        assert.ok(isReading || job.environment === "production", `${file}, job ${name}`);
        // A step's, so that no other step has them.
        assert.doesNotMatch(JSON.stringify({ ...job, steps: [] }), /secrets\./, `${file}, ${name}`);
      }
    }
  });

  it("give no secret to the code of a fork", () => {
    const own =
      "${{ github.event.pull_request.head.repo.full_name == github.repository && secrets.";
    const values = workflows
      .filter(({ workflow }) => "pull_request" in workflow.on)
      .flatMap(({ workflow }) => stepsOf(workflow))
      .flatMap(({ env = {}, with: inputs = {} }) => Object.values({ ...env, ...inputs }))
      .map(String)
      .filter((value) => value.includes("secrets."));

    assert.notEqual(values.length, 0);
    for (const value of values) {
      assert.ok(value.startsWith(own), value);
      assert.match(value.slice(own.length), /^PREVIEW_\w+ \|\| '' \}\}$/);
    }
  });

  it("deploy what was reviewed, of the default branch, after the plan, and check it then", () => {
    const { workflow } = workflows.find(({ file }) => file === "deploy.yml")!;
    const { plan, deploy } = workflow.jobs as unknown as Record<
      string,
      Job & { if: string; needs: string }
    >;
    const commands = deploy!.steps.flatMap(({ run }) => run ?? []);

    assert.match(plan!.if, /github\.ref_name == github\.event\.repository\.default_branch$/);
    assert.equal(deploy!.needs, "plan");
    assert.equal(deploy!.environment, "production");
    assert.deepEqual(commands, [
      '.github/reviewed.sh "$STACK"',
      ".github/access.sh",
      '.github/emulation.sh "$STACK"',
      'npm start -- --stack "$STACK" --yes --reviewed "$REVIEWED" --digests "$DIGESTS"',
      'npm run todo -- drift --stack "$STACK"',
    ]);
  });

  it("run no code of a pull request with write permission", () => {
    const writers = workflows.filter(({ text }) => /: write$/m.test(text));
    const onRuns = writers.filter(({ workflow }) => "workflow_run" in workflow.on);

    for (const { file, workflow } of writers) assert.ok(!("pull_request" in workflow.on), file);
    assert.notEqual(onRuns.length, 0);
    for (const { file, text, workflow } of onRuns) {
      assert.deepEqual(Object.keys(workflow.on), ["workflow_run"], file);
      assert.deepEqual(workflow.permissions, {}, file);
      for (const { uses, with: inputs } of stepsOf(workflow)) {
        if (uses?.startsWith("actions/checkout@")) assert.equal(inputs?.["ref"], undefined, file);
        // Outside the checkout: a file from a stranger's run must not take the place of ours.
        if (uses?.startsWith("actions/download-artifact@")) {
          assert.match(String(inputs?.["path"]), /^\$\{\{ runner\.temp \}\}\//, file);
        }
      }
      // No packages, which would widen the trust: the script only uses the runner's tools.
      assert.doesNotMatch(text, /npm|node /, file);
    }
  });

  it("let the comment write on pull requests and nowhere else", () => {
    const comments = workflows.filter(({ text }) => text.includes("comment.sh"));

    assert.deepEqual(
      comments.flatMap(({ workflow }) =>
        Object.values(workflow.jobs).map(({ permissions }) => permissions),
      ),
      [{ actions: "read", contents: "read", "pull-requests": "write" }],
    );
  });
});
