import type { FastifyRequest } from "fastify";

import { scopes } from "../auth/grants.ts";
import { originOf } from "../http/origin.ts";
import { OAuthError } from "./errors.ts";

/**
 * The resource that tokens are asked for (RFC 8707): the MCP server, or all of this origin.
 *
 * @param wanted default the MCP server, for clients that name none.
 * @throws OAuthError invalid_target for any other.
 */
export function resourceOf(request: FastifyRequest, wanted: string | undefined): string {
  const origin = originOf(request);
  const known = [`${origin}/mcp`, origin];
  const resource = wanted === undefined ? known[0] : URL.parse(wanted)?.href.replace(/\/$/, "");
  if (resource !== undefined && known.includes(resource)) return resource;
  throw new OAuthError("invalid_target", `The resource must be ${known.join(" or ")}.`);
}

/**
 * Whether scopes, separated by spaces, include changing; default all.
 *
 * @throws OAuthError invalid_scope for an unknown one.
 */
export function writes(scope: string | undefined): boolean {
  const wanted = scope?.split(" ").filter((each) => each !== "") ?? scopes;
  if (wanted.length > 0 && wanted.every((each) => scopes.some((known) => known === each))) {
    return wanted.includes("write");
  }
  throw new OAuthError("invalid_scope", `The scopes are ${scopes.join(" and ")}.`);
}
