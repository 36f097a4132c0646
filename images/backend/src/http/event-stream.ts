import { PassThrough } from "node:stream";

/** Interval of heartbeat comments, which keep proxies from closing an idle stream. */
const heartbeatMs = 10_000;

/**
 * Server-sent events: named, each with one JSON value as data. Disconnects a client when its unread
 * events exceed the memory limit.
 */
export class EventStream {
  /** The response body. */
  readonly body = new PassThrough();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #keep: (bytes: number) => void;

  /** @param keep called with the number of buffered bytes; throws if they are too many. */
  constructor(keep: (bytes: number) => void) {
    this.#keep = keep;
    this.#heartbeat = setInterval(() => {
      this.#write(": still here\n\n");
    }, heartbeatMs);
    // The stream's consumer handles errors, but may not be attached yet.
    this.body.on("error", () => undefined);
    this.body.once("close", () => {
      clearInterval(this.#heartbeat);
    });
  }

  /** Sends an event; no-op if the client has disconnected. */
  send(event: string, data: unknown): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.body.end();
  }

  #write(chunk: string): void {
    const { body } = this;
    if (!body.writable) return;
    body.write(chunk);
    try {
      this.#keep(body.readableLength + body.writableLength);
    } catch (error) {
      body.destroy(error as Error);
    }
  }
}
