/** The provider's process prints the trace of what is thrown, and that is nothing for a person. */
export function withoutTrace(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(message), { stack: "" });
}
