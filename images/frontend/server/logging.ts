/** Picks what is safe: the error of a malformed request, for one, holds its bytes, and so a token. */
export function describeError(error: Error) {
  const { name: type, message, stack = "" } = error;
  const { code } = error as { code?: unknown };
  return { type, message, stack, ...(code !== undefined && { code }) };
}
