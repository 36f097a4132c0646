import { createInterface } from "node:readline/promises";

import { Problem } from "../lib/problem.ts";

/** No colors in pipes and files. */
const color = (code: number) => (text: string) =>
  process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001B[${code}m${text}\u001B[0m` : text;

export const bold = color(1);
export const red = color(31);
export const green = color(32);
export const yellow = color(33);

/** Prints a step of a long-running command. */
export function step(text: string): void {
  console.log(`• ${text}`);
}

/** Whether this is a CI job, where nobody can answer. */
export function isCi(): boolean {
  return !["", "0", "false"].includes(process.env["CI"] ?? "");
}

/** @throws Problem if nobody can confirm: standard input is not a terminal, or this is CI */
export function ensureTerminal(): void {
  if (!process.stdin.isTTY) throw new Problem("Not a terminal: pass --yes to skip confirmation.");
  if (isCi()) throw new Problem("The variable CI is set: pass --yes to skip confirmation.");
}

/**
 * Prints the consequence of a command, and asks for confirmation.
 *
 * @throws Problem if nobody can
 */
export async function confirm(consequence: string): Promise<boolean> {
  ensureTerminal();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(yellow(`${consequence} Type yes to continue: `));
  terminal.close();
  return answer.trim() === "yes";
}
