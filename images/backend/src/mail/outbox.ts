import type { FastifyBaseLogger } from "fastify";

/** A mail in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** What sends mails. */
export interface MailServer {
  /** Connects and signs in, without sending anything. */
  check(): Promise<void>;
  send(mail: Mail): Promise<void>;
}

/**
 * sent: accepted by the server; refused: the server refuses this recipient; deferred: failed, and
 * will be retried; failed: given up; dropped: too many were waiting.
 */
export const mailOutcomes = ["sent", "refused", "deferred", "failed", "dropped"] as const;
export type MailOutcome = (typeof mailOutcomes)[number];

/** Bounds of the outbox. */
export interface OutboxLimits {
  /** Most mails that wait or are being sent; default 100. */
  readonly capacity: number;
  /** Most connections to the mail server; default 2. */
  readonly connections: number;
  /** Pauses before each retry, in milliseconds; default 5 s to 10 min. */
  readonly retryMs: readonly number[];
}

const defaults: OutboxLimits = {
  capacity: 100,
  connections: 2,
  retryMs: [5000, 30_000, 120_000, 600_000],
};

/** Writes a mail when its turn comes; undefined if there is none to send. */
export type Writer = () => Promise<Mail | undefined>;

interface Entry {
  readonly write: Writer;
  mail?: Mail;
  tries: number;
}

/**
 * Sends mails in the background and retries them. They are kept in memory only: whoever asked for a
 * mail that is lost with the process asks again.
 */
export class Outbox {
  readonly #server: MailServer;
  readonly #logger: FastifyBaseLogger;
  readonly #onOutcome: (outcome: MailOutcome) => void;
  readonly #limits: OutboxLimits;
  readonly #waiting: Entry[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(
    server: MailServer,
    logger: FastifyBaseLogger,
    onOutcome: (outcome: MailOutcome) => void,
    limits: Partial<OutboxLimits> = {},
  ) {
    this.#server = server;
    this.#logger = logger;
    this.#onOutcome = onOutcome;
    this.#limits = { ...defaults, ...limits };
  }

  /** Tells the log whether the mail server can be used. */
  async check(): Promise<void> {
    try {
      await this.#server.check();
      this.#logger.info("the mail server accepts mails");
    } catch (error) {
      this.#logger.error(reasonOf(error), "the mail server can't be used");
    }
  }

  /** Queues a mail; drops it if too many are waiting. */
  add(write: Writer): void {
    const held = this.#waiting.length + this.#sending.size + this.#timers.size;
    if (this.#closed || held >= this.#limits.capacity) {
      this.#onOutcome("dropped");
      this.#logger.error({ held }, "a mail was dropped, because too many are waiting");
      return;
    }
    this.#queue({ write, tries: 0 });
  }

  /** Finishes the mails that are being sent; those that wait are lost. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const lost = this.#timers.size + this.#waiting.splice(0).length;
    await Promise.all(this.#sending);
    if (lost > 0) this.#logger.warn({ lost }, "mails were not sent, because the server stops");
  }

  #queue(entry: Entry): void {
    this.#waiting.push(entry);
    this.#next();
  }

  #next(): void {
    while (this.#sending.size < this.#limits.connections) {
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      const sending = this.#send(entry).finally(() => {
        this.#sending.delete(sending);
        this.#next();
      });
      this.#sending.add(sending);
    }
  }

  async #send(entry: Entry): Promise<void> {
    try {
      const mail = (entry.mail ??= await entry.write());
      if (mail === undefined) return;
      await this.#server.send(mail);
      this.#onOutcome("sent");
    } catch (error) {
      this.#onFailure(entry, error);
    }
  }

  #onFailure(entry: Entry, error: unknown): void {
    const reason = reasonOf(error);
    if (isPermanent(error)) {
      // A refused recipient says nothing about the server.
      const isRecipient = reason.code === "EENVELOPE";
      this.#onOutcome(isRecipient ? "refused" : "failed");
      this.#logger[isRecipient ? "warn" : "error"](reason, "the mail server refused a mail");
      return;
    }
    const pause = this.#limits.retryMs[entry.tries++];
    if (pause === undefined || this.#closed) {
      this.#onOutcome("failed");
      this.#logger.error(reason, "a mail could not be sent; given up");
      return;
    }
    this.#onOutcome("deferred");
    this.#logger.warn({ ...reason, retryInMs: pause }, "a mail could not be sent yet");
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#queue(entry);
    }, pause).unref();
    this.#timers.add(timer);
  }
}

interface MailError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly permanent?: unknown;
  readonly originalCode?: unknown;
  readonly message?: unknown;
}

/** Codes of errors that come before the server has seen the mail: their messages have no address. */
const beforeTheMail = new Set(["ECONNECTION", "ETIMEDOUT", "ESOCKET", "EDNS", "ETLS"]);

/** What may be logged: a server's responses quote the recipient's address. */
function reasonOf(error: unknown) {
  const { code, responseCode, originalCode, message } = error as MailError;
  return {
    code,
    ...(responseCode !== undefined && { responseCode }),
    ...(originalCode !== undefined && { cause: originalCode }),
    ...(responseCode === undefined && beforeTheMail.has(String(code)) && { reason: message }),
  };
}

function isPermanent(error: unknown): boolean {
  return (error as MailError).permanent === true;
}
