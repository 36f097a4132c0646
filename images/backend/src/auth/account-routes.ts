import * as z from "zod";

import { exportCalendar, exportJson, type ExportParts } from "../export/export.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { AccountStore, OwnAccount } from "./accounts.ts";
import { requireUncommon } from "./password-rules.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { givenPassword, newPassword } from "./routes.ts";
import type { SessionStore } from "./sessions.ts";

const session = z.object({
  id: z.uuid(),
  client: z.string().describe("User-Agent at sign-in"),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().describe("When a token was last issued or renewed"),
  isThis: z.boolean().describe("True for the session of this request"),
});
const account = z.object({ id: z.uuid(), email: z.email(), createdAt: z.iso.datetime() });

/** Wrong passwords of somebody who has a token. */
const passwordByUser: Limit = {
  name: "password by user",
  burst: 10,
  refillSeconds: 60,
  message: "Too many attempts; wait a moment and try again.",
};
const exportByUser: Limit = {
  name: "export by user",
  burst: 10,
  refillSeconds: 60,
  message: "You have exported a lot; wait a moment and try again.",
  onlyReads: true,
};

/** Dependencies of the routes. */
export interface AccountParts extends ExportParts {
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly limiter: RateLimiter;
}

/** Adds what a signed-in user can do with the account; expects `request.claims`. */
export function addAccountRoutes(app: App, parts: AccountParts): void {
  const { accounts, sessions, limiter } = parts;
  const done = { 204: z.void() };
  // Otherwise a token could do more than its scopes say.
  const config = { access: "session" } as const;

  /** @throws HttpProblem 403 if the password is wrong, 429 after too many tries. */
  async function requirePassword(userId: string, password: string): Promise<OwnAccount> {
    const own = await requireAccount(userId);
    await limiter.take(passwordByUser, userId);
    if (!(await verifyPassword(password, own.passwordHash))) {
      throw new HttpProblem(403, "The password is wrong.");
    }
    await limiter.giveBack(passwordByUser, userId);
    return own;
  }
  async function requireAccount(userId: string): Promise<OwnAccount> {
    const own = await accounts.own(userId);
    if (own) return own;
    throw new HttpProblem(401, "The account of this token no longer exists.");
  }

  app.post(
    "/api/auth/logout",
    {
      config,
      schema: {
        summary: "Sign out: ends the session of the token",
        tags: ["auth"],
        response: done,
      },
    },
    async ({ claims }, reply) => {
      await sessions.endThis(claims);
      return reply.code(204).send();
    },
  );

  app.get(
    "/api/auth/sessions",
    {
      config,
      schema: {
        summary: "List the sessions, last used first",
        tags: ["auth"],
        response: { 200: z.array(session).readonly() },
      },
    },
    async ({ userId, claims }) =>
      (await sessions.list(userId)).map((each) => ({
        ...each,
        isThis: each.id === claims.sessionId,
      })),
  );

  app.delete(
    "/api/auth/sessions",
    { config, schema: { summary: "End all other sessions", tags: ["auth"], response: done } },
    async ({ claims }, reply) => {
      await sessions.endOthers(claims);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/auth/sessions/:id",
    {
      config,
      schema: {
        summary: "End a session",
        tags: ["auth"],
        params: z.strictObject({ id: z.uuid() }),
        errors: [404],
        response: done,
      },
    },
    async ({ userId, params: { id } }, reply) => {
      if (await sessions.end(userId, id)) return reply.code(204).send();
      throw new HttpProblem(404, "There is no such session.");
    },
  );

  app.post(
    "/api/auth/password",
    {
      config,
      schema: {
        summary: "Change the password, and end all other sessions",
        tags: ["auth"],
        body: z.strictObject({ password: givenPassword, newPassword }),
        errors: [403],
        response: done,
      },
    },
    async ({ userId, claims, body }, reply) => {
      const { email } = await requirePassword(userId, body.password);
      requireUncommon(body.newPassword, email, "body.newPassword");
      await accounts.setPassword(userId, await hashPassword(body.newPassword), claims.sessionId);
      return reply.code(204).send();
    },
  );

  app.get(
    "/api/account",
    { schema: { summary: "Show the account", tags: ["account"], response: { 200: account } } },
    async ({ userId }) => {
      const { email, createdAt } = await requireAccount(userId);
      return { id: userId, email, createdAt };
    },
  );

  app.post(
    "/api/account/deletion",
    {
      config,
      schema: {
        summary: "Delete the account with all its data, for good",
        tags: ["account"],
        body: z.strictObject({ password: givenPassword }),
        errors: [403],
        response: done,
      },
    },
    async ({ userId, body }, reply) => {
      await requirePassword(userId, body.password);
      await accounts.delete(userId);
      return reply.code(204).send();
    },
  );

  for (const [format, type, summary, write] of [
    ["json", "application/json", "Export tasks and conversations", exportJson],
    ["ics", "text/calendar", "Export tasks as a calendar (VTODO)", exportCalendar],
  ] as const) {
    app.get(
      `/api/account/export.${format}`,
      {
        config: { workingBytes: 2 * 1024 * 1024 },
        schema: {
          summary,
          tags: ["account"],
          response: { 200: z.unknown().meta({ contentType: type }) },
        },
      },
      async ({ userId }, reply) => {
        await limiter.take(exportByUser, userId);
        const { email, createdAt } = await requireAccount(userId);
        const body = write(parts, { id: userId, email, createdAt });
        return reply
          .headers({
            "content-type": `${type}; charset=utf-8`,
            "content-disposition": `attachment; filename="todo-chatbot.${format}"`,
          })
          .send(body);
      },
    );
  }
}
