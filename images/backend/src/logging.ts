import type { LoggerOptions } from "pino";

import type { LogLevel } from "./config.ts";

/**
 * JSON lines with level, time and request id. Nothing of a request's headers, address, query or body
 * gets in, so no token and no personal data does.
 */
export function loggerOptions(level: LogLevel): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
  };
}

/** Picks what is safe: the `detail` of a Postgres error, for one, quotes the row. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    stack,
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}
