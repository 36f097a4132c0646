import type { Context } from "mocha";

/** Skips a test, or in a `before` all of its suite, and prints why, for the closing lines. */
export function skip(test: Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  return test.skip();
}
