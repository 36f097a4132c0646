import * as z from "zod";

import { clientNetwork } from "../http/client-network.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { Outbox } from "../mail/outbox.ts";
import { requireUncommon } from "./password-rules.ts";
import { hashPassword } from "./password.ts";
import { validMinutes, type PasswordResets } from "./password-resets.ts";
import { resetMail } from "./reset-mail.ts";
import {
  bodyLimit,
  emailAddress,
  newPassword,
  signedIn,
  signIn,
  slowDown,
  type AuthParts,
} from "./routes.ts";

const resetByAddress: Limit = {
  name: "reset by address",
  burst: 30,
  refillSeconds: 30,
  message: slowDown,
};

const forgotByAddress: Limit = {
  name: "forgot by address",
  burst: 30,
  refillSeconds: 60,
  message: slowDown,
};
/**
 * Mails to one account. A new one is possible before the link in the last one expires, so whoever
 * uses these up for somebody else leaves them with a link that works.
 */
const mailsByAccount: Limit = {
  name: "reset mails by account",
  burst: 3,
  refillSeconds: 20 * 60,
  message: slowDown,
};

/** How links are sent. */
export interface ResetMails {
  readonly outbox: Outbox;
  /** URL of the web UI, without a slash at its end. */
  readonly publicUrl: string;
}

/**
 * Adds the routes to set a new password by a link.
 *
 * @param mails undefined without a mail server: an administrator creates the links.
 */
export function addResetRoutes(
  app: App,
  resets: PasswordResets,
  parts: AuthParts,
  mails: ResetMails | undefined,
): void {
  const { limiter } = parts;

  app.get(
    "/api/auth/options",
    {
      schema: {
        summary: "What signing in offers",
        tags: ["auth"],
        signedIn: false,
        response: {
          200: z.object({
            resetByMail: z.boolean().describe("Whether `/api/auth/forgot` sends links"),
          }),
        },
      },
    },
    () => ({ resetByMail: mails !== undefined }),
  );

  app.post(
    "/api/auth/forgot",
    {
      bodyLimit,
      schema: {
        summary: "Send a link to set a new password",
        description:
          "The response is the same whether or not there is such an account. At most three mails " +
          "at once go to an account, then one in 20 minutes. 404 where no mail server is set.",
        tags: ["auth"],
        signedIn: false,
        errors: [404],
        body: z.strictObject({ email: emailAddress }),
        response: { 202: z.object({ detail: z.string() }) },
      },
    },
    async ({ body: { email }, ip }, reply) => {
      if (mails === undefined) {
        throw new HttpProblem(404, "This server sends no mails. Ask an administrator for a link.");
      }
      await limiter.take(forgotByAddress, clientNetwork(ip));
      // Told nobody, because it would tell that the account exists.
      if (await limiter.admits(mailsByAccount, email)) {
        const { outbox, publicUrl } = mails;
        // In the background: the time of the response must not tell either.
        outbox.add(async () => {
          const token = await resets.create(email);
          return token === undefined ? undefined : resetMail(email, token, publicUrl);
        });
      }
      reply.code(202);
      return { detail: "If there is such an account, a link is on its way." };
    },
  );

  app.post(
    "/api/auth/reset",
    {
      bodyLimit,
      schema: {
        summary: "Set a new password by a link, and sign in",
        description:
          `The link comes from \`/api/auth/forgot\` or an administrator; it can be used once, for ` +
          `${validMinutes} minutes. All sessions end.`,
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
