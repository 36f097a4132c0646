import * as z from "zod";

import { clientNetwork } from "../http/client-network.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { AccountStore } from "./accounts.ts";
import { bearerToken, signInFirst } from "./authenticate.ts";
import { requireUncommon } from "./password-rules.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import type { SessionStore } from "./sessions.ts";
import type { TokenAuthority } from "./token.ts";

export const emailAddress = z
  .string()
  .trim()
  .pipe(z.email({ error: "must be an e-mail address" }).max(254))
  .transform((address) => address.toLowerCase());

/** A password to be chosen. */
export const newPassword = z
  .string()
  .min(8, { error: "must have at least 8 characters" })
  .max(200, { error: "must have at most 200 characters" })
  .describe("None of the commonest passwords, nor the e-mail address");
/** A password to be checked. */
export const givenPassword = z.string().max(200);

const registration = z.strictObject({ email: emailAddress, password: newPassword });
const login = z.strictObject({
  email: emailAddress,
  password: givenPassword,
  device: z
    .string()
    .max(1024)
    .optional()
    .describe("`device` of an earlier sign-in; then wrong passwords by others don't count"),
});
const token = z.string().describe("Bearer token, valid for a day, and renewable for 30");
const user = z.object({ id: z.uuid(), email: z.email() });
export const signedIn = z.object({
  token,
  user,
  device: z.string().describe("To be sent with the next sign-in; gives no access"),
});

/** Largest body, in bytes; small, because these routes need no sign-in. */
export const bodyLimit = 4096;

export const slowDown = "Too many attempts; wait a moment and try again.";

/** Wrong passwords for one account from one address. */
const loginByAccountAndAddress: Limit = {
  name: "login by account and address",
  burst: 10,
  refillSeconds: 60,
  message: slowDown,
  onlyReads: true,
};
/** Wrong passwords on a device that the account has signed in on, which others can't use up. */
const loginByDevice: Limit = {
  name: "login by device",
  burst: 10,
  refillSeconds: 60,
  message: slowDown,
  onlyReads: true,
};
/** Wrong passwords for one account from all addresses. */
const loginByAccount: Limit = {
  name: "login by account",
  burst: 100,
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
  readonly sessions: SessionStore;
}

/** Adds the routes to sign up and in, and to renew a token. */
export function addAuthRoutes(app: App, parts: AuthParts): void {
  const { accounts, tokens, limiter, sessions } = parts;

  app.post(
    "/api/auth/register",
    {
      bodyLimit,
      schema: {
        summary: "Create an account and sign in",
        tags: ["auth"],
        signedIn: false,
        body: registration,
        errors: [409],
        response: { 201: signedIn },
      },
    },
    async ({ body, ip, headers }, reply) => {
      await limiter.take(registerByAddress, clientNetwork(ip));
      requireUncommon(body.password, body.email);
      const id = await accounts.create(body.email, await hashPassword(body.password));
      if (id === undefined) {
        throw new HttpProblem(
          409,
          "There is an account with this e-mail address; sign in instead.",
        );
      }
      reply.code(201);
      return signIn(parts, id, body.email, headers["user-agent"]);
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
        errors: [401],
        response: { 200: signedIn },
      },
    },
    async ({ body, ip, headers }) => {
      const network = clientNetwork(ip);
      const account = await accounts.find(body.email);
      const device = account && body.device && (await tokens.verifyDevice(body.device, account.id));
      const limits: readonly (readonly [Limit, string])[] = [
        [loginByAddress, network],
        ...(device
          ? [[loginByDevice, device] as const]
          : [
              [loginByAccountAndAddress, `${body.email} ${network}`] as const,
              [loginByAccount, body.email] as const,
            ]),
      ];
      // Counted before checking the password, so that parallel attempts count too.
      for (const [limit, subject] of limits) await limiter.take(limit, subject);
      const right = await verifyPassword(body.password, account?.passwordHash);
      if (account === undefined || !right) {
        throw new HttpProblem(401, "The e-mail address or the password is wrong.");
      }
      for (const [limit, subject] of limits) await limiter.giveBack(limit, subject);
      return signIn(parts, account.id, body.email, headers["user-agent"]);
    },
  );

  app.post(
    "/api/auth/refresh",
    {
      schema: {
        summary: "Renew a token",
        description:
          "Takes the bearer token, which may have expired, as long as its session has not ended: it " +
          "does 30 days after the last renewal. The old token stays valid until it expires.",
        tags: ["auth"],
        response: { 200: z.object({ token, user }) },
      },
    },
    async ({ headers }) => {
      const claims = await tokens.verifyForRenewal(bearerToken(headers));
      const account =
        claims && (await sessions.isAlive(claims)) && (await accounts.own(claims.userId));
      if (!claims || !account) throw signInFirst();
      const { userId, sessionId } = claims;
      await sessions.touch(claims);
      return {
        token: await tokens.sign(userId, sessionId),
        user: { id: userId, email: account.email },
      };
    },
  );
}

/** Starts a session. @param client User-Agent. */
export async function signIn(
  { sessions, tokens }: AuthParts,
  id: string,
  email: string,
  client: string | undefined,
): Promise<z.output<typeof signedIn>> {
  const session = await sessions.create(id, client ?? "");
  const [token, device] = await Promise.all([tokens.sign(id, session), tokens.signDevice(id)]);
  return { token, user: { id, email }, device };
}
