import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

let people = 0;

/** As the global `fetch`. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A user of the application, by the URL of the web UI. */
export class Person {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly email = `person-${process.pid}-${Date.now()}-${(people += 1)}@example.org`;
  readonly password = "correct horse battery staple";
  #token = "";

  /** @param how to send its requests, where the URL's name is in no DNS */
  constructor(url: string, how: Fetch = fetch) {
    this.#url = url;
    this.#fetch = how;
  }

  async register(): Promise<void> {
    const { token } = await this.ask<{ token: string }>(
      "POST",
      "/api/auth/register",
      this.#account,
    );
    this.#token = token;
  }

  async signIn(): Promise<void> {
    const { token } = await this.ask<{ token: string }>("POST", "/api/auth/login", this.#account);
    this.#token = token;
  }

  /** @returns the response's body; fails unless the status is a success */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** @returns the response, whatever its status */
  send(method: string, path: string, body?: unknown, { accept = "*/*", timeoutMs = 15_000 } = {}) {
    return this.#fetch(`${this.#url}${path}`, {
      method,
      headers: {
        accept,
        ...(this.#token !== "" && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  /** Sends a message and reads the answer as an event stream; fails if that is cut off. */
  async hear(message: string): Promise<void> {
    const how = { accept: "text/event-stream", timeoutMs: 60_000 };
    const response = await this.send("POST", "/api/chat", { message }, how);
    const events = await response.text();
    assert.ok(response.ok, `POST /api/chat answered ${response.status}: ${events}`);
    assert.match(events, /^event: done$/m, `the stream was cut off: ${events.slice(-300)}`);
  }

  async titles(): Promise<string[]> {
    const tasks = await this.ask<{ title: string }[]>("GET", "/api/tasks");
    return tasks.map(({ title }) => title).sort();
  }

  get #account() {
    return { email: this.email, password: this.password };
  }
}

/**
 * Sends requests until it is stopped: one after another, or at a fixed rate, whether or not
 * responses arrive. Connections are kept alive.
 */
export class Traffic {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  sent = 0;
  readonly failures: string[] = [];

  /** @param attempt one request; it throws if the response is not what a user expects */
  constructor(attempt: (index: number) => Promise<unknown>, perSecond?: number) {
    this.#done = this.#run(attempt, perSecond);
  }

  async #run(attempt: (index: number) => Promise<unknown>, perSecond?: number): Promise<void> {
    const pending = new Set<Promise<unknown>>();
    const start = performance.now();
    while (!this.#stop.signal.aborted) {
      const index = this.sent;
      this.sent += 1;
      const answer = attempt(index).catch((error: unknown) => {
        const cause = error instanceof Error ? (error.cause ?? error.message) : error;
        this.failures.push(`${new Date().toISOString()} ${String(cause)}`);
      });
      if (perSecond === undefined) {
        await answer;
        await sleep(50);
      } else {
        pending.add(answer);
        void answer.finally(() => pending.delete(answer));
        await sleep(Math.max(0, start + (this.sent * 1000) / perSecond - performance.now()));
      }
    }
    await Promise.all(pending);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}
