import * as z from "zod";

import { httpUrl, objectName, secret, text, whole } from "../../lib/fields.ts";

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
          .describe("Existing Secret with OPENAI_API_KEY, in place of openai.apiKey."),
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

export type OpenaiSettings = z.output<typeof openaiSchema>;
