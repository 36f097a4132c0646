import { run } from "../../lib/exec.ts";
import { stack } from "./stack.ts";

/** What a suite needs in the cluster, and a shell command of the environment installs. */
export class Installer {
  readonly #command: string | undefined;
  /** Why it can't be installed; undefined: it can. */
  readonly problem: string | undefined;

  /**
   * @param variable has the command, which gets the context's name as its argument
   * @param what it installs
   */
  constructor(variable: string, what: string) {
    this.#command = process.env[variable];
    if (this.#command !== undefined) return;
    this.problem = `${variable} is not set, a shell command that installs ${what} on the current context's cluster`;
  }

  /** @returns what the command printed */
  install(): Promise<string> {
    const args = ["-c", this.#command ?? "", "sh", stack.context];
    return run("sh", args, { timeoutMs: 900_000 });
  }
}
