import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { bold, green, red, yellow } from "../cli/terminal.ts";
import { show } from "../lib/exec.ts";
import { temporaryFolder } from "../lib/temporary.ts";
import { project } from "../lib/project.ts";

/** Result of a part of the tests. */
export interface Counts {
  readonly passed: number;
  /** What failed, and its error in one line. */
  readonly failed: readonly string[];
  /** What was skipped, and why. */
  readonly skipped: readonly string[];
  /** How many tests passed in each file that skipped none, by its path in the folder. */
  readonly whole?: Readonly<Record<string, number>>;
}

/** Runs a check that counts as one test. */
export async function check(
  name: string,
  program: string,
  args: readonly string[],
  folder = "",
): Promise<Counts> {
  console.log(bold(`\n${name}`));
  const code = await show(program, args, { cwd: join(project, folder), onLine: () => undefined });
  console.log(code === 0 ? green("  ✓ passed") : red(`  ✗ exit code ${code}`));
  return oneTest(code === 0 ? undefined : `${name}: exit code ${code}`);
}

/**
 * Runs mocha in a folder of the project and counts its tests.
 *
 * @param files to leave out
 */
export async function mocha(
  name: string,
  folder: string,
  args: readonly string[] = [],
  files: readonly string[] = [],
): Promise<Counts> {
  console.log(bold(`\n${name}`));
  await using temporary = await temporaryFolder();
  const report = join(temporary.path, "report.jsonl");
  const reporter = join(import.meta.dirname, "reporter.cjs");
  const code = await show(
    process.execPath,
    [
      ...[join("node_modules", "mocha", "bin", "mocha.js"), "--reporter", reporter],
      // What a failed test left open would keep mocha from ending.
      ...["--exit", ...args],
      ...files.flatMap((file) => ["--ignore", file]),
    ],
    {
      cwd: join(project, folder),
      env: { TODO_TEST_REPORT: report, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) },
      onLine: () => undefined,
    },
  );
  const lines = await readFile(report, "utf8").catch(() => "");
  const counts = lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Counts);
  const total = sum(counts);
  const failed = total.failed.map((what) => `${name}: ${what}`);
  // A runner that crashed before it counted anything has failed too.
  if (code !== 0 && failed.length === 0) failed.push(`${name}: mocha ended with exit code ${code}`);
  if (code === 0 && total.passed + total.skipped.length === 0) failed.push(`${name}: no test ran`);
  return {
    ...total,
    failed,
    skipped: total.skipped.map((what) => `${name}: ${what}`),
  };
}

/** Shows a check that counts as one test, and passes without failures. */
export function conclude(name: string, failures: readonly string[]): Counts {
  console.log(bold(`\n${name}`));
  for (const failure of failures) console.log(red(`  ✗ ${failure}`));
  if (failures.length === 0) console.log(green("  ✓ passed"));
  return oneTest(failures.length === 0 ? undefined : `${name}: ${failures.join("; ")}`);
}

const oneTest = (failure: string | undefined): Counts =>
  failure === undefined
    ? { passed: 1, failed: [], skipped: [] }
    : { passed: 0, failed: [failure], skipped: [] };

/** A part that can't run on this machine. */
export function skip(name: string, reason: string): Counts {
  console.log(bold(`\n${name}`));
  console.log(yellow(`  skipped: ${reason}`));
  return { passed: 0, failed: [], skipped: [`${name}: ${reason}`] };
}

/** Prints what was skipped, what failed and the summary; any failure makes the exit code 1. */
export function close(counts: readonly Counts[]): void {
  const { passed, failed, skipped } = sum(counts);
  if (skipped.length > 0) {
    console.log(yellow(`\nNot tested:`));
    for (const what of skipped) console.log(yellow(`  - ${what}`));
  }
  if (failed.length > 0) {
    console.log(red(`\nFailed:`));
    for (const what of failed) console.log(red(`  - ${what}`));
    process.exitCode = 1;
  }
  console.log(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
}

/** Whether a part ran without skipping anything. */
export const isComplete = (counts: Counts | undefined): boolean => counts?.skipped.length === 0;

/** Result of a part of which the files that had skipped tests ran again; failures of the first run still count. */
export const completed = (before: Counts | undefined, now: Counts): Counts => ({
  ...sum([{ passed: 0, failed: [], skipped: [], whole: before?.whole ?? {} }, now]),
  passed: Object.values(before?.whole ?? {}).reduce((total, passed) => total + passed, now.passed),
  failed: [...new Set([...(before?.failed ?? []), ...now.failed])],
});

export function sum(counts: readonly Counts[]): Counts {
  const files = counts.flatMap(({ whole = {} }) => Object.entries(whole));
  return {
    passed: counts.reduce((total, { passed }) => total + passed, 0),
    failed: counts.flatMap(({ failed }) => failed),
    skipped: counts.flatMap(({ skipped }) => skipped),
    ...(files.length > 0 && { whole: Object.fromEntries(files) }),
  };
}
