import type { FastifyReply } from "fastify";

/** Problem details (RFC 9457), sent as `application/problem+json`. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

/**
 * Responds with a problem.
 *
 * @param retryAfterSeconds value of the Retry-After header, if any.
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
