import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { nobody, type Database, type Statement } from "../database/database.ts";
import type { HealthLog } from "../database/health.ts";

/** Channel of the triggers on tasks and conversations, in the migrations. */
const channel = "todo_changes";

/** What changed of one user; undefined for anything, after a gap. */
export type Change =
  | { readonly what: "tasks" }
  | { readonly what: "conversations"; readonly id?: string }
  | { readonly what: "sessions" }
  | undefined;

/** Receives the changes of one user. */
export interface ChangeListener {
  onChange(change: Change): void;
  /** There will be no more: the server is stopping. */
  onEnd(): void;
}

const tell: Statement = {
  name: "tell changes",
  text: `SELECT pg_notify('${channel}', $1)`,
};
const states: Statement = {
  name: "states of users",
  text: `SELECT user_id AS "userId", tasks, conversations FROM todo.states_of($1::uuid[])`,
};
interface State {
  readonly userId: string;
  readonly tasks: string;
  readonly conversations: string;
}

/** Times of the watch, in milliseconds. */
export interface WatchTimes {
  /** Between two tests of the connection that listens. */
  readonly testMs: number;
  /** How long a test's own notification may take. */
  readonly answerMs: number;
  /** Between two looks at the database while nothing can be listened to. */
  readonly pollMs: number;
  /** Until the next attempt to listen, after the connection failed or was lost. */
  readonly retryMs: number;
  /** The same where a connection hears nothing. */
  readonly deafMs: number;
}
const defaultTimes: WatchTimes = {
  testMs: 15_000,
  answerMs: 3000,
  pollMs: 2000,
  retryMs: 2000,
  deafMs: 60_000,
};

/** After a gap, clients reload within this time rather than all at once. */
const spreadMs = 1000;

/** Waits, at most until the signal. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/**
 * Tells what changed, whichever replica changed it. Listens to notifications of the database on a
 * connection of its own. Behind a pooler in transaction mode none arrive, which only a test shows;
 * then, and while the connection is lost, it compares the state of the listeners' data instead.
 */
export class Changes {
  readonly #database: Database;
  readonly #log: HealthLog;
  readonly #times: WatchTimes;
  readonly #listeners = new Map<string, Set<ChangeListener>>();
  readonly #stop = new AbortController();
  readonly #tests = new Map<string, () => void>();
  #known = new Map<string, State>();
  readonly #onSessionsEnded: (() => void)[] = [];
  #isListening = false;
  #saidPolling = false;

  constructor(database: Database, log: HealthLog, times: Partial<WatchTimes> = {}) {
    this.#database = database;
    this.#log = log;
    this.#times = { ...defaultTimes, ...times };
  }

  /** Whether changes arrive at once; otherwise they are polled for. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Number of listeners of a user, or of all. */
  count(userId?: string): number {
    if (userId !== undefined) return this.#listeners.get(userId)?.size ?? 0;
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Adds a listener; returns the function that removes it. */
  subscribe(userId: string, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(userId) ?? new Set();
    this.#listeners.set(userId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(userId) === listeners) {
        this.#listeners.delete(userId);
      }
    };
  }

  /** Calls back whenever sessions or grants of anybody may have ended. */
  onSessionsEnded(callback: () => void): void {
    this.#onSessionsEnded.push(callback);
  }

  /** Watches the database until `stop`; resolves then. */
  async watch(): Promise<void> {
    const { signal } = this.#stop;
    const { retryMs, deafMs } = this.#times;
    while (!signal.aborted) {
      const isDeaf = await this.#listen().catch(() => false);
      await this.#poll(isDeaf ? deafMs : retryMs);
    }
  }

  /** Ends all listeners, and the watch. */
  stop(): void {
    this.#stop.abort();
    for (const listener of this.#all()) listener.onEnd();
    this.#listeners.clear();
  }

  /** Listens until the connection is lost, or a test fails. True if nothing was ever heard. */
  async #listen(): Promise<boolean> {
    const { signal } = this.#stop;
    const lost = new AbortController();
    const close = await this.#database.listen(
      channel,
      (payload) => {
        this.#receive(payload);
      },
      () => {
        lost.abort();
      },
    );
    try {
      const until = AbortSignal.any([signal, lost.signal]);
      while (!until.aborted && (await this.#test(until))) {
        if (!this.#isListening) {
          this.#afterGap();
          this.#isListening = true;
          this.#saidPolling = false;
          this.#log.info({}, "listening to changes in the database");
        }
        await pause(this.#times.testMs, until);
      }
      return !this.#isListening;
    } finally {
      this.#isListening = false;
      await close().catch(() => undefined);
    }
  }

  /** Whether a notification of another connection arrives. */
  async #test(signal: AbortSignal): Promise<boolean> {
    const id = randomUUID();
    const arrived = new AbortController();
    this.#tests.set(id, () => {
      arrived.abort();
    });
    try {
      await this.#database.query(nobody, tell, [`test ${id}`]);
      await pause(this.#times.answerMs, AbortSignal.any([signal, arrived.signal]));
      return arrived.signal.aborted;
    } finally {
      this.#tests.delete(id);
    }
  }

  #receive(payload: string): void {
    const [first = "", second = "", id] = payload.split(" ");
    if (first === "test") this.#tests.get(second)?.();
    else if (second === "tasks") this.#tell(first, { what: "tasks" });
    else if (second === "conversations") {
      this.#tell(first, { what: "conversations", ...(id !== undefined && { id }) });
    } else if (second === "sessions" || second === "grants") {
      for (const callback of this.#onSessionsEnded) callback();
      this.#tell(first, { what: "sessions" });
    }
  }

  /** Compares the state of the listeners' data until it is time to try listening again. */
  async #poll(durationMs: number): Promise<void> {
    const { pollMs } = this.#times;
    const { signal } = this.#stop;
    const end = performance.now() + durationMs;
    while (!signal.aborted && performance.now() < end) {
      await this.#compare().catch(() => undefined);
      await pause(pollMs, signal);
    }
  }

  async #compare(): Promise<void> {
    const users = [...this.#listeners.keys()];
    const rows = await this.#database.query<State>(nobody, states, [users]);
    if (!this.#saidPolling) {
      this.#saidPolling = true;
      this.#log.info(
        { everyMs: this.#times.pollMs },
        "polling for changes, because none can be listened to; a pooler in transaction mode may be the reason",
      );
    }
    const before = this.#known;
    this.#known = new Map(rows.map((row) => [row.userId, row]));
    for (const { userId, tasks, conversations } of rows) {
      const last = before.get(userId);
      if (last === undefined) this.#tell(userId, undefined);
      else {
        if (last.tasks !== tasks) this.#tell(userId, { what: "tasks" });
        if (last.conversations !== conversations) this.#tell(userId, { what: "conversations" });
      }
    }
  }

  #tell(userId: string, change: Change): void {
    for (const listener of this.#listeners.get(userId) ?? []) listener.onChange(change);
  }

  /** What happened before the connection listened is unknown. */
  #afterGap(): void {
    this.#known.clear();
    for (const callback of this.#onSessionsEnded) callback();
    for (const listener of this.#all()) {
      setTimeout(() => {
        listener.onChange(undefined);
      }, Math.random() * spreadMs).unref();
    }
  }

  #all(): ChangeListener[] {
    return [...this.#listeners.values()].flatMap((listeners) => [...listeners]);
  }
}
