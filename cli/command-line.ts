import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CommanderError } from "@commander-js/extra-typings";

import { red } from "./terminal.ts";

/** An invalid command line: printed with the command's usage; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Errors of the user or the machine, printed without a stack trace. */
const expected = new Set(["Problem", "RunError"]);

/**
 * Runs a command line program. Exit code 1: it failed; 2: the command line is invalid; the reason and
 * the usage are on standard error.
 */
export async function runProgram(
  program: CommandUnknownOpts,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  // A reader that closes the pipe early, like `| head`, is not a failure.
  process.stdout.once("error", () => process.exit(0));
  let running = program;
  program.hook("preAction", (_program, command) => {
    running = command;
  });
  for (const command of withSubcommands(program)) command.exitOverride().showHelpAfterError();
  try {
    await reportingUsageErrors(
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

/** Reports usage errors of commands as commander reports its own. */
async function reportingUsageErrors(
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
  // The mark of the SDK's RunError identifies it without loading the SDK.
  const isExpected = expected.has(error.name) || "__pulumiRunError" in error;
  return isExpected ? error.message : (error.stack ?? error.message);
}

/** A command and all its subcommands. */
export function withSubcommands(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap((one) => withSubcommands(one))];
}
