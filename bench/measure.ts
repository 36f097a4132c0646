import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { step } from "../cli/terminal.ts";
import { run, RunError } from "../lib/exec.ts";
import { temporaryFolder } from "../lib/temporary.ts";

/** What one run took, in seconds. */
export interface Time {
  readonly wall: number;
  /** User and system time of the command and of all processes that it started and waited for; absent: not measured. */
  readonly cpu?: number;
}

/** A command's time, and what it printed. */
export interface Timed extends Required<Time> {
  readonly output: string;
}

/** Where a command runs. */
export interface Place {
  readonly cwd: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command to its end.
 *
 * @throws RunError with its output when it fails
 */
export async function timed(
  command: string,
  args: readonly string[],
  place: Place,
): Promise<Timed> {
  await using folder = await temporaryFolder();
  const log = join(folder.path, "output");
  // bash knows the CPU time of a process tree; Node only that of this process.
  const script = 'TIMEFORMAT="%R %U %S"; { time "$@" >"$0" 2>&1; } 2>&1';
  const times = await run("bash", ["-c", script, log, command, ...args], {
    timeoutMs: 900_000,
    ...place,
  }).catch(async (error: unknown) => {
    throw new RunError(`${String(error)}\n${await readFile(log, "utf8").catch(() => "")}`);
  });
  const [wall = 0, user = 0, system = 0] = times.split(" ").map(Number);
  return { wall, cpu: user + system, output: await readFile(log, "utf8") };
}

/** Seconds until a promise resolves. */
export async function secondsOf(work: () => Promise<unknown>): Promise<Time> {
  const start = performance.now();
  await work();
  return { wall: (performance.now() - start) / 1000 };
}

/** Runs all sides in turns, A B A B: other load on the machine then hits all of them. */
export async function inTurns<Side extends string, Result>(
  rounds: number,
  sides: Readonly<Record<Side, (round: number) => Promise<Result>>>,
): Promise<Record<Side, Result[]>> {
  const entries = Object.entries(sides) as [Side, (round: number) => Promise<Result>][];
  const results = Object.fromEntries(entries.map(([name]) => [name, [] as Result[]]));
  for (let round = 0; round < rounds; round += 1) {
    step(`Round ${round + 1} of ${rounds}`);
    for (const [name, once] of entries) results[name]?.push(await once(round));
  }
  return results as Record<Side, Result[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
