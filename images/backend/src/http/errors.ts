import type { FastifyReply, FastifyRequest } from "fastify";

import { DatabaseAway, refusesWrites, sqlState } from "../database/database.ts";
import { HttpProblem } from "./problem.ts";

/** SQLSTATE of a row whose person does not exist any more. */
const noSuchRow = "23503";

/** What to answer for whatever was thrown; details of faults of ours stay in the log. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof DatabaseAway) {
    return new HttpProblem(503, "The database does not answer right now; try again shortly.", {
      retryAfterSeconds: 5,
    });
  }
  if (refusesWrites(error)) {
    return new HttpProblem(
      507,
      "Nothing was saved: the database is read only for now, as when its disk is full. Reading works.",
    );
  }
  if (sqlState(error) === noSuchRow) {
    return new HttpProblem(401, "The account of this token does not exist any more.");
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new HttpProblem(statusCode, message ?? "The request is not valid.");
  }
  return new HttpProblem(
    500,
    "Something went wrong here; the log tells more under the request id.",
  );
}

/** Answers with a problem, and logs what is not the client's doing. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error);
  if (problem.status >= 500) {
    request.log[problem.status === 503 ? "warn" : "error"]({ err: error }, "a request failed");
  }
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  if (problem.retryAfterSeconds !== undefined) {
    reply.header("retry-after", problem.retryAfterSeconds);
  }
  return reply
    .code(problem.status)
    .type("application/problem+json")
    .send(JSON.stringify(problem.toBody(request.id)));
}
