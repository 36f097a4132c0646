import * as z from "zod";

import { contradict, httpUrl, secret, text, whole } from "../../lib/fields.ts";

export const secretsSchema = z
  .strictObject({
    rotation: whole(0, 1_000_000)
      .default(0)
      .describe("Raise it by one to rotate the generated secrets and roll the pods."),
  })
  .describe("The generated secrets.");

export type SecretsSettings = z.output<typeof secretsSchema>;

export const openaiSchema = z
  .strictObject({
    apiKey: secret(text("an API key, encrypted"))
      .optional()
      .describe("API key; without one the built-in agent answers."),
    baseUrl: httpUrl.optional().describe("Base URL of the API; default OpenAI's."),
    model: text("the name of a model").optional().describe("Model; default the backend's."),
    firstByteTimeout: text(
      "a duration like 90s or 2m, up to 5m",
      /^(([1-9]\d?|[12]\d\d|300)s|[1-5]m)$/,
    )
      .optional()
      .describe(
        "How long to wait for the model's first byte; longer for a local model that loads first.",
      ),
  })
  .superRefine(({ apiKey, ...others }, issues) => {
    if (apiKey !== undefined) return;
    for (const field of ["baseUrl", "model", "firstByteTimeout"] as const) {
      if (others[field] === undefined) continue;
      contradict(
        issues,
        [field],
        "is set, but openai.apiKey is not, so that the built-in agent would answer. Set the key; any text does where the endpoint needs none: pulumi config set --path --secret todo-chatbot:openai.apiKey …",
      );
    }
  })
  .describe("An OpenAI-compatible API for the agent.");

export type OpenaiSettings = z.output<typeof openaiSchema>;
