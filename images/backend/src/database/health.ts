import { setTimeout as sleep } from "node:timers/promises";

import {
  DatabaseUnavailable,
  nobody,
  sqlState,
  type Database,
  type Statement,
} from "./database.ts";
import { migrate } from "./migrate.ts";

const probe: Statement = {
  name: "probe",
  text: "SELECT version FROM todo.migrations ORDER BY version DESC LIMIT 1",
};

/** Schema, table, function, privilege or role missing: the database was replaced or restored. */
const schemaGone = new Set(["3F000", "42P01", "42883", "42501", "22023"]);

/** How long readiness waits for the database. */
const probeTimeoutMs = 2000;

const noAnswer = `no response within ${probeTimeoutMs / 1000} s`;

/** Pause before the first retry while the database is unavailable; it doubles from there. */
const firstPauseMs = 200;
const longestPauseMs = 3000;

/** The logger methods that are used here. */
export interface HealthLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/**
 * Migrates the database as soon as it is reachable, and monitors it from then on. A database that
 * comes back empty or from an older dump is migrated again.
 */
export class DatabaseHealth {
  readonly #database: Database;
  readonly #log: HealthLog;
  readonly #intervalMs: number;
  readonly #onMigrated: () => Promise<unknown>;
  readonly #stop = new AbortController();
  #migrated = false;
  #up: boolean | undefined;
  #reason = noAnswer;
  #running: Promise<boolean> | undefined;

  /**
   * @param intervalMs interval of the background check while the database is up.
   * @param onMigrated called before the database counts as ready, again whenever it was replaced.
   */
  constructor(
    database: Database,
    log: HealthLog,
    intervalMs: number,
    onMigrated: () => Promise<unknown> = () => Promise.resolve(),
  ) {
    this.#database = database;
    this.#log = log;
    this.#intervalMs = intervalMs;
    this.#onMigrated = onMigrated;
  }

  /** Whether the last check found the database reachable and migrated. */
  get up(): boolean {
    return this.#up ?? false;
  }

  /** Why the database is not ready: the error of the last check, from the server or the driver. */
  get reason(): string {
    return this.#reason;
  }

  /** Checks periodically until `stop`; resolves then. */
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

  /** Checks the database now, for at most {@link probeTimeoutMs}; false if it isn't ready. */
  async ready(): Promise<boolean> {
    const timeout = new AbortController();
    const late = sleep(probeTimeoutMs, false, { signal: timeout.signal }).catch(() => false);
    try {
      return await Promise.race([this.#check(), late]);
    } finally {
      timeout.abort();
    }
  }

  /** Runs one check at a time, shared by concurrent callers. */
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
      if (this.#up === false) this.#log.info({}, "the database is up");
      this.#up = true;
      this.#reason = noAnswer;
    } catch (error) {
      // Logged once, not on every retry.
      if (this.#up !== false) this.#log.warn({ err: error }, "the database is not ready");
      this.#up = false;
      this.#reason = reasonOf(error);
    }
    return this.#up;
  }

  async #migrate(): Promise<void> {
    this.#migrated = false;
    this.#log.info(await migrate(this.#database), "the database is migrated");
    await this.#onMigrated();
    this.#migrated = true;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  // Node's AggregateError of several refused addresses has a code but no message.
  return typeof code !== "string" || cause.message.includes(code)
    ? cause.message
    : `${cause.message} (${code})`.trim();
}
