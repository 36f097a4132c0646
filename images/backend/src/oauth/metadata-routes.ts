import * as z from "zod";

import { scopes } from "../auth/grants.ts";
import { resourceMetadataPath } from "../http/errors.ts";
import { originOf } from "../http/origin.ts";
import type { App } from "../http/zod-fastify.ts";

const tags = ["oauth"];
const protectedResource = z.looseObject({ resource: z.url() });
const authorizationServer = z.looseObject({ issuer: z.url() });

/** Adds the documents by which MCP clients find out how to sign in. */
export function addMetadataRoutes(app: App): void {
  for (const path of ["", "/mcp"]) {
    app.get(
      `${resourceMetadataPath}${path}`,
      {
        schema: {
          summary: `Who gives out tokens for ${path || "all of this origin"} (RFC 9728)`,
          tags,
          signedIn: false,
          response: { 200: protectedResource },
        },
      },
      (request) => {
        const origin = originOf(request);
        return {
          resource: `${origin}${path}`,
          authorization_servers: [origin],
          scopes_supported: scopes,
          bearer_methods_supported: ["header"],
          resource_name: "Todo chatbot",
        };
      },
    );
  }

  app.get(
    "/.well-known/oauth-authorization-server",
    {
      schema: {
        summary: "How apps are authorized (RFC 8414)",
        tags,
        signedIn: false,
        response: { 200: authorizationServer },
      },
    },
    (request) => {
      const origin = originOf(request);
      return {
        issuer: origin,
        // In the web UI, where the user signs in and agrees.
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/api/oauth/token`,
        registration_endpoint: `${origin}/api/oauth/register`,
        revocation_endpoint: `${origin}/api/oauth/revoke`,
        scopes_supported: scopes,
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none"],
        revocation_endpoint_auth_methods_supported: ["none"],
        authorization_response_iss_parameter_supported: true,
      };
    },
  );
}
