/** Logs only safe fields: the error of a malformed request contains its bytes, and so a token. */
export function describeError(error: Error) {
  const { name: type, message, stack = "" } = error;
  const { code } = error as { code?: unknown };
  return { type, message, stack, ...(code !== undefined && { code }) };
}
