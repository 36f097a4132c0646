import { setTimeout as sleep } from "node:timers/promises";

import { DatabaseAway, nobody, sqlState, type Database, type Statement } from "./database.ts";
import { migrate } from "./migrate.ts";

const probe: Statement = {
  name: "probe",
  text: "SELECT version FROM todo.migrations ORDER BY version DESC LIMIT 1",
};

/** Schema, table, function or right missing, or the role: the database was replaced or restored. */
const schemaGone = new Set(["3F000", "42P01", "42883", "42501", "22023"]);

/** Longest that a readiness answer waits for the database. */
const probeTimeoutMs = 2000;

const noAnswer = `no answer within ${probeTimeoutMs / 1000} s`;

/** Pauses between tries while the database is away: short at first, then this. */
const firstPauseMs = 200;
const longestPauseMs = 3000;

/** What health needs of a logger. */
export interface HealthLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/**
 * Migrates the database as soon as it answers, and watches it from then on. A database that comes
 * back empty or restored from an older dump is migrated again.
 */
export class DatabaseHealth {
  readonly #database: Database;
  readonly #log: HealthLog;
  readonly #intervalMs: number;
  readonly #stop = new AbortController();
  #migrated = false;
  #up: boolean | undefined;
  #reason = noAnswer;
  #running: Promise<boolean> | undefined;

  /** @param intervalMs pause between two background checks while all is well. */
  constructor(database: Database, log: HealthLog, intervalMs: number) {
    this.#database = database;
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  /** True when the last check found the database there and migrated. */
  get up(): boolean {
    return this.#up ?? false;
  }

  /** Why the database is not ready: what the server or the driver said to the last check. */
  get reason(): string {
    return this.#reason;
  }

  /** Checks again and again until `stop`; resolves then. */
  async watch(): Promise<void> {
    const { signal } = this.#stop;
    let pause = firstPauseMs;
    while (!signal.aborted) {
      const up = await this.#check();
      pause = up ? firstPauseMs : Math.min(pause * 2, longestPauseMs);
      await sleep(up ? this.#intervalMs : pause, undefined, { signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Asks the database now, for at most {@link probeTimeoutMs}; false when it isn't ready. */
  async ready(): Promise<boolean> {
    const timeout = new AbortController();
    const late = sleep(probeTimeoutMs, false, { signal: timeout.signal }).catch(() => false);
    try {
      return await Promise.race([this.#check(), late]);
    } finally {
      timeout.abort();
    }
  }

  /** One check at a time, shared by all who ask meanwhile. */
  async #check(): Promise<boolean> {
    this.#running ??= this.#probe().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #probe(): Promise<boolean> {
    try {
      if (!this.#migrated) await this.#migrate();
      await this.#database.query(nobody, probe).catch(async (error: unknown) => {
        if (!schemaGone.has(sqlState(error) ?? "")) throw error;
        this.#log.info({ err: error }, "the database was replaced");
        await this.#migrate();
        await this.#database.query(nobody, probe);
      });
      if (this.#up === false) this.#log.info({}, "the database answers");
      this.#up = true;
      this.#reason = noAnswer;
    } catch (error) {
      // Said once, not at every try.
      if (this.#up !== false) this.#log.warn({ err: error }, "the database is not ready");
      this.#up = false;
      this.#reason = reasonOf(error);
    }
    return this.#up;
  }

  async #migrate(): Promise<void> {
    this.#migrated = false;
    this.#log.info(await migrate(this.#database), "the database is migrated");
    this.#migrated = true;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof DatabaseAway ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  // Node's error of several refused addresses has a code and no message.
  return typeof code !== "string" || cause.message.includes(code)
    ? cause.message
    : `${cause.message} (${code})`.trim();
}
