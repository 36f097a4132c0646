import { spawn } from "node:child_process";

/** What {@link run} may be told. */
export interface RunOptions {
  /** Milliseconds until the program is ended; default 60 000. */
  readonly timeoutMs?: number;
  /** Its standard input: a file, as an open file descriptor, or a text. */
  readonly stdin?: number | string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. */
  readonly cwd?: string;
}

interface Ending {
  readonly code?: number | undefined;
  readonly missing?: boolean;
  readonly output?: string;
}

/** A program that could not be started, failed, or took too long. */
export class RunError extends Error {
  override readonly name = "RunError";
  /** Exit code; undefined when the program is missing, was ended by a signal or took too long. */
  readonly code: number | undefined;
  /** Whether there is no such program on PATH. */
  readonly missing: boolean;
  /** All that it printed; for looking at, not for showing: it may hold secrets. */
  readonly output: string;

  constructor(message: string, { code, missing = false, output = "" }: Ending = {}) {
    super(message);
    this.code = code;
    this.missing = missing;
    // Hidden from those who print the whole error.
    this.output = output;
    Object.defineProperty(this, "output", { enumerable: false });
  }
}

/**
 * Runs a program to its end, without a shell.
 *
 * @returns its standard output, without white space around it
 * @throws RunError that carries the command and the program's own words
 */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { timeoutMs = 60_000, stdin, env, cwd } = options;
  const command = [program, ...args].join(" ");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [typeof stdin === "string" ? "pipe" : (stdin ?? "ignore"), "pipe", "pipe"],
    });
    // A program that ends without reading it has its own words for why.
    child.stdin?.on("error", () => undefined).end(stdin);
    // spawn's own timeout goes on running for a program that could not be started.
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(
        error.code === "ENOENT"
          ? new RunError(`${program} is not on PATH. Install it, then try again.`, {
              missing: true,
            })
          : new RunError(`\`${command}\` could not be started: ${error.message}`),
      );
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (late) {
        reject(new RunError(`\`${command}\` did not end within ${timeoutMs / 1000} s.`));
      } else if (code === 0) {
        resolve(stdout.trim());
      } else {
        const ending = code === null ? `ended by ${String(signal)}` : "failed";
        reject(
          new RunError(`\`${command}\` ${ending}: ${lastWords(stderr || stdout)}`, {
            code: code ?? undefined,
            output: stdout + stderr,
          }),
        );
      }
    });
  });
}

/** The end of what a program said: the cause stands there, and the rest floods a terminal. */
function lastWords(output: string): string {
  return output.trim().split("\n").slice(-5).join("\n") || "it said nothing";
}
