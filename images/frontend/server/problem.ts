import type { FastifyReply } from "fastify";

/** An error as RFC 9457 has it; the media type is `application/problem+json`. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

/**
 * Answers with a problem.
 *
 * @param retryAfterSeconds when given, tells the client when trying again makes sense.
 */
export function sendProblem(
  reply: FastifyReply,
  problem: Omit<Problem, "type">,
  retryAfterSeconds?: number,
): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header("retry-after", String(retryAfterSeconds));
  return reply
    .code(problem.status)
    .header("cache-control", "no-store")
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", ...problem }));
}
