import type { FastifyRequest } from "fastify";
import * as z from "zod";

import { scopes, scopesOf } from "../auth/grants.ts";
import { clientNetwork } from "../http/client-network.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import { accessSeconds, type AppGrant, type AppGrantStore, type TokenPair } from "./app-grants.ts";
import { registration, type ClientStore } from "./clients.ts";
import { OAuthError, oauthError, registerRoute, sendOAuthError } from "./errors.ts";
import { resourceOf, writes } from "./resources.ts";

const tags = ["oauth"];
/** Largest body, in bytes; small, because these routes need no sign-in. */
const bodyLimit = 8192;
const formType = "application/x-www-form-urlencoded";
const grantTypes = ["authorization_code", "refresh_token"];

const registerByAddress: Limit = {
  name: "register client by address",
  burst: 30,
  refillSeconds: 60,
  message: "Too many apps were registered from this address; try again later.",
};
const tokenByAddress: Limit = {
  name: "oauth token by address",
  burst: 120,
  refillSeconds: 1,
  message: "Too many requests for tokens from this address; slow down.",
};

/** A parameter; unknown ones are ignored (RFC 6749, 3.2). */
const parameter = (max: number) => z.string().max(max).optional();
const tokenRequest = z
  .looseObject({
    grant_type: parameter(200).describe(grantTypes.join(" or ")),
    client_id: parameter(100),
    code: parameter(100),
    redirect_uri: parameter(500),
    code_verifier: parameter(128).describe("PKCE (RFC 7636), only S256"),
    refresh_token: parameter(100),
    scope: parameter(200),
    resource: parameter(500).describe("RFC 8707"),
  })
  .meta({ contentType: formType });
const revocation = z
  .looseObject({ token: parameter(100), client_id: parameter(100) })
  .meta({ contentType: formType });
const tokens = z.object({
  access_token: z.string(),
  token_type: z.literal("Bearer"),
  expires_in: z.int().describe("In seconds"),
  refresh_token: z.string().describe("To be used once, for the next pair"),
  scope: z.string(),
});
const registered = z.looseObject({
  client_id: z.string(),
  client_id_issued_at: z.int(),
  client_name: z.string(),
  redirect_uris: z.array(z.string()),
});

/** Dependencies of the routes. */
export interface TokenParts {
  readonly clients: ClientStore;
  readonly apps: AppGrantStore;
  readonly limiter: RateLimiter;
}

/**
 * Adds the routes that apps themselves call: registration (RFC 7591), tokens and revocation, for
 * public clients only. They change the app's error handler and content types.
 */
export function addTokenRoutes(app: App, { clients, apps, limiter }: TokenParts): void {
  app.setErrorHandler(sendOAuthError);
  app.addContentTypeParser(formType, { parseAs: "string" }, (_request, body, done) => {
    const form = new URLSearchParams(body.toString());
    const fields = [...new Set(form.keys())].map((name) => [name, form.getAll(name)] as const);
    // A parameter that comes twice is no string, and so refused if it is known.
    done(
      null,
      Object.fromEntries(fields.map(([name, all]) => [name, all.length > 1 ? all : all[0]])),
    );
  });
  const errors = { 400: oauthError, 401: oauthError };
  const schema = { tags, signedIn: false } as const;

  app.post(
    registerRoute,
    {
      bodyLimit,
      schema: {
        ...schema,
        summary: "Register an app (RFC 7591)",
        description:
          "Only public clients with redirect URIs, which are https or loopback. An app that nobody " +
          "connects is forgotten.",
        body: registration,
        response: { 201: registered, 400: oauthError },
      },
    },
    async ({ body, ip }, reply) => {
      await limiter.take(registerByAddress, clientNetwork(ip));
      const { client_name: name, redirect_uris: uris } = body;
      const id = await clients.create(name, uris);
      if (id === undefined) {
        throw new HttpProblem(503, "Too many apps are registered; try again tomorrow.");
      }
      reply.code(201);
      return {
        client_id: id,
        client_id_issued_at: Math.floor(Date.now() / 1000),
        client_name: name,
        redirect_uris: uris,
        grant_types: grantTypes,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        scope: scopes.join(" "),
      };
    },
  );

  app.post(
    "/api/oauth/token",
    {
      bodyLimit,
      schema: {
        ...schema,
        summary: "Exchange a code or a refresh token (RFC 6749)",
        body: tokenRequest,
        response: { 200: tokens, ...errors },
      },
    },
    async (request) => {
      const { body } = request;
      await limiter.take(tokenByAddress, clientNetwork(request.ip));
      const { grant_type: type } = body;
      if (type === "authorization_code") return exchangeCode(request, body);
      if (type === "refresh_token") return refresh(request, body);
      throw new OAuthError(
        type === undefined ? "invalid_request" : "unsupported_grant_type",
        `grant_type must be ${grantTypes.join(" or ")}.`,
      );
    },
  );

  app.post(
    "/api/oauth/revoke",
    {
      bodyLimit,
      schema: {
        ...schema,
        summary: "Disconnect an app by one of its tokens (RFC 7009)",
        body: revocation,
        response: { 200: z.object({}), ...errors },
      },
    },
    async ({ body, ip }) => {
      await limiter.take(tokenByAddress, clientNetwork(ip));
      const clientId = await requireClient(body.client_id);
      await apps.revoke(required(body, "token"), clientId);
      return {};
    },
  );

  type TokenRequest = z.output<typeof tokenRequest>;

  async function exchangeCode(request: FastifyRequest, body: TokenRequest) {
    const clientId = await requireClient(body.client_id);
    const grant = await apps.redeemCode(required(body, "code"), {
      clientId,
      redirectUri: required(body, "redirect_uri"),
      verifier: required(body, "code_verifier"),
    });
    requireResource(request, body, grant);
    return response(grant, await apps.issue(grant));
  }

  async function refresh(request: FastifyRequest, body: TokenRequest) {
    const clientId = await requireClient(body.client_id);
    const token = required(body, "refresh_token");
    const wantsToWrite = body.scope !== undefined && writes(body.scope);
    const grant = await apps.redeemRefresh(token, clientId);
    requireResource(request, body, grant);
    if (wantsToWrite && !grant.canWrite) {
      throw new OAuthError("invalid_scope", "The user has allowed reading only.");
    }
    return response(grant, await apps.issue(grant));
  }

  async function requireClient(id: string | undefined): Promise<string> {
    if (id === undefined) throw new OAuthError("invalid_request", "client_id is missing.");
    if (await clients.find(id)) return id;
    throw new OAuthError("invalid_client", "There is no such client; register again.");
  }
}

function required<K extends string>(body: { readonly [key in K]?: string | undefined }, name: K) {
  const value = body[name];
  if (value !== undefined && value !== "") return value;
  throw new OAuthError("invalid_request", `${name} is missing.`);
}

function requireResource(
  request: FastifyRequest,
  { resource }: { readonly resource?: string | undefined },
  grant: AppGrant,
): void {
  if (resource === undefined || resourceOf(request, resource) === grant.resource) return;
  throw new OAuthError("invalid_target", `The user has allowed ${grant.resource}.`);
}

function response({ canWrite }: AppGrant, { access, refresh }: TokenPair) {
  return {
    access_token: access,
    token_type: "Bearer" as const,
    expires_in: accessSeconds,
    refresh_token: refresh,
    scope: scopesOf(canWrite).join(" "),
  };
}
