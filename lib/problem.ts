/** A mistake of the person or the machine, not of this program: it prints without a stack trace. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
