import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { run, RunError } from "../../lib/exec.ts";
import { Problem } from "../../lib/problem.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import { project } from "../../lib/project.ts";

/** The files of a revision and its packages, in a folder that is removed on dispose. */
export interface Revision extends AsyncDisposable {
  readonly path: string;
  /** Like `3f9c1a7`. */
  readonly commit: string;
}

/** The working tree. */
export const workTree: Revision = {
  path: project,
  commit: "the working tree",
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Checks out a revision without touching the working tree or the index.
 *
 * @param ref any commit-ish: a branch, a tag, `HEAD~3`, `origin/main`
 * @throws Problem when there is no such commit, or it has no Pulumi program
 */
export async function checkOut(ref: string): Promise<Revision> {
  const commit = await git(
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${ref}^{commit}`,
  );
  const folder = await temporaryFolder();
  try {
    const archive = join(folder.path, "revision.tar");
    const path = join(folder.path, "tree");
    await mkdir(path);
    await git("archive", "--output", archive, commit);
    await run("tar", ["--extract", "--file", archive, "--directory", path]);
    if (!existsSync(join(path, "index.ts"))) {
      throw new Problem(
        `${ref} can't be compared: that revision has no Pulumi program yet (index.ts).`,
      );
    }
    await ensurePackages(path);
    return {
      path,
      commit: commit.slice(0, 12),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function git(...args: string[]): Promise<string> {
  try {
    return await run("git", args, { cwd: project });
  } catch (error) {
    if (error instanceof RunError && args[0] === "rev-parse" && !error.missing) {
      throw new Problem(
        `There is no commit ${args.at(-1)?.replace(/\^\{commit\}$/, "") ?? ""} in this repository. Fetch it (git fetch), or name another.`,
      );
    }
    throw error;
  }
}

/** Links the installed packages if the revision's lock file has the same, or else installs its own. */
async function ensurePackages(tree: string): Promise<void> {
  if (isDeepStrictEqual(await lockedPackages(tree), await lockedPackages(project))) {
    await symlink(join(project, "node_modules"), join(tree, "node_modules"), "dir");
    return;
  }
  console.error("• Installing the packages of that revision");
  await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: tree,
    timeoutMs: 300_000,
  });
}

/** The locked packages without development dependencies. */
async function lockedPackages(tree: string): Promise<unknown[]> {
  const lock = JSON.parse(await readFile(join(tree, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean; version?: string }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true)
    .map(([path, { version }]) => [path, version]);
}
