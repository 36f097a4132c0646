import { lstat, readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import type { WorkflowRun } from "../cli/preview/github.ts";
import { pullRequestOf, writeComment } from "../cli/preview/github.ts";

// node tools/comment.ts <file>: writes the comment that a run of the workflow "Preview" made onto
// its pull request. Runs with a token that may write, so it runs code of the default branch only, uses
// no package, and takes the file for what it is: text that a stranger wrote.
try {
  await commentOnPullRequest();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function commentOnPullRequest(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [file] = positionals;
  if (file === undefined) throw new Error("Name the file with the comment.");
  const repository = {
    api: variable("GITHUB_API_URL"),
    name: variable("GITHUB_REPOSITORY"),
    token: variable("GITHUB_TOKEN"),
  };
  const event = JSON.parse(await readFile(variable("GITHUB_EVENT_PATH"), "utf8")) as {
    workflow_run: WorkflowRun;
  };
  const run = event.workflow_run;

  const pullRequest = await pullRequestOf(repository, run);
  if (pullRequest === undefined) {
    console.log("The pull request is closed or has newer commits: nothing to say");
    return;
  }
  const text = await textOf(file);
  const log = `[the run's log](${run.html_url})`;
  const body =
    text === undefined
      ? `❌ The preview of ${run.head_sha} ended before it could say anything; ${log} says why.\n`
      : `${text}\nMade at ${run.head_sha}; the whole is in ${log}.\n`;
  console.log(`Written: ${await writeComment(repository, pullRequest, body)}`);
}

function variable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set; this command is for the workflow "Comment" only.`);
}

/** The file's text; undefined when there is none. A link could lead to what is not for the public. */
async function textOf(file: string): Promise<string | undefined> {
  const status = await lstat(file).catch(() => undefined);
  if (status === undefined) return undefined;
  if (!status.isFile() || status.size > 1_000_000) {
    throw new Error(`${file} is no plain file of at most 1 MB, so nothing is written.`);
  }
  return readFile(file, "utf8");
}
