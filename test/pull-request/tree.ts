import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { project } from "../../lib/project.ts";

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  /** Both streams, without colours. */
  readonly output: string;
}

// Dozens of programs are started here that all load the same modules: a third of their time is spared.
const compiled = mkdtempSync(join(tmpdir(), "todo-chatbot-test-"));
process.env["NODE_COMPILE_CACHE"] ??= compiled;
process.on("exit", () => rmSync(compiled, { recursive: true, force: true }));

const leftOut = ["node_modules", ".git", ".todo-chatbot", "dist", "docs"];

/** A copy of this project that a test may break; it goes with the object. */
export class Tree implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "todo-chatbot-test-"));
  /** What the broken files were. */
  readonly #sound = new Map<string, string>();

  constructor() {
    cpSync(project, this.path, {
      recursive: true,
      filter: (source) => !leftOut.includes(basename(source)),
    });
    symlinkSync(join(project, "node_modules"), join(this.path, "node_modules"), "dir");
  }

  /**
   * Replaces the first place of a text in a file.
   *
   * @throws Error when the file does not have it, so that no test goes on with a sound tree
   */
  edit(file: string, from: string, to: string): void {
    const text = this.#read(file);
    if (!text.includes(from)) throw new Error(`${file} does not have: ${from}`);
    writeFileSync(
      join(this.path, file),
      text.replace(from, () => to),
    );
  }

  remove(file: string): void {
    this.#read(file);
    rmSync(join(this.path, file));
  }

  /** Makes a repository of it, with one commit. */
  commit(): void {
    const author = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    for (const args of [
      ["init", "--quiet", "--initial-branch", "main"],
      ["add", "--all", ":!node_modules"],
      [...author, "commit", "--quiet", "--message", "sound"],
    ]) {
      const { code, output } = this.run("git", args);
      if (code !== 0) throw new Error(output);
    }
  }

  /** Makes everything that was broken sound again. */
  restore(): void {
    for (const [file, text] of this.#sound) writeFileSync(join(this.path, file), text);
    this.#sound.clear();
  }

  #read(file: string): string {
    const text = readFileSync(join(this.path, file), "utf8");
    if (!this.#sound.has(file)) this.#sound.set(file, text);
    return text;
  }

  /** Runs a program in the tree, without a cluster and without Docker. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return runIn(this.path, program, args, env);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Runs a program to its end, on a machine that has neither cluster nor Docker. */
export function runIn(
  folder: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      KUBECONFIG: join(folder, "no-kubeconfig"),
      DOCKER_HOST: "tcp://127.0.0.1:1",
      NO_COLOR: "1",
      ...env,
    },
  });
  if (error) throw error;
  return { code: status, output: `${stdout}${stderr}` };
}
