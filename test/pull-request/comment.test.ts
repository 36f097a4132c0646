import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { symlinkSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { project } from "../../lib/project.ts";
import { Folder } from "../unit/folder.ts";

const mark = "<!-- todo-chatbot: pull request -->";
const bot = "github-actions[bot]";
const sha = "1".repeat(40);

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
}

/** A GitHub with one pull request, number 7, from a fork. */
class GitHub implements AsyncDisposable {
  readonly comments: Comment[] = [];
  /** Method and path of each call. */
  readonly calls: string[] = [];
  readonly pulls = [{ number: 7, head: { sha } }];
  status = 200;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then((answer) => {
      response.writeHead(this.status, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
    });
  });

  static async start(): Promise<GitHub> {
    const github = new GitHub();
    await new Promise<void>((resolve) => github.#server.listen(0, "127.0.0.1", resolve));
    return github;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  comment(login: string, body: string): Comment {
    const comment = { id: this.comments.length + 1, body, user: { login } };
    this.comments.push(comment);
    return comment;
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const { method = "", url = "" } = request;
    this.calls.push(`${method} ${url}`);
    if (this.status !== 200) return { message: "Resource not accessible by integration" };
    if (request.headers.authorization !== "Bearer the-token") return { message: "Bad credentials" };
    const body = method === "GET" ? "" : (JSON.parse(await text(request)) as { body: string }).body;
    const { pathname, searchParams } = new URL(url, "http://github");
    const path = pathname.replace("/repos/owner/name/", "");
    if (path === "pulls") {
      return searchParams.get("head") === "stranger:feature/a b" ? this.pulls : [];
    }
    if (method === "GET") {
      const start = (Number(searchParams.get("page")) - 1) * 100;
      return this.comments.slice(start, start + 100);
    }
    const edited = this.comments.find(({ id }) => path === `issues/comments/${id}`);
    if (edited !== undefined) edited.body = body;
    else if (path === "issues/7/comments") this.comment(bot, body);
    return { html_url: `https://github.example/${path}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const event = (head: object = {}) =>
  JSON.stringify({
    workflow_run: {
      head_sha: sha,
      head_branch: "feature/a b",
      head_repository: { owner: { login: "stranger" } },
      html_url: "https://github.example/run/1",
      ...head,
    },
  });

/** Runs the script as the workflow does. */
async function run(github: GitHub, folder: Folder, file = folder.at("comment.md")) {
  const child = spawn(process.execPath, [join(project, "tools", "comment.ts"), file], {
    env: {
      PATH: process.env["PATH"],
      GITHUB_API_URL: github.address,
      GITHUB_REPOSITORY: "owner/name",
      GITHUB_TOKEN: "the-token",
      GITHUB_EVENT_PATH: folder.at("event.json"),
    },
  });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on("close", resolve)),
  ]);
  return { code, output: `${output}${errors}` };
}

describe("The comment on a pull request", () => {
  it("is written once, and then edited in place", async () => {
    await using github = await GitHub.start();
    using folder = new Folder({ "event.json": event(), "comment.md": "first\n" });

    const first = await run(github, folder);
    folder.write("comment.md", "second\n");
    const second = await run(github, folder);

    assert.deepEqual([first.code, second.code], [0, 0], first.output + second.output);
    assert.match(first.output, /Written: https:\/\/github\.example\/issues\/7\/comments/);
    assert.deepEqual(
      github.comments.map(({ body }) => body),
      [
        `${mark}\nsecond\n\nMade at ${sha}; the whole is in [the run's log](https://github.example/run/1).\n`,
      ],
    );
  });

  it("is found behind hundreds of others, and never taken for a stranger's copy", async () => {
    await using github = await GitHub.start();
    using folder = new Folder({ "event.json": event(), "comment.md": "new" });
    const copy = github.comment("stranger", `${mark}\ncopy`);
    for (let index = 0; index < 230; index += 1) github.comment("stranger", "me too");
    const own = github.comment(bot, `${mark}\nold`);
    const other = github.comment(bot, `quoted: ${mark}`);

    await run(github, folder);

    assert.equal(github.comments.length, 233);
    assert.match(own.body, /\nnew\n/);
    assert.deepEqual([copy.body, other.body], [`${mark}\ncopy`, `quoted: ${mark}`]);
  });

  for (const [what, head] of [
    ["has newer commits", { head_sha: "2".repeat(40) }],
    ["is closed", { head_branch: "gone" }],
    ["lost its repository", { head_repository: null }],
  ] as const) {
    it(`is not written when the pull request ${what}`, async () => {
      await using github = await GitHub.start();
      using folder = new Folder({ "event.json": event(head), "comment.md": "x" });

      const { code, output } = await run(github, folder);

      assert.equal(code, 0);
      assert.match(output, /nothing to say/);
      assert.deepEqual(github.comments, []);
    });
  }

  it("mentions no one and hides nothing, whatever a stranger's run wrote", async () => {
    await using github = await GitHub.start();
    using folder = new Folder({
      "event.json": event(),
      "comment.md": "@maintainer look <!-- hidden --> postgres@sha256:0a\n@@ spec @@\n",
    });

    await run(github, folder);

    const [, body = ""] = github.comments[0]?.body.split(`${mark}\n`) ?? [];
    assert.doesNotMatch(body, /@\w/);
    assert.doesNotMatch(body, /<!--/);
    assert.match(body, /^@@ spec @@$/m);
  });

  it("stays below GitHub's limit, however much a run wrote", async () => {
    await using github = await GitHub.start();
    using folder = new Folder({ "event.json": event(), "comment.md": "@a🎉".repeat(100_000) });

    const { code } = await run(github, folder);

    assert.equal(code, 0);
    const body = github.comments[0]?.body ?? "";
    assert.ok(body.length > 50_000 && body.length < 65_536, String(body.length));
    assert.ok(body.isWellFormed());
  });

  it("says so when the preview ended early", async () => {
    await using github = await GitHub.start();
    using folder = new Folder({ "event.json": event() });

    const { code } = await run(github, folder);

    assert.equal(code, 0);
    assert.match(github.comments[0]?.body ?? "", /^❌ The preview of 1{40} ended before/m);
  });

  it("is never what a link leads to", async () => {
    await using github = await GitHub.start();
    using folder = new Folder({ "event.json": event(), secret: "the runner's" });
    symlinkSync(folder.at("secret"), folder.at("comment.md"));

    const { code, output } = await run(github, folder);

    assert.equal(code, 1);
    assert.match(output, /comment\.md is no plain file of at most 1 MB, so nothing is written\./);
    assert.deepEqual(github.comments, []);
  });

  it("ends with GitHub's words when it may not write", async () => {
    await using github = await GitHub.start();
    github.status = 403;
    using folder = new Folder({ "event.json": event(), "comment.md": "x" });

    const { code, output } = await run(github, folder);

    assert.equal(code, 1);
    assert.match(output, /GitHub answers GET pulls.* with status 403: .*not accessible/);
    assert.doesNotMatch(output, /the-token/);
  });
});
