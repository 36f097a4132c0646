import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

// Node's own child_process: this module is loaded in the dynamic providers' process too, for which
// execa takes half as long to load as all of Node (ARCHITECTURE.md).

/** Where and how a program runs. */
export interface Place {
  /** Working directory. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions extends Place {
  /** Milliseconds until the program is killed; default 60 000. */
  readonly timeoutMs?: number;
  /** Its standard input: a file, as an open file descriptor, or a text. */
  readonly stdin?: number | string;
}

export interface ShowOptions extends Place {
  /** Called with each line of its standard output; it then has no input. */
  readonly onLine?: (line: string) => void;
  /** Ends the program. */
  readonly signal?: AbortSignal;
}

/** How a program ended, and what it printed. */
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
 * @throws RunError with the command and the last lines that the program printed
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
 * Runs a program to its end, whatever that is.
 *
 * @throws RunError when it can't be started, is killed or takes too long
 */
export async function capture(
  program: string,
  args: readonly string[],
  { timeoutMs = 60_000, stdin, ...place }: RunOptions = {},
): Promise<Ended> {
  const command = `\`${[program, ...args].join(" ")}\``;
  const input = typeof stdin === "string" ? "pipe" : (stdin ?? "ignore");
  const { child, ended } = start(program, args, place, [input, "pipe", "pipe"]);
  // A program that ends without reading its input says itself why.
  child.stdin?.on("error", () => undefined).end(stdin);
  // spawn's own timeout goes on running for a program that could not be started.
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
 * Runs a program on this terminal, so that its progress shows.
 *
 * @returns its exit code. Ctrl-C ends the program and not this process, which can say what comes next
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

/** Programs that run, and whether each has this terminal. */
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
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio });
  if (running.size === 0) for (const signal of signals) process.on(signal, pass);
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

/** Ends what runs with this process, which a signal alone would leave behind. */
function pass(signal: NodeJS.Signals): void {
  for (const child of running.keys()) {
    // Ctrl-C reaches them by itself; a second one would mean "at once" to Pulumi.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  }
  if ([...running.values()].includes(true)) return;
  for (const each of signals) process.off(each, pass);
  process.kill(process.pid, signal);
}

/** The end of what a program printed: the cause stands there, and the rest floods a terminal. */
function lastLines(output: string): string {
  return output.trim().split("\n").slice(-5).join("\n") || "no output";
}
