import type { LoggerOptions } from "pino";

import type { LogLevel } from "./config.ts";
import { isTracing, traceIds } from "./telemetry/tracing.ts";

/**
 * JSON lines with level, time, request id, and trace id where requests are traced. They contain no headers, address, query or body of a
 * request, and so no tokens or personal data.
 */
export function loggerOptions(level: LogLevel): LoggerOptions {
  return {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    ...(isTracing() && { mixin: traceIds }),
  };
}

/** Logs only safe fields: for example, the `detail` of a Postgres error quotes the row. */
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
