/** An error of the user or the environment, not a bug; printed without a stack trace. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
