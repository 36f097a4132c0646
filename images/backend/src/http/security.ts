import type { FastifyReply, FastifyRequest } from "fastify";

/** Headers of every response: private data, not a page. */
const headers = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** CORS headers of the API and of MCP clients (Streamable HTTP). */
const requestHeaders =
  "authorization, content-type, accept, x-timezone, if-match, idempotency-key, mcp-protocol-version, mcp-session-id, last-event-id";
const answerHeaders =
  "etag, link, x-next-cursor, retry-after, x-request-id, www-authenticate, mcp-session-id";

/** Adds security headers, and lets pages of the given origins call the API from a browser. */
export function secure(allowedOrigins: readonly string[]) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers(headers).header("x-request-id", request.id);
    const { origin } = request.headers;
    if (origin === undefined || !allowedOrigins.includes(origin)) return;
    reply.headers({
      "access-control-allow-origin": origin,
      "cross-origin-resource-policy": "cross-origin",
      "access-control-expose-headers": answerHeaders,
      vary: "origin",
    });
    if (request.method !== "OPTIONS") return;
    await reply
      .code(204)
      .headers({
        "access-control-allow-methods": "GET, POST, PATCH, DELETE",
        "access-control-allow-headers": requestHeaders,
        "access-control-max-age": "600",
      })
      .send();
  };
}
