import type { onRequestHookHandler } from "fastify";
import * as z from "zod";

import { requireWrite } from "../auth/authenticate.ts";
import { optionalZoneHeader } from "../dates/time-zone.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { TaskStore } from "../tasks/store.ts";
import { isToolName, Toolbox, tools, type ToolEvent } from "../tools/tools.ts";
import { originOf } from "../http/origin.ts";
import { HttpProblem } from "../http/problem.ts";

const requestsByPerson: Limit = {
  name: "mcp by person",
  burst: 120,
  refillSeconds: 0.5,
  message: "Too many requests to /mcp; slow down.",
  // If a tool writes, its own statement fails.
  onlyReads: true,
};

/** Dependencies of the routes. */
export interface McpParts {
  readonly tasks: TaskStore;
  readonly limiter: RateLimiter;
  readonly onToolCall: (event: ToolEvent) => void;
  /** Origins beside this server's own whose pages may use it. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Adds /mcp: the tools for MCP clients over Streamable HTTP. Stateless, so that any replica can
 * serve any request; so there are no notifications, and no GET and DELETE.
 */
export function addMcpRoutes(app: App, parts: McpParts): void {
  const { tasks, limiter, onToolCall, allowedOrigins } = parts;
  // The protocol asks for it, against pages that reach a local server by DNS rebinding.
  const onRequest: onRequestHookHandler = (request, _reply, done) => {
    const { origin } = request.headers;
    const isKnown =
      origin === undefined || origin === originOf(request) || allowedOrigins.includes(origin);
    done(
      isKnown
        ? undefined
        : new HttpProblem(403, "Pages of this origin may not use MCP; see ALLOWED_ORIGINS."),
    );
  };

  app.post(
    "/mcp",
    {
      onRequest,
      // Tools that change something need more.
      config: { workingBytes: 240 * 1024, access: "read" },
      schema: {
        summary: "The tools, for MCP clients (Streamable HTTP)",
        tags: ["mcp"],
        description:
          "Send `Accept: application/json, text/event-stream`; other values are refused with 406. " +
          "A token without the scope `write` has the tools that read. `X-Timezone` defaults to the zone in which the token was created.",
        headers: z.looseObject(optionalZoneHeader),
        body: z.unknown().describe("A JSON-RPC 2.0 message, or an array of them"),
        errors: [406],
        response: {
          200: z.unknown().describe("A JSON-RPC 2.0 response, or an array of them"),
          202: z.void(),
        },
      },
    },
    async ({ userId, grant, headers, body }, reply) => {
      if (callsToWrite(body)) requireWrite(grant);
      await limiter.take(requestsByPerson, userId);
      // Loaded on first use: most instances never see an MCP client.
      const { answerMcp } = await import("./server.ts");
      const timeZone = headers["x-timezone"] ?? grant?.timeZone ?? "UTC";
      const toolbox = new Toolbox(tasks, userId, timeZone, onToolCall);
      const user = { timeZone, canWrite: grant?.canWrite !== false };
      const answer = await answerMcp(toolbox, user, headers, body);
      if (answer.status >= 400) throw new HttpProblem(answer.status, await reasonOf(answer));
      reply.code(answer.status as 200);
      for (const [name, value] of answer.headers) reply.header(name, value);
      return reply.send(await answer.text());
    },
  );
}

/** Why the SDK refused a request: a JSON-RPC error, or the whole body. */
async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text();
  const { error } = JSON.parse(text) as { readonly error?: { readonly message?: string } };
  return error?.message ?? text;
}

/** Whether a message, or one of several, calls a tool that changes something. */
function callsToWrite(body: unknown): boolean {
  return [body].flat().some((message: unknown) => {
    const { method, params } = (message ?? {}) as Readonly<Record<string, unknown>>;
    const { name } = (params ?? {}) as { readonly name?: unknown };
    return (
      method === "tools/call" &&
      typeof name === "string" &&
      isToolName(name) &&
      !tools[name].readOnly
    );
  });
}
