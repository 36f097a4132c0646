import type { FastifyRequest } from "fastify";
import * as z from "zod";

import { scopes, scopesOf, type GrantStore } from "../auth/grants.ts";
import { zoneHeader } from "../dates/time-zone.ts";
import { originOf } from "../http/origin.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { AppGrantStore } from "./app-grants.ts";
import { isRegistered, type Client, type ClientStore } from "./clients.ts";
import { OAuthError } from "./errors.ts";
import { resourceOf, writes } from "./resources.ts";

const tags = ["oauth"];
const parameter = (max: number) => z.string().max(max);
/** Parameters of an authorization request; the web UI passes on those of /authorize. */
const authorization = z.strictObject({
  client_id: parameter(100),
  redirect_uri: parameter(500),
  response_type: parameter(20).describe("code"),
  code_challenge: parameter(128).default("").describe("PKCE (RFC 7636)"),
  code_challenge_method: parameter(20).default("").describe("S256"),
  scope: parameter(200).optional(),
  state: parameter(2000).optional(),
  resource: parameter(500).optional().describe("RFC 8707"),
});
type Authorization = z.output<typeof authorization>;
const scopeList = z.array(z.enum(scopes)).readonly();
const connectedApp = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: scopeList,
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
});

const authorizeByUser: Limit = {
  name: "authorize by user",
  burst: 30,
  refillSeconds: 20,
  message: "You have connected many apps; wait a moment and try again.",
};

/** Dependencies of the routes. */
export interface AuthorizeParts {
  readonly clients: ClientStore;
  readonly apps: AppGrantStore;
  readonly grants: GrantStore;
  readonly limiter: RateLimiter;
}

/** Adds what a signed-in user decides about apps; expects `request.userId`. */
export function addAuthorizeRoutes(app: App, parts: AuthorizeParts): void {
  const { clients, apps, grants, limiter } = parts;
  const config = { access: "session" } as const;

  app.get(
    "/api/oauth/authorization",
    {
      config,
      schema: {
        summary: "Show what an app asks for",
        description:
          "400 for a request that may not be granted; then nothing is sent to its redirect URI.",
        tags,
        querystring: authorization,
        response: {
          200: z.object({
            name: z.string().describe("As the app calls itself; anybody can choose any name"),
            redirectHost: z.string().describe("Where the user is sent"),
            isLocal: z.boolean().describe("Whether that is the user's own computer"),
            scopes: scopeList,
          }),
        },
      },
    },
    async (request) => {
      const { client, canWrite } = await check(request, request.query);
      const { host, protocol } = new URL(request.query.redirect_uri);
      return {
        name: client.name,
        redirectHost: host,
        isLocal: protocol === "http:",
        scopes: scopesOf(canWrite),
      };
    },
  );

  app.post(
    "/api/oauth/authorization",
    {
      config,
      schema: {
        summary: "Allow an app what it asks for, or less, or deny it",
        tags,
        headers: z.looseObject(zoneHeader),
        errors: [409],
        body: z.strictObject({
          request: authorization,
          scopes: scopeList.describe("What the user allows; none to deny it"),
        }),
        response: { 200: z.object({ redirectTo: z.url() }) },
      },
    },
    async (request) => {
      const { userId, headers, body } = request;
      const { request: asked, scopes: allowed } = body;
      const { client, canWrite, resource } = await check(request, asked);
      const redirect = (result: Readonly<Record<string, string>>) => {
        const url = new URL(asked.redirect_uri);
        const { state } = asked;
        const all = { ...result, ...(state !== undefined && { state }), iss: originOf(request) };
        for (const [name, value] of Object.entries<string>(all)) url.searchParams.set(name, value);
        return { redirectTo: url.href };
      };
      if (allowed.length === 0) return redirect({ error: "access_denied" });
      if (allowed.includes("write") && !canWrite) {
        throw new OAuthError("invalid_scope", "The app has not asked for the scope write.");
      }
      await limiter.take(authorizeByUser, userId);
      const code = await apps.create(userId, {
        clientId: client.id,
        name: client.name,
        canWrite: allowed.includes("write"),
        timeZone: headers["x-timezone"],
        resource,
        redirectUri: asked.redirect_uri,
        challenge: asked.code_challenge,
      });
      if (code !== undefined) return redirect({ code });
      throw new HttpProblem(409, "You have connected too many apps; disconnect some first.");
    },
  );

  app.get(
    "/api/oauth/apps",
    {
      config,
      schema: {
        summary: "List the connected apps, newest first",
        tags,
        response: { 200: z.array(connectedApp).readonly() },
      },
    },
    async ({ userId }) =>
      (await apps.list(userId)).map(({ canWrite, ...shown }) => ({
        ...shown,
        scopes: scopesOf(canWrite),
      })),
  );

  app.delete(
    "/api/oauth/apps/:id",
    {
      config,
      schema: {
        summary: "Disconnect an app, at once",
        tags,
        params: z.strictObject({ id: z.uuid() }),
        errors: [404],
        response: { 204: z.void() },
      },
    },
    async ({ userId, params: { id } }, reply) => {
      if (await grants.revoke(userId, "app", id)) return reply.code(204).send();
      throw new HttpProblem(404, "There is no such app.");
    },
  );

  /** @throws OAuthError for a request that may not be granted. */
  async function check(
    request: FastifyRequest,
    asked: Authorization,
  ): Promise<{ readonly client: Client; readonly canWrite: boolean; readonly resource: string }> {
    const client = await clients.find(asked.client_id);
    if (client === undefined || !isRegistered(client, asked.redirect_uri)) {
      throw new OAuthError(
        "invalid_request",
        client === undefined
          ? "The app is not registered here any more; connect it anew from its settings."
          : "The app has not registered the address that it wants you to be sent to.",
      );
    }
    if (asked.response_type !== "code") {
      throw new OAuthError("unsupported_response_type", "response_type must be code.");
    }
    // base64url of a SHA-256.
    if (asked.code_challenge_method !== "S256" || !/^[\w-]{43}$/.test(asked.code_challenge)) {
      throw new OAuthError("invalid_request", "PKCE with code_challenge_method=S256 is required.");
    }
    return { client, canWrite: writes(asked.scope), resource: resourceOf(request, asked.resource) };
  }
}
