import { PassThrough } from "node:stream";

/** A comment this often keeps proxies from closing a stream that waits for the model. */
const heartbeatMs = 10_000;

/**
 * Server-sent events: named, each with one JSON value as data. A client for whose unread events there
 * is no room any more is let go.
 */
export class EventStream {
  /** What goes to the client. */
  readonly body = new PassThrough();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #keep: (bytes: number) => void;

  /** @param keep told how many bytes wait for the client; throws when that are too many. */
  constructor(keep: (bytes: number) => void) {
    this.#keep = keep;
    this.#heartbeat = setInterval(() => {
      this.#write(": still here\n\n");
    }, heartbeatMs);
    // Whoever sends the stream on hears of errors; there may be nobody yet.
    this.body.on("error", () => undefined);
    this.body.once("close", () => {
      clearInterval(this.#heartbeat);
    });
  }

  /** Sends an event; ignored when the client has gone. */
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
