import type { Readable } from "node:stream";

import type { Problem } from "../http/problem.ts";
import { EventStream } from "./event-stream.ts";
import type { ChatAnswer, ChatListener } from "./service.ts";

/**
 * Turns an answer into server-sent events. The promise settles with the first event, so that a fault
 * before it can still have a status of its own; a later one becomes the event `error`.
 *
 * @param begin starts the answer, which tells the listener how it goes on.
 * @param describe what to send when the answer breaks off.
 * @param keep told how many bytes wait for the client; throws when that are too many.
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
