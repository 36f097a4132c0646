import { createInterface } from "node:readline/promises";

import * as pulumi from "@pulumi/pulumi";

import { messageOf, Problem } from "../lib/problem.ts";

/** Colours only where a person reads them. */
const colour = (code: number) => (text: string) =>
  process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001B[${code}m${text}\u001B[0m` : text;

export const bold = colour(1);
export const red = colour(31);
export const green = colour(32);
export const yellow = colour(33);

/** One step of long work. */
export function step(text: string): void {
  console.log(`• ${text}`);
}

/** Reads the command line. When something is wrong with it, the usage text follows what that is. */
export function withUsage<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Problem(`${messageOf(error)}\n\n${usage}`);
  }
}

/** @throws Problem when there is no terminal to ask at */
export function needAnswers(): void {
  if (process.stdin.isTTY) return;
  throw new Problem("Nobody can be asked here. Add --yes, and nothing is asked.");
}

/**
 * Tells what a command will do, and asks whether it may.
 *
 * @throws Problem when there is no terminal to ask at
 */
export async function isSure(consequence: string): Promise<boolean> {
  needAnswers();
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(yellow(`${consequence} Type yes to go on: `));
  terminal.close();
  return answer.trim() === "yes";
}

/** Runs a command's main function; a {@link Problem} prints as its message, with exit code 1. */
export async function main(command: () => Promise<void>): Promise<void> {
  // A reader that went away, like `| head`, is no fault of ours.
  process.stdout.once("error", () => process.exit(0));
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // The SDK's own RunError has the name of a plain Error.
    const fromPulumi: boolean = pulumi.RunError.isInstance(error);
    const known = fromPulumi || error.name === "Problem" || error.name === "RunError";
    console.error(red(known ? error.message : (error.stack ?? error.message)));
    process.exitCode = 1;
  }
}
