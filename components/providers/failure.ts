/** An error without its stack trace, which the provider's process would print. */
export function withoutTrace(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message), { stack: "" });
}
