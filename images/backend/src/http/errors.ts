import { finished } from "node:stream/promises";

import type { FastifyReply, FastifyRequest } from "fastify";

import { DatabaseUnavailable, refusesWrites, sqlState } from "../database/database.ts";
import { findOrigin } from "./origin.ts";
import { HttpProblem } from "./problem.ts";

/** Where clients look for the metadata of a resource (RFC 9728), before the resource's own path. */
export const resourceMetadataPath = "/.well-known/oauth-protected-resource";

/** SQLSTATE foreign_key_violation: the row's user no longer exists. */
const noSuchRow = "23503";

/** Converts an error to a problem; details of internal errors stay in the log. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof DatabaseUnavailable) {
    return new HttpProblem(503, "The database is unavailable right now; try again shortly.", {
      retryAfterSeconds: 5,
    });
  }
  if (refusesWrites(error)) {
    return new HttpProblem(
      507,
      "Nothing was saved: the database is read-only right now, e.g. because its disk is full. Reads still work.",
    );
  }
  if (sqlState(error) === noSuchRow) {
    return new HttpProblem(401, "The account of this token no longer exists.");
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new HttpProblem(statusCode, message ?? "The request is not valid.");
  }
  return new HttpProblem(500, "Internal error; look for the request id in the log.");
}

/** Tells how to get in (RFC 6750), and MCP clients where to ask for a token (RFC 9728). */
function challengeOf({ challenge }: HttpProblem, request: FastifyRequest): string {
  const resource = request.routeOptions.url === "/mcp" ? "/mcp" : "";
  // An error must never fail for a Host header that is none.
  const origin = findOrigin(request);
  const attributes = [
    challenge ?? [],
    origin === undefined ? [] : `resource_metadata="${origin}${resourceMetadataPath}${resource}"`,
  ].flat();
  return ["Bearer", attributes.join(", ")].filter((part) => part !== "").join(" ");
}

/** How long the rest of a body that is too large is read, in milliseconds. */
const discardMs = 5000;

/** Responds with a problem, and logs server errors. */
export async function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problem = toProblem(error);
  if (problem.status === 413) {
    // Closing while the client still sends resets the connection, and it never sees the response.
    const rest = finished(request.raw.resume(), { signal: AbortSignal.timeout(discardMs) });
    await rest.catch(() => undefined);
  }
  if (problem.status >= 500) {
    request.log[problem.status === 503 ? "warn" : "error"]({ err: error }, "request failed");
  }
  if (problem.status === 401 || problem.challenge !== undefined) {
    reply.header("www-authenticate", challengeOf(problem, request));
  }
  if (problem.retryAfterSeconds !== undefined) {
    reply.header("retry-after", problem.retryAfterSeconds);
  }
  return reply
    .code(problem.status)
    .type("application/problem+json")
    .send(JSON.stringify(problem.toBody(request.id)));
}
