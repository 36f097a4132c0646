import * as z from "zod";

import { EventStream } from "../http/event-stream.ts";
import { HttpProblem } from "../http/problem.ts";
import type { App } from "../http/zod-fastify.ts";
import type { Change, Changes } from "./changes.ts";

/** Route of the events; its requests take as long as somebody listens. */
export const eventsRoute = "/api/events";

/** Most streams of one user, and of all users, on one replica. */
const mostEach = 20;
const mostStreams = 500;

/** Changes within this time become one event, in milliseconds. */
const gatherMs = 20;

/** Streams end after this time, in milliseconds, so that clients spread over new replicas. */
const longestMs = 60 * 60_000;

/** Dependencies of the route. */
export interface EventParts {
  readonly changes: Changes;
  readonly isStopping: () => boolean;
}

/** How often the session of a stream is looked at where nobody tells that it ended, in milliseconds. */
const sessionCheckMs = 30_000;

/** Adds GET /api/events, which expects `request.userId`. */
export function addEventRoutes(app: App, { changes, isStopping }: EventParts): void {
  app.get(
    eventsRoute,
    {
      schema: {
        summary: "Be told about changes",
        description:
          "Server-sent events: `ready` {} once changes are being watched, then `change` {tasks, " +
          "conversations} whenever something was changed by anybody: `tasks` is true if tasks were, " +
          '`conversations` has the ids of changed conversations, or is "any". Load what changed. ' +
          "The stream may end at any time; connect again, and load everything at `ready`. Behind a " +
          "database pooler in transaction mode changes take up to 2 s, otherwise milliseconds.",
        tags: ["events"],
        response: { 200: z.string().meta({ contentType: "text/event-stream" }) },
      },
    },
    ({ userId, isStillSignedIn, share }, reply) => {
      if (isStopping()) {
        throw new HttpProblem(503, "The server is stopping.", { retryAfterSeconds: 1 });
      }
      if (changes.count(userId) >= mostEach) {
        throw new HttpProblem(
          429,
          `You have ${mostEach} event streams open, which is the limit; close some.`,
          { retryAfterSeconds: 30 },
        );
      }
      if (changes.count() >= mostStreams) {
        throw new HttpProblem(503, "Too many event streams are open; poll meanwhile.", {
          retryAfterSeconds: 30,
        });
      }
      const events = new EventStream((bytes) => {
        share.resize(bytes);
      });
      const gathered = gather((change) => {
        events.send("change", change);
      });
      const end = () => {
        events.end();
      };
      const endWithSession = () => {
        // An error is the database's, which the next look may reach.
        isStillSignedIn().then(
          (alive) => {
            if (!alive) end();
          },
          () => undefined,
        );
      };
      const onChange = (change: Change) => {
        if (change?.what === "sessions") endWithSession();
        else gathered(change);
      };
      const unsubscribe = changes.subscribe(userId, { onChange, onEnd: end });
      const timer = setTimeout(end, longestMs).unref();
      const check = setInterval(endWithSession, sessionCheckMs).unref();
      events.body.once("close", () => {
        clearTimeout(timer);
        clearInterval(check);
        unsubscribe();
      });
      reply.raw.once("close", () => {
        events.body.destroy();
      });
      events.send("ready", {});
      const sent = reply
        .headers({
          "content-type": "text/event-stream; charset=utf-8",
          // Proxies must not buffer events.
          "x-accel-buffering": "no",
        })
        .send(events.body as never);
      return sent as never;
    },
  );
}

/** Data of a `change` event. */
interface Gathered {
  readonly tasks: boolean;
  readonly conversations: readonly string[] | "any";
}

/** Joins changes that come together. */
function gather(send: (change: Gathered) => void): (change: Change) => void {
  let tasks = false;
  let any = false;
  let ids = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  return (change) => {
    if (change?.what !== "conversations") tasks = true;
    if (change === undefined || (change.what === "conversations" && change.id === undefined)) {
      any = true;
    } else if (change.what === "conversations" && change.id !== undefined) ids.add(change.id);
    timer ??= setTimeout(() => {
      timer = undefined;
      send({ tasks, conversations: any ? "any" : [...ids] });
      tasks = any = false;
      ids = new Set();
    }, gatherMs);
  };
}
