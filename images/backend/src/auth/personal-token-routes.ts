import * as z from "zod";

import { zoneHeader } from "../dates/time-zone.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import { text } from "../http/text.ts";
import type { App } from "../http/zod-fastify.ts";
import {
  mostPersonalTokens,
  scopes,
  scopesOf,
  type GrantStore,
  type PersonalToken,
} from "./grants.ts";

const tags = ["auth"];
const scopeList = z
  .array(z.enum(scopes))
  .describe("`read` shows everything, `write` changes it and includes `read`");
const personalToken = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: scopeList,
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable().describe("Within a minute; null before the first use"),
  expiresAt: z.iso.datetime(),
});
const newPersonalToken = z.strictObject({
  name: text({ min: 1, max: 100 }).describe("What it is for"),
  scopes: scopeList.min(1).max(scopes.length),
  days: z.int().min(1).max(366).default(90).describe("After how many days it expires"),
});

const createByUser: Limit = {
  name: "personal token by user",
  burst: 30,
  refillSeconds: 60,
  message: "You have created many tokens; wait a moment and try again.",
};

/** Dependencies of the routes. */
export interface PersonalTokenParts {
  readonly grants: GrantStore;
  readonly limiter: RateLimiter;
}

/** Adds the routes for personal access tokens, which expect `request.userId`. */
export function addPersonalTokenRoutes(app: App, { grants, limiter }: PersonalTokenParts): void {
  const config = { access: "session" } as const;

  app.get(
    "/api/auth/tokens",
    {
      config,
      schema: {
        summary: "List the personal access tokens, newest first",
        tags,
        response: { 200: z.array(personalToken).readonly() },
      },
    },
    async ({ userId }) => (await grants.listPersonal(userId)).map(shown),
  );

  app.post(
    "/api/auth/tokens",
    {
      config,
      schema: {
        summary: "Create a personal access token",
        description:
          "`token` is in this response only. It is a bearer token for /api and /mcp, but manages no " +
          "account: no tokens, sessions, password or deletion. It ends by itself, when it is " +
          "revoked, or with the account; a new password does not end it. A user has at most " +
          `${mostPersonalTokens}.`,
        tags,
        headers: z.looseObject(zoneHeader),
        errors: [409],
        body: newPersonalToken,
        response: { 201: personalToken.extend({ token: z.string() }) },
      },
    },
    async ({ userId, headers, body: { name, days, scopes } }, reply) => {
      await limiter.take(createByUser, userId);
      const created = await grants.createPersonal(userId, {
        ...{ name, days, canWrite: scopes.includes("write") },
        timeZone: headers["x-timezone"],
      });
      if (created === undefined) {
        throw new HttpProblem(
          409,
          `You have ${mostPersonalTokens} personal access tokens, which is the limit; revoke some first.`,
        );
      }
      reply.code(201);
      return { ...shown(created), token: created.token };
    },
  );

  app.delete(
    "/api/auth/tokens/:id",
    {
      config,
      schema: {
        summary: "Revoke a personal access token, at once",
        tags,
        params: z.strictObject({ id: z.uuid() }),
        errors: [404],
        response: { 204: z.void() },
      },
    },
    async ({ userId, params: { id } }, reply) => {
      if (await grants.revoke(userId, "personal", id)) return reply.code(204).send();
      throw new HttpProblem(404, "There is no such token.");
    },
  );
}

function shown({ id, name, canWrite, createdAt, lastUsedAt, expiresAt }: PersonalToken) {
  return { id, name, scopes: scopesOf(canWrite), createdAt, lastUsedAt, expiresAt };
}
