import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CommanderError } from "@commander-js/extra-typings";

import { red } from "./terminal.ts";

/** A command line that makes no sense; it prints with the command's usage, and exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Errors of the person or the machine: they print as their message, without a stack trace. */
const expected = new Set(["Problem", "RunError"]);

/**
 * Runs a program on the command line. Exit code 1: it failed; 2: the command line is wrong, and
 * the usage says why on standard error.
 */
export async function runProgram(
  program: CommandUnknownOpts,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  // A reader that went away, like `| head`, is no failure.
  process.stdout.once("error", () => process.exit(0));
  let running = program;
  program.hook("preAction", (_program, command) => {
    running = command;
  });
  for (const command of withSubcommands(program)) command.exitOverride().showHelpAfterError();
  try {
    await refusing(
      () => program.parseAsync(args, { from: "user" }),
      () => running,
    );
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      console.error(red(textOf(error)));
      process.exitCode = 1;
    }
  }
}

/** Reports what a command refuses like what commander refuses. */
async function refusing(
  run: () => Promise<unknown>,
  running: () => CommandUnknownOpts,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UsageError) running().error(`error: ${error.message}`);
    throw error;
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The SDK's RunError is marked, so that it is known without loading the SDK.
  const isExpected = expected.has(error.name) || "__pulumiRunError" in error;
  return isExpected ? error.message : (error.stack ?? error.message);
}

/** A command and all below it. */
export function withSubcommands(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap((one) => withSubcommands(one))];
}
