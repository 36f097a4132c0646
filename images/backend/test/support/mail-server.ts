import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { SMTPServer, type SMTPServerOptions } from "smtp-server";

import type { SmtpConfig } from "../../src/mail/smtp-config.ts";

/** A genuine SMTP server on loopback that keeps what it is sent. */
export class MailServer {
  /** Raw messages, in the order of their arrival. */
  readonly mails: string[] = [];
  readonly #server: SMTPServer;

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      onData: (stream, _session, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          this.mails.push(Buffer.concat(parts).toString());
          done();
        });
      },
      ...options,
    });
    this.#server.on("error", () => undefined);
  }

  static async start(options: SMTPServerOptions = {}, port = 0): Promise<MailServer> {
    const server = new MailServer(options);
    server.#server.listen(port, "127.0.0.1");
    await once(server.#server.server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Settings of a client of it, in clear text unless they say otherwise. */
  config(more: Partial<SmtpConfig> = {}): SmtpConfig {
    return {
      ...{ host: "127.0.0.1", port: this.port, tls: "none", user: undefined, password: undefined },
      from: "Todo <todo@example.com>",
      caCertificate: undefined,
      publicUrl: "https://todo.example.com",
      ...more,
    };
  }

  /** The next mail, once it has come; throws after 5 s. */
  async next(): Promise<string> {
    const end = Date.now() + 5000;
    while (Date.now() < end) {
      const mail = this.mails.shift();
      if (mail !== undefined) return mail;
      await sleep(10);
    }
    throw new Error("no mail came");
  }

  async stop(): Promise<void> {
    await new Promise<void>((done) => {
      this.#server.close(done);
    });
  }
}
