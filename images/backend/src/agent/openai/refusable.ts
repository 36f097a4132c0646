import { EndpointRefused } from "./endpoint.ts";
import type { CompletionRequest } from "./wire.ts";

/** Optional fields of a request or its messages that some endpoints refuse. */
const refusable = [
  ...["max_completion_tokens", "stream_options"],
  ...["reasoning_content", "reasoning", "reasoning_details", "extra_content"],
] as const;

/** The request without refused fields; the token limit then uses its older name. */
export function withoutRefused(request: CompletionRequest, refused: ReadonlySet<string>): object {
  return {
    ...without(request, refused),
    ...(refused.has("max_completion_tokens") && { max_tokens: request.max_completion_tokens }),
    messages: request.messages.map((message) => without(message, refused)),
  };
}

/** The request's fields that an endpoint's refusal names. */
export function namedInRefusal(error: unknown, request: object): readonly string[] {
  if (!(error instanceof EndpointRefused) || ![400, 422].includes(error.status)) return [];
  const { messages, ...rest } = request as CompletionRequest;
  const sent = new Set([rest, ...messages].flatMap((part) => Object.keys(part)));
  return refusable.filter((name) => sent.has(name) && new RegExp(`\\b${name}\\b`).test(error.body));
}

function without(fields: object, names: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
}
