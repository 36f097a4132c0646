import type { FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod";

import { sendProblem, toProblem } from "../http/errors.ts";
import { HttpProblem } from "../http/problem.ts";

/** Error codes of RFC 6749 (5.2), 7591 (3.2.2) and 8707 (2). */
export type OAuthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_target"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "invalid_redirect_uri"
  | "invalid_client_metadata";

/** An error of OAuth's own, in the form that clients expect. */
export class OAuthError extends HttpProblem {
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, detail: string) {
    super(code === "invalid_client" ? 401 : 400, detail);
    this.code = code;
  }
}

/** Its errors have codes of their own (RFC 7591, 3.2.2). */
export const registerRoute = "/api/oauth/register";

/** Body of errors with status 400 and 401 (RFC 6749, 5.2). */
export const oauthError = z.object({ error: z.string(), error_description: z.string() });

/** Responds with an error of OAuth, or a problem where it has none. */
export async function sendOAuthError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problem = toProblem(error);
  if (problem.status !== 400 && problem.status !== 401) return sendProblem(error, request, reply);
  // RFC 6749 allows neither quotes nor backslashes.
  const description = problem.message.replaceAll('"', "'").replaceAll("\\", "/");
  return reply
    .code(problem.status)
    .type("application/json")
    .send(JSON.stringify({ error: codeOf(problem, request), error_description: description }));
}

function codeOf(problem: HttpProblem, { routeOptions }: FastifyRequest): OAuthErrorCode {
  if (problem instanceof OAuthError) return problem.code;
  if (routeOptions.url !== registerRoute) return "invalid_request";
  const isRedirect = problem.errors?.some(({ path }) => path.startsWith("body.redirect_uris"));
  return isRedirect ? "invalid_redirect_uri" : "invalid_client_metadata";
}
