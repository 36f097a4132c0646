import { PassThrough } from "node:stream";

/** A comment this often keeps proxies from closing a stream that waits for the model. */
const heartbeatMs = 10_000;

/** Server-sent events: named, each with one JSON value as data. */
export class EventStream {
  /** What goes to the client. */
  readonly body = new PassThrough();
  readonly #heartbeat: NodeJS.Timeout;

  constructor() {
    this.#heartbeat = setInterval(() => {
      this.#write(": still here\n\n");
    }, heartbeatMs);
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
    if (this.body.writable) this.body.write(chunk);
  }
}
