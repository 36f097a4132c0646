import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api, Exec } from "@kubernetes/client-node";

import { kubeconfigOf } from "../../lib/kube-client.ts";
import type { Forward } from "../../lib/port-forward.ts";
import { forwardPod } from "../../lib/port-forward.ts";
import { run } from "../../lib/exec.ts";
import { project as source } from "../../lib/project.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import type { Ending } from "./processes.ts";
import { endings } from "./processes.ts";

export type { Forward };

/** Namespace of everything that the tests look at. */
export const namespace = "todo-chatbot-namespace";

/** What a command printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  /** Seconds. */
  readonly took: number;
}

/** The same for a command that was to be killed. */
export interface Interrupted extends Ended {
  /** Whether it was; false if the command was quicker. */
  readonly wasEnded: boolean;
}

/** A command that is running. */
export interface Running {
  readonly printed: () => string;
  readonly runs: () => boolean;
  readonly end: (ending: Ending) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** A copy of the project's files in git, where commands run as a user would run them. */
export class ProjectCopy {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
  }

  /**
   * A repository of its own with the files of this one's work tree, and nothing that was installed
   * or built. Commands there don't see a Pulumi backend or passphrase of this machine's user.
   */
  static async make(): Promise<ProjectCopy> {
    const env = { ...process.env };
    for (const name of ["PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"]) {
      delete env[name];
    }
    const copy = new ProjectCopy(await mkdtemp(join(tmpdir(), "todo-chatbot-e2e-")), env);
    await copy.#git("init", "--quiet");
    await copy.switchTo();
    return copy;
  }

  /**
   * Replaces the files with those of a revision of this repository, as `git switch` would: what git
   * ignores stays, like the state of the stack.
   *
   * @param revision default the work tree
   */
  async switchTo(revision?: string): Promise<void> {
    await this.#git("rm", "-r", "--force", "--quiet", "--ignore-unmatch", ".");
    await (revision === undefined
      ? copyWorkTree(this.folder)
      : copyRevision(revision, this.folder));
    await this.#git("add", "--all");
    const identity = ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost"];
    await this.#git(...identity, "commit", "--quiet", "--allow-empty", "--message", "copy");
  }

  #git(...args: string[]): Promise<string> {
    return run("git", args, { cwd: this.folder });
  }

  /** The folder of its settings and state. */
  get home(): string {
    return this.env["TODO_CHATBOT_HOME"] ?? join(this.folder, ".todo-chatbot");
  }

  /** The same folder with other variables, like another TODO_CHATBOT_HOME. */
  with(env: NodeJS.ProcessEnv): ProjectCopy {
    return new ProjectCopy(this.folder, { ...this.env, ...env });
  }

  /** A second clone, which has the packages of the first one, and none of its settings and state. */
  async clone(): Promise<ProjectCopy> {
    const copy = new ProjectCopy(await mkdtemp(join(tmpdir(), "todo-chatbot-e2e-")), this.env);
    await copy.#git("clone", "--quiet", this.folder, ".");
    await symlink(join(this.folder, "node_modules"), join(copy.folder, "node_modules"));
    return copy;
  }

  /** `npm run <command> -- <args>`, as a user would type it. */
  npm(command: string, ...args: string[]): Promise<Ended> {
    return this.#spawn(command, args).ended;
  }

  /** The same, killed without warning as soon as it has printed something. */
  killAt(printed: RegExp, command: string, ...args: string[]): Promise<Interrupted> {
    const moment = (output: string) => printed.test(output);
    return this.endAt(moment, "SIGKILL of the group", command, ...args);
  }

  /**
   * The same, killed at a given moment.
   *
   * @param moment whether it is time, by the output and the cluster; polled
   */
  async endAt(
    moment: (output: string) => boolean | Promise<boolean>,
    ending: Ending,
    command: string,
    ...args: string[]
  ): Promise<Interrupted> {
    const { printed, runs, end, ended } = this.open(command, ...args);
    let wasEnded = false;
    while (runs() && !wasEnded) {
      if ((await moment(printed())) && runs()) {
        await end(ending);
        wasEnded = true;
      } else await sleep(20);
    }
    return { ...(await ended), wasEnded };
  }

  /** The same, running until it is killed. */
  open(command: string, ...args: string[]): Running {
    const { child, printed, ended } = this.#spawn(command, args);
    const { pid } = child;
    return {
      ...{ printed, ended },
      runs: () => pid !== undefined && child.exitCode === null && child.signalCode === null,
      async end(ending) {
        // Processes that survive it would keep its output open.
        child.once("exit", () => setTimeout(closeOutput, 1_000, child));
        await endings[ending](pid!);
      },
    };
  }

  #spawn(command: string, args: string[]) {
    const started = Date.now();
    const child = spawn("npm", ["run", "--silent", command, "--", ...args], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that it can be killed with its descendants.
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const ended = new Promise<Ended>((done, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        done({ code: code ?? 1, output, took: Math.round((Date.now() - started) / 1000) });
      });
    });
    return { child, printed: () => output, ended };
  }

  /** Replaces a text in a file; fails if it is not there. */
  async edit(file: string, from: string, to: string): Promise<void> {
    const path = join(this.folder, file);
    const before = await readFile(path, "utf8");
    if (!before.includes(from)) throw new Error(`${file} has no "${from}" to replace`);
    await writeFile(path, before.replace(from, to));
  }

  async remove(): Promise<void> {
    await this.#endOrphans();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Kills the plugins of an update that was killed: on Linux, processes in the folder. */
  async #endOrphans(): Promise<void> {
    for (const entry of await readdir("/proc").catch(() => [])) {
      const cwd = await readlink(join("/proc", entry, "cwd")).catch(() => "");
      if (/^\d+$/.test(entry) && cwd.startsWith(this.folder)) process.kill(Number(entry));
    }
  }
}

