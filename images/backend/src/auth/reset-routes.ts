import * as z from "zod";

import { clientNetwork } from "../http/client-network.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import { requireUncommon } from "./password-rules.ts";
import { hashPassword } from "./password.ts";
import { validMinutes, type PasswordResets } from "./password-resets.ts";
import { bodyLimit, newPassword, signedIn, signIn, slowDown, type AuthParts } from "./routes.ts";

const resetByAddress: Limit = {
  name: "reset by address",
  burst: 30,
  refillSeconds: 30,
  message: slowDown,
};

/** Adds the route that sets a new password by a link. */
export function addResetRoute(app: App, resets: PasswordResets, parts: AuthParts): void {
  const { limiter } = parts;
  app.post(
    "/api/auth/reset",
    {
      bodyLimit,
      schema: {
        summary: "Set a new password by a link, and sign in",
        description:
          `An administrator creates the link; it can be used once, for ${validMinutes} minutes. All ` +
          "sessions end.",
        tags: ["auth"],
        signedIn: false,
        errors: [410],
        body: z.strictObject({
          token: z.string().max(100).describe("From the link"),
          password: newPassword,
        }),
        response: { 200: signedIn },
      },
    },
    async ({ body: { token, password }, ip, headers }) => {
      await limiter.take(resetByAddress, clientNetwork(ip));
      const account = await resets.find(token);
      if (account === undefined) throw notValid();
      requireUncommon(password, account.email);
      if (!(await resets.use(token, await hashPassword(password)))) throw notValid();
      return signIn(parts, account.id, account.email, headers["user-agent"]);
    },
  );
}

function notValid(): HttpProblem {
  return new HttpProblem(
    410,
    `This link has been used, or is older than ${validMinutes} minutes. Ask for a new one.`,
  );
}
