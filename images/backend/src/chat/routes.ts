import * as z from "zod";

import { isDayFirst, languageHeader } from "../dates/date-order.ts";
import { zoneHeader } from "../dates/time-zone.ts";
import { onceHeader, onceOf } from "../http/idempotency.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import { text } from "../http/text.ts";
import type { App } from "../http/zod-fastify.ts";
import { maxShownBytes, type ConversationStore } from "./conversations.ts";
import { streamAnswer } from "./answer-stream.ts";
import type { ChatListener, ChatService } from "./service.ts";

const toolCall = z.object({
  name: z.string(),
  arguments: z.unknown(),
  result: z
    .unknown()
    .describe("{task}, {tasks, total?} (total if tasks is truncated), {deleted} or {error}"),
});
const agentName = z.enum(["openai", "builtin"]);
const chatAnswer = z.object({
  conversationId: z.uuid(),
  reply: z.string(),
  toolCalls: z.array(toolCall).readonly(),
  agent: agentName,
});
const conversation = z.object({
  id: z.uuid(),
  title: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
const message = z.object({
  id: z.uuid(),
  role: z.enum(["user", "assistant"]),
  content: z.string(),
  toolCalls: z.array(toolCall).readonly(),
  agent: agentName.nullable(),
  createdAt: z.iso.datetime(),
});
const chatHeaders = z.looseObject({
  ...onceHeader,
  accept: z.string().optional(),
  ...zoneHeader,
  ...languageHeader,
});
const params = z.strictObject({ id: z.uuid() });

const messagesByPerson: Limit = {
  name: "chat by person",
  burst: 30,
  refillSeconds: 2,
  message: "You are writing faster than I can answer; wait a moment.",
};

/** Dependencies of the routes. */
export interface ChatParts {
  readonly chat: ChatService;
  readonly conversations: ConversationStore;
  readonly limiter: RateLimiter;
  /** Converts an error in a stream that has started to the problem to report. */
  readonly toProblem: (error: unknown) => HttpProblem;
}

/** Adds /api/chat and /api/conversations, which expect `request.userId`. */
export function addChatRoutes(
  app: App,
  { chat, conversations, limiter, toProblem }: ChatParts,
): void {
  app.post(
    "/api/chat",
    {
      config: { workingBytes: 240 * 1024 },
      schema: {
        summary: "Send a message to the assistant",
        description:
          "With `Accept: text/event-stream` the reply streams as server-sent events: `start` " +
          "{conversationId}, `tool` {name, arguments, result}, `delta` {text}, `done` (the whole " +
          "answer), or `error` (a problem). Ignore lines that start with a colon.",
        tags: ["chat"],
        headers: chatHeaders,
        errors: [404, 409, 422],
        body: z.strictObject({
          message: text({ min: 1, max: 4000 }),
          conversationId: z.uuid().optional(),
        }),
        response: { 200: chatAnswer },
      },
    },
    async ({ userId, body, headers, id, log, share }, reply) => {
      await limiter.take(messagesByPerson, userId);
      const request = {
        ...body,
        timeZone: headers["x-timezone"],
        isDayFirst: isDayFirst(headers["accept-language"]),
        once: onceOf(headers, "POST /api/chat", body),
      };
      if (!headers.accept?.includes("text/event-stream")) {
        return chat.answer(userId, request, silent);
      }

      const events = await streamAnswer(
        (listener) => chat.answer(userId, request, listener),
        (error) => {
          const problem = toProblem(error);
          log.warn({ err: error, status: problem.status }, "an answer was interrupted");
          return problem.toBody(id);
        },
        (bytes) => {
          share.resize(bytes);
        },
      );
      reply.headers({
        "content-type": "text/event-stream; charset=utf-8",
        // Proxies must not buffer events.
        "x-accel-buffering": "no",
      });
      return reply.send(events as never);
    },
  );

  app.get(
    "/api/conversations",
    {
      schema: {
        summary: "List the 100 last used conversations",
        tags: ["chat"],
        querystring: z.strictObject({
          q: text({ max: 100 })
            .default("")
            .describe("What the title or a message has to contain, in any case"),
        }),
        response: { 200: z.array(conversation).readonly() },
      },
    },
    async ({ userId, query }) => conversations.list(userId, query.q),
  );

  app.patch(
    "/api/conversations/:id",
    {
      schema: {
        summary: "Rename a conversation",
        tags: ["chat"],
        params,
        errors: [404],
        body: z.strictObject({ title: text({ min: 1, max: 100 }) }),
        response: { 200: conversation },
      },
    },
    async ({ userId, params: { id }, body }) => {
      const renamed = await conversations.rename(userId, id, body.title);
      if (renamed === undefined) throw noSuchConversation();
      return renamed;
    },
  );

  app.get(
    "/api/conversations/:id/messages",
    {
      config: { workingBytes: maxShownBytes },
      schema: {
        summary: "Show the last messages of a conversation, oldest first, up to 500 or 512 KiB",
        tags: ["chat"],
        params,
        errors: [404],
        response: { 200: z.array(message).readonly() },
      },
    },
    async ({ userId, params }) => {
      const messages = await conversations.messages(userId, params.id);
      if (messages.length === 0) throw noSuchConversation();
      return messages.map(({ id, role, content, toolCalls, agent, createdAt }) => ({
        ...{ id, role, content, toolCalls, agent, createdAt },
      }));
    },
  );

  app.delete(
    "/api/conversations/:id",
    {
      schema: {
        summary: "Delete a conversation",
        tags: ["chat"],
        params,
        errors: [404],
        response: { 204: z.void() },
      },
    },
    async ({ userId, params: { id } }, reply) => {
      if (!(await conversations.delete(userId, id))) throw noSuchConversation();
      return reply.code(204).send();
    },
  );
}

const silent: ChatListener = {
  onStart: () => undefined,
  onTool: () => undefined,
  onText: () => undefined,
};

function noSuchConversation(): HttpProblem {
  return new HttpProblem(404, "There is no such conversation.");
}