function closeOutput({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy();
  stderr?.destroy();
}

/** Copies what git tracks and what it would track. */
async function copyWorkTree(folder: string): Promise<void> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const files = (await run("git", args, { cwd: source })).split("\0");
  for (const file of files.filter((name) => name !== "")) {
    await cp(join(source, file), join(folder, file)).catch((error: unknown) => {
      // Deleted and not yet committed.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }
}

/** Copies all files of a revision of this repository. */
export async function copyRevision(revision: string, folder: string): Promise<void> {
  await using temporary = await temporaryFolder();
  const archive = join(temporary.path, "revision.tar");
  await run("git", ["archive", "--output", archive, revision], { cwd: source });
  await run("tar", ["--extract", "--file", archive, "--directory", folder]);
}

/** A release: its name, and its revision in git. */
export interface Release {
  readonly name: string;
  readonly revision: string;
}

/** Counts as a release as long as there is none. */
const first: Release = { name: "1.0.0", revision: "975254b2b87a97b13e048401999a21ecc8d43134" };

/** The newest release before this revision; undefined in a clone that is too shallow. */
export async function newestRelease(): Promise<Release | undefined> {
  const args = ["tag", "--list", "--no-contains", "HEAD", "--sort=-version:refname"];
  const tags = (await run("git", args, { cwd: source })).split("\n");
  const newest = tags.find((tag) => /^v?\d+\.\d+\.\d+$/.test(tag));
  if (newest !== undefined) return { name: newest, revision: newest };
  const look = run("git", ["cat-file", "-e", `${first.revision}^{commit}`], { cwd: source });
  return look.then(
    () => first,
    () => undefined,
  );
}

/** Lines of the plan that an update carried out, like `~ 3 updated`. */
export const changesIn = (output: string): string[] =>
  [...output.matchAll(/^ +[+~-]+ \d+ (created|updated|deleted|replaced)/gm)].map(([line]) =>
    line.trim(),
  );

/** The cluster of a context, to look at what it really has. */
export function cluster(context: string) {
  const config = kubeconfigOf(context);
  return { config, core: config.makeApiClient(CoreV1Api) };
}

/** Sends a request to a pod; returns the response's body, whatever its status. */
export async function askPod(
  config: KubeConfig,
  pod: string,
  port: number,
  path: string,
  where = namespace,
): Promise<string> {
  using forwarded = await forwardPod(config, { namespace: where, pod, port });
  // A kept-alive connection would keep the port forward open too.
  const headers = { connection: "close" };
  const signal = AbortSignal.timeout(15_000);
  return await (await fetch(forwarded.url + path, { headers, signal })).text();
}

/** Opens a pod's port on this machine, as `kubectl port-forward` does. */
export function forward(
  config: KubeConfig,
  where: string,
  pod: string,
  port: number,
): Promise<Forward> {
  return forwardPod(config, { namespace: where, pod, port });
}

/** Runs a command in a pod's first container; returns its output. */
export async function inPod(
  config: KubeConfig,
  pod: string,
  command: string[],
  where = namespace,
): Promise<string> {
  const output = new PassThrough();
  let text = "";
  output.setEncoding("utf8").on("data", (part: string) => (text += part));
  await new Promise<void>((resolve, reject) => {
    new Exec(config)
      .exec(where, pod, "", command, output, output, null, false, () => {
        resolve();
      })
      .catch(reject);
  });
  return text.trim();
}

/** Retries until it succeeds, for at most the given seconds; fails with the last error. */
export async function eventually<T>(seconds: number, attempt: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + seconds * 1000; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}
