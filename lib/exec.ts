import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

// Node's own child_process, not execa: the dynamic providers' process loads this module too, and execa
// would slow its start (ARCHITECTURE.md).

/** Working directory and environment of a program. */
export interface Place {
  /** Working directory. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions extends Place {
  /** Milliseconds until the program is killed; default 60 000. */
  readonly timeoutMs?: number;
  /** Its standard input: an open file descriptor, or a text. */
  readonly stdin?: number | string;
}

export interface ShowOptions extends Place {
  /** Called with each line of its standard output; its standard input is then empty. */
  readonly onLine?: (line: string) => void;
  /** Terminates the program. */
  readonly signal?: AbortSignal;
}

/** Exit code and output of a program. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Ending {
  readonly code?: number | undefined;
  readonly missing?: boolean;
  readonly output?: string;
}

/** A program could not be started, failed, or timed out. */
export class RunError extends Error {
  override readonly name = "RunError";
  /** Exit code; undefined when the program is missing, was killed by a signal or timed out. */
  readonly code: number | undefined;
  /** Whether the program is not on PATH. */
  readonly missing: boolean;
  /** All output, to be inspected but never shown: it may contain secrets. */
  readonly output: string;

  constructor(message: string, { code, missing = false, output = "" }: Ending = {}) {
    super(message);
    this.code = code;
    this.missing = missing;
    // Not enumerable, so that printing the error does not show it.
    this.output = output;
    Object.defineProperty(this, "output", { enumerable: false });
  }
}

/**
 * Runs a program without a shell.
 *
 * @returns its standard output, trimmed
 * @throws RunError with the command and the program's last lines of output
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await capture(program, args, options);
  if (code === 0) return stdout.trim();
  throw new RunError(`\`${[program, ...args].join(" ")}\` failed: ${lastLines(stderr || stdout)}`, {
    code,
    output: stdout + stderr,
  });
}

/**
 * Runs a program and returns its output whatever its exit code.
 *
 * @throws RunError when it can't be started, is killed or times out
 */
export async function capture(
  program: string,
  args: readonly string[],
  { timeoutMs = 60_000, stdin, ...place }: RunOptions = {},
): Promise<Ended> {
  const command = `\`${[program, ...args].join(" ")}\``;
  const input = typeof stdin === "string" ? "pipe" : (stdin ?? "ignore");
  const { child, ended } = start(program, args, place, [input, "pipe", "pipe"]);
  // EPIPE when the program exits without reading its input; it reports the reason itself.
  child.stdin?.on("error", () => undefined).end(stdin);
  // spawn's own timeout keeps running when the program could not be started.
  let isLate = false as boolean;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const { code, signal } = await ended.finally(() => clearTimeout(timer));
  if (isLate) throw new RunError(`${command} timed out after ${timeoutMs / 1000} s.`);
  if (code === null) {
    throw new RunError(
      `${command} was ended by ${String(signal)}: ${lastLines(stderr || stdout)}`,
      { output: stdout + stderr },
    );
  }
  return { code, stdout, stderr };
}

/**
 * Runs a program in this terminal, showing its progress.
 *
 * @returns its exit code. Ctrl-C ends the program but not this process, which can print what to do next
 */
export async function show(
  program: string,
  args: readonly string[],
  { onLine, signal: abort, ...place }: ShowOptions = {},
): Promise<number> {
  const stdio: StdioOptions = onLine === undefined ? "inherit" : ["ignore", "pipe", "inherit"];
  const { child, ended } = start(program, args, place, stdio, true);
  if (onLine !== undefined && child.stdout !== null) {
    child.stdout.pipe(process.stdout, { end: false });
    createInterface({ input: child.stdout }).on("line", onLine);
  }
  const stop = () => child.kill();
  if (abort?.aborted) stop();
  abort?.addEventListener("abort", stop, { once: true });
  const { code, signal } = await ended.finally(() => abort?.removeEventListener("abort", stop));
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Running programs, and whether each has the terminal. */
const running = new Map<ChildProcess, boolean>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

function start(
  program: string,
  args: readonly string[],
  { cwd, env }: Place,
  stdio: StdioOptions,
  hasTerminal = false,
): Started {
  // First: a signal just after the spawn would end this process alone.
  if (running.size === 0) for (const signal of signals) process.on(signal, pass);
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio });
  running.set(child, hasTerminal);
  const ended = new Promise<Awaited<Started["ended"]>>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const command = [program, ...args].join(" ");
      reject(
        error.code === "ENOENT"
          ? new RunError(`${program} is not on PATH. Install it, then try again.`, {
              missing: true,
            })
          : new RunError(`\`${command}\` could not be started: ${error.message}`),
      );
    });
    child.on("close", (code, signal) => {
      resolve({ code, signal });
    });
  });
  return { child, ended: ended.finally(() => forget(child)) };
}

function forget(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) for (const signal of signals) process.off(signal, pass);
}

/** Forwards a signal to the running programs, which would otherwise outlive this process. */
function pass(signal: NodeJS.Signals): void {
  for (const child of running.keys()) {
    // The terminal sends Ctrl-C to them too; a second SIGINT would make Pulumi abort immediately.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  }
  if ([...running.values()].includes(true)) return;
  for (const each of signals) process.off(each, pass);
  process.kill(process.pid, signal);
}

/** The last lines of a program's output, which have the cause. */
function lastLines(output: string): string {
  return output.trim().split("\n").slice(-5).join("\n") || "no output";
}
