import * as z from "zod";

import { contradict, httpUrl, secret, text, whole } from "../../lib/fields.ts";

export const secretsSchema = z
  .strictObject({
    rotation: whole(0, 1_000_000)
      .default(0)
      .describe("Increment it to rotate the generated secrets and roll the pods."),
  })
  .describe("Generated secrets.");

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
  .superRefine(({ apiKey, ...others }, issues) => {
    if (apiKey !== undefined) return;
    for (const field of ["baseUrl", "model", "firstByteTimeout"] as const) {
      if (others[field] === undefined) continue;
      contradict(
        issues,
        [field],
        "is set, but openai.apiKey is not, so the built-in agent would answer. Set the key, or any text if the endpoint needs none: pulumi config set --path --secret todo-chatbot:openai.apiKey …",
      );
    }
  })
  .describe("An OpenAI-compatible API for the agent.");

export type OpenaiSettings = z.output<typeof openaiSchema>;
