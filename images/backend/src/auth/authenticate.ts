import type { FastifyRequest } from "fastify";

import { HttpProblem } from "../http/problem.ts";
import { originOf } from "../http/origin.ts";
import { isGrantToken } from "./grant-tokens.ts";
import type { Grant, GrantStore, Scope } from "./grants.ts";
import type { SessionStore } from "./sessions.ts";
import type { Claims, TokenAuthority } from "./token.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Id of the signed-in user; set by `authenticate`. */
    userId: string;
    /** Contents of a session's token; on routes with `access: "session"`. */
    claims: Claims;
    /** What another token allows; undefined with a session's. */
    grant: Grant | undefined;
    /** Whether the token would still be accepted. */
    isStillSignedIn: () => Promise<boolean>;
  }
  interface FastifyContextConfig {
    /**
     * Scope that a token needs; `session` for what only a signed-in user may do. Default `read` for
     * GET, `write` for other methods.
     */
    access?: Scope | "session";
  }
}

/** What tokens are verified with. */
export interface AuthenticationParts {
  readonly tokens: TokenAuthority;
  readonly sessions: SessionStore;
  readonly grants: GrantStore;
}

/** A hook that requires a valid bearer token with the route's scope, and sets `request.userId`. */
export function authenticate({ tokens, sessions, grants }: AuthenticationParts) {
  return async (request: FastifyRequest): Promise<void> => {
    const token = bearerToken(request.headers);
    if (isGrantToken(token)) {
      const grant = await grants.find(token);
      if (grant === undefined) throw signInFirst(invalidToken);
      requireResource(request, grant);
      const { config } = request.routeOptions;
      const needed = config.access ?? (request.method === "GET" ? "read" : "write");
      if (needed === "session") throw needsSession();
      if (needed === "write") requireWrite(grant);
      request.userId = grant.userId;
      request.grant = grant;
      request.isStillSignedIn = async () => (await grants.find(token)) !== undefined;
      return;
    }
    const claims = await tokens.verify(token);
    if (claims === undefined || !(await sessions.isAlive(claims))) {
      throw signInFirst(token === "" ? undefined : invalidToken);
    }
    request.userId = claims.userId;
    request.claims = claims;
    request.isStillSignedIn = () => sessions.isAlive(claims);
  };
}

const invalidToken = 'error="invalid_token"';

/** @throws HttpProblem 401 if an app got its token for something else (RFC 8707). */
function requireResource(request: FastifyRequest, { resource }: Grant): void {
  if (resource === null) return;
  const [path = ""] = request.url.split("?");
  if (`${originOf(request)}${path}/`.startsWith(`${resource}/`)) return;
  throw new HttpProblem(401, `This token is for ${resource} only.`, { challenge: invalidToken });
}

/** @throws HttpProblem 403 if a grant lacks the scope `write`; a session has all. */
export function requireWrite(grant: Grant | undefined): void {
  if (grant?.canWrite !== false) return;
  throw new HttpProblem(
    403,
    "This token has the scope `read`, and this needs `write` as well; use a token that has it.",
    { challenge: 'error="insufficient_scope", scope="read write"' },
  );
}

/** The token of a request; empty if there is none. Never from the query, which is logged. */
export function bearerToken({
  authorization = "",
}: {
  readonly authorization?: string | undefined;
}): string {
  const [scheme, token = ""] = authorization.split(" ", 2);
  return scheme?.toLowerCase() === "bearer" ? token : "";
}

export function signInFirst(challenge?: string): HttpProblem {
  return new HttpProblem(
    401,
    "Sign in first: send `Authorization: Bearer <token>` with a token from /api/auth/login, or a " +
      "personal access token.",
    challenge === undefined ? {} : { challenge },
  );
}

function needsSession(): HttpProblem {
  return new HttpProblem(
    403,
    "No scope of a token allows this: it manages the account. Sign in for it.",
  );
}
