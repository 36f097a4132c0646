import type { Readable } from "node:stream";

import type { Problem } from "../http/problem.ts";
import { EventStream } from "../http/event-stream.ts";
import type { ChatAnswer, ChatListener } from "./service.ts";

/**
 * Streams an answer as server-sent events. The promise settles with the first event, so that an
 * error before it can still set the status; a later one becomes an `error` event.
 *
 * @param begin starts the answer, which reports to the listener.
 * @param describe the problem to send if the answer fails.
 * @param keep called with the number of buffered bytes; throws if they are too many.
 */
export async function streamAnswer(
  begin: (listener: ChatListener) => Promise<ChatAnswer>,
  describe: (error: unknown) => Problem,
  keep: (bytes: number) => void,
): Promise<Readable> {
  const events = new EventStream(keep);
  const started = Promise.withResolvers<undefined>();
  const answer = begin({
    onStart: (conversationId) => {
      events.send("start", { conversationId });
      started.resolve(undefined);
    },
    onTool: (call) => {
      events.send("tool", call);
    },
    onText: (text) => {
      events.send("delta", { text });
    },
  });
  try {
    await Promise.race([started.promise, answer]);
  } catch (error) {
    events.end();
    throw error;
  }
  void answer
    .then(
      (done) => {
        events.send("done", done);
      },
      (error: unknown) => {
        events.send("error", describe(error));
      },
    )
    .finally(() => {
      events.end();
    });
  return events.body;
}
