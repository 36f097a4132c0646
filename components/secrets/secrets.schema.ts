import * as z from "zod";

import {
  certificates,
  contradict,
  host,
  httpUrl,
  objectName,
  oneOf,
  secret,
  text,
  whole,
} from "../../lib/fields.ts";

/** The Secrets that the program creates; an existing one of the same name would be deleted. */
const created = ["database-secret", "api-keys-secret", "auth-secret", "db-credentials"];
const otherName = `the name of a Secret other than ${created.join(", ")}`;
const existing = objectName(otherName).refine((name) => !created.includes(name), {
  error: otherName,
});

export const secretsSchema = z
  .strictObject({
    existing: z
      .strictObject({
        auth: existing
          .optional()
          .describe("Existing Secret with JWT_SECRET_KEY, and JWT_SECRET_KEY_PREVIOUS if needed."),
        apiKeys: existing
          .optional()
          .describe(
            "Existing Secret with OPENAI_API_KEY or SMTP_PASSWORD, in place of openai.apiKey and smtp.password.",
          ),
        database: existing
          .optional()
          .describe("Existing Secret with DATABASE_URL, in place of database.url."),
        dbCredentials: existing
          .optional()
          .describe(
            "Existing Secret with POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB of the bundled database.",
          ),
      })
      .prefault({}),
    rotation: whole(0, 1_000_000)
      .default(0)
      .describe(
        "Increment it to rotate the generated secrets and roll the pods, also after a change of an existing Secret.",
      ),
  })
  .describe("Generated secrets, and existing Secrets in their place.");

export type SecretsSettings = z.output<typeof secretsSchema>;

export const openaiSchema = z
  .strictObject({
    apiKey: secret(text("an API key, encrypted"))
      .optional()
      .describe("API key; without it, the built-in agent answers."),
    baseUrl: httpUrl.optional().describe("Base URL of the API; default: OpenAI's."),
    model: text("the name of a model").optional().describe("Model; default: the backend's."),
    firstByteTimeout: text(
      "a duration like 90s or 2m, up to 5m",
      /^(([1-9]\d?|[12]\d\d|300)s|[1-5]m)$/,
    )
      .optional()
      .describe(
        "Timeout for the first byte of a response; raise it for local models that load on demand.",
      ),
  })
  .describe("An OpenAI-compatible API for the agent.");

/** No line breaks, which would end the header. */
const sender = /^([^\s@<>,;]+@[^\s@<>,;]+|[^<>\r\n]+ <[^\s@<>,;]+@[^\s@<>,;]+>)$/;

/** The password may be set before the rest, because it is set by a command of its own. */
export const smtpSchema = z
  .strictObject({
    host: host
      .optional()
      .describe(
        "Mail server for links to reset passwords; default: none, and you create the links.",
      ),
    port: whole(1, 65_535)
      .optional()
      .describe("Port of that server; default: 587, with smtp.tls implicit 465."),
    tls: oneOf(["starttls", "implicit", "none"])
      .default("starttls")
      .describe("Encryption; starttls is required of the server, and none allows no password."),
    user: text("a user name").optional().describe("User of that server; default: no sign-in."),
    password: secret(text("a password, encrypted")).optional().describe("Password of that user."),
    from: text("an address, like Todo <todo@example.org>", sender)
      .optional()
      .describe("Sender of the mails; required with smtp.host."),
    caCertificate: certificates
      .optional()
      .describe("CA bundle (PEM) of that server; default: the public CAs."),
  })
  .superRefine((smtp, issues) => {
    if (smtp.host === undefined) {
      for (const key of ["port", "user", "from", "caCertificate"] as const) {
        if (smtp[key] === undefined) continue;
        contradict(
          issues,
          [key],
          "is set, but smtp.host is not, so no mails would be sent. Set the mail server, or remove it.",
        );
      }
      return;
    }
    if (smtp.from === undefined) {
      contradict(
        issues,
        ["from"],
        "is missing, but smtp.host is set. Set the address that mails come from.",
      );
    }
    if (smtp.tls !== "none") return;
    for (const key of ["user", "caCertificate"] as const) {
      if (smtp[key] === undefined) continue;
      contradict(
        issues,
        [key],
        "is set, but smtp.tls is none, which encrypts nothing. Remove it, or set smtp.tls to starttls or implicit.",
      );
    }
  })
  .describe("A mail server for links to reset passwords.");

export type SmtpSettings = z.output<typeof smtpSchema>;

export type OpenaiSettings = z.output<typeof openaiSchema>;
