import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import * as z from "zod";

import { zoneHeader } from "../dates/time-zone.ts";
import { feedOf } from "./events.ts";
import { clientNetwork } from "../http/client-network.ts";
import { originOf } from "../http/origin.ts";
import { HttpProblem } from "../http/problem.ts";
import type { Limit, RateLimiter } from "../http/rate-limit.ts";
import type { App } from "../http/zod-fastify.ts";
import type { TaskStore } from "../tasks/store.ts";
import type { CalendarFeeds, FeedOwner } from "./feeds.ts";

const tags = ["account"];
const feed = z.object({
  createdAt: z.iso.datetime().nullable().describe("Null if there is none"),
  lastUsedAt: z.iso.datetime().nullable().describe("Within a minute; null before the first use"),
});

const createByUser: Limit = {
  name: "calendar feed by user",
  burst: 30,
  refillSeconds: 60,
  message: "You have renewed the address often; wait a moment and try again.",
};
/** High, because a calendar service loads those of many users. */
const readByAddress: Limit = {
  name: "calendar by address",
  burst: 600,
  refillSeconds: 0.5,
  message: "Too many requests for calendars from this address; slow down.",
  onlyReads: true,
};

/** Dependencies of the routes. */
export interface CalendarParts {
  readonly feeds: CalendarFeeds;
  readonly tasks: TaskStore;
  readonly limiter: RateLimiter;
}

/** Adds the routes by which a signed-in user manages the feed's address. */
export function addFeedRoutes(app: App, { feeds, limiter }: CalendarParts): void {
  const config = { access: "session" } as const;
  const path = "/api/account/calendar";

  app.get(
    path,
    { config, schema: { summary: "Show the calendar feed", tags, response: { 200: feed } } },
    async ({ userId }) => (await feeds.own(userId)) ?? { createdAt: null, lastUsedAt: null },
  );

  app.post(
    path,
    {
      config,
      schema: {
        summary: "Create the calendar feed's secret address, or renew it",
        description:
          "`url` is in this response only. Whoever has it can read due dates; the one before stops " +
          "to work. Rules are in the time zone of this request.",
        tags,
        headers: z.looseObject(zoneHeader),
        response: { 201: feed.extend({ url: z.url() }) },
      },
    },
    async (request, reply) => {
      const { userId, headers } = request;
      await limiter.take(createByUser, userId);
      const { token, createdAt, lastUsedAt } = await feeds.create(userId, headers["x-timezone"]);
      reply.code(201);
      return { createdAt, lastUsedAt, url: `${originOf(request)}/api/calendar/${token}.ics` };
    },
  );

  app.delete(
    path,
    {
      config,
      schema: {
        summary: "Revoke the calendar feed's address",
        tags,
        errors: [404],
        response: { 204: z.void() },
      },
    },
    async ({ userId }, reply) => {
      if (await feeds.revoke(userId)) return reply.code(204).send();
      throw new HttpProblem(404, "There is no calendar feed.");
    },
  );
}

/** Adds the feed itself. Its address is its only secret, so it is never logged. */
export function addCalendarRoute(app: App, { feeds, tasks, limiter }: CalendarParts): void {
  app.get(
    "/api/calendar/:file",
    {
      config: { workingBytes: 2 * 1024 * 1024 },
      schema: {
        summary: "Due dates for calendars (ICS), at a secret address",
        description: "Supports ETag and If-None-Match.",
        tags,
        signedIn: false,
        params: z.strictObject({ file: z.string() }),
        errors: [404],
        response: { 200: z.unknown().meta({ contentType: "text/calendar" }), 304: z.void() },
      },
    },
    async ({ params: { file }, headers, ip }, reply) => {
      await limiter.take(readByAddress, clientNetwork(ip));
      const owner = file.endsWith(".ics") ? await feeds.find(file.slice(0, -4)) : undefined;
      if (owner === undefined) {
        throw new HttpProblem(404, "There is no such calendar; its address may have been renewed.");
      }
      const now = new Date();
      const etag = tagOf(owner, now);
      reply.headers({ etag, "cache-control": "private, no-cache" });
      const known = headers["if-none-match"]?.split(",").map((tag) => tag.trim());
      if (known?.includes(etag)) return reply.code(304).send();
      const text = feedOf(tasks.all(owner.userId, "pending"), owner.timeZone, now);
      return reply.type("text/calendar; charset=utf-8").send(Readable.from(text));
    },
  );
}

/** Changes with the tasks, and with the years of clock changes. */
function tagOf({ id, state }: FeedOwner, now: Date): string {
  const content = `${id} ${state} ${now.getUTCFullYear()}`;
  return `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
}
