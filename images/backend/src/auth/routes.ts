import type { FastifyRequest } from "fastify";
import * as z from "zod";

import { clientNetwork } from "../http/client-network.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { AccountStore } from "./accounts.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import type { TokenAuthority } from "./token.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Id of the signed-in user; set by `authenticate`. */
    userId: string;
  }
}

const email = z
  .email({ error: "must be an e-mail address" })
  .max(254)
  .transform((address) => address.toLowerCase());

const registration = z.strictObject({
  email,
  password: z
    .string()
    .min(8, { error: "must have at least 8 characters" })
    .max(200, { error: "must have at most 200 characters" }),
});
const login = z.strictObject({ email, password: z.string().max(200) });
const signedIn = z.object({
  token: z.string().describe("Bearer token, valid for a day"),
  user: z.object({ id: z.uuid(), email: z.email() }),
});

/** Largest body, in bytes; small, because these routes need no sign-in. */
const bodyLimit = 4096;

const slowDown = "Too many attempts; wait a moment and try again.";

/** Wrong passwords for one account, from any address. */
const loginByAccount: Limit = {
  name: "login by account",
  burst: 10,
  refillSeconds: 60,
  message: slowDown,
  onlyReads: true,
};
/** Wrong passwords from one address. High, because a whole office may share one. */
const loginByAddress: Limit = {
  name: "login by address",
  burst: 100,
  refillSeconds: 10,
  message: slowDown,
  onlyReads: true,
};
const registerByAddress: Limit = {
  name: "register by address",
  burst: 100,
  refillSeconds: 30,
  message: "Too many new accounts from this address; try again later.",
};

/** Dependencies of the routes. */
export interface AuthParts {
  readonly accounts: AccountStore;
  readonly tokens: TokenAuthority;
  readonly limiter: RateLimiter;
}

/** Adds POST /api/auth/register and POST /api/auth/login. */
export function addAuthRoutes(app: App, { accounts, tokens, limiter }: AuthParts): void {
  app.post(
    "/api/auth/register",
    {
      bodyLimit,
      schema: {
        summary: "Create an account and sign in",
        tags: ["auth"],
        signedIn: false,
        body: registration,
        response: { 201: signedIn },
      },
    },
    async ({ body, ip }, reply) => {
      await limiter.take(registerByAddress, clientNetwork(ip));
      const id = await accounts.create(body.email, await hashPassword(body.password));
      if (id === undefined) {
        throw new HttpProblem(
          409,
          "There is an account with this e-mail address; sign in instead.",
        );
      }
      reply.code(201);
      return { token: await tokens.sign(id), user: { id, email: body.email } };
    },
  );

  app.post(
    "/api/auth/login",
    {
      bodyLimit,
      schema: {
        summary: "Sign in",
        tags: ["auth"],
        signedIn: false,
        body: login,
        response: { 200: signedIn },
      },
    },
    async ({ body, ip }) => {
      // Counted before checking the password, so that parallel attempts count too.
      await limiter.take(loginByAddress, clientNetwork(ip));
      await limiter.take(loginByAccount, body.email);
      const account = await accounts.find(body.email);
      const right = await verifyPassword(body.password, account?.passwordHash);
      if (account === undefined || !right) {
        throw new HttpProblem(401, "The e-mail address or the password is wrong.");
      }
      await limiter.giveBack(loginByAddress, clientNetwork(ip));
      await limiter.giveBack(loginByAccount, body.email);
      return { token: await tokens.sign(account.id), user: { id: account.id, email: body.email } };
    },
  );
}

/** A hook that requires a valid bearer token, and sets `request.userId`. */
export function authenticate(tokens: TokenAuthority) {
  return async (request: FastifyRequest): Promise<void> => {
    const [scheme, token] = request.headers.authorization?.split(" ", 2) ?? [];
    const userId =
      scheme?.toLowerCase() === "bearer" && token ? await tokens.verify(token) : undefined;
    if (userId === undefined) {
      throw new HttpProblem(
        401,
        "Sign in first: send `Authorization: Bearer <token>` with a token from /api/auth/login.",
      );
    }
    request.userId = userId;
  };
}
