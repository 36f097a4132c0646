import assert from "node:assert/strict";

/** A person who uses the application through the page's address. */
export class Person {
  readonly #url: string;
  readonly email = `person-${process.pid}-${Date.now()}@example.org`;
  readonly password = "correct horse battery staple";
  #token = "";

  constructor(url: string) {
    this.#url = url;
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

  /** @returns the answer's body; fails on any status that is no success */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** @returns the answer, whatever its status */
  send(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(this.#token !== "" && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
  }

  async titles(): Promise<string[]> {
    const tasks = await this.ask<{ title: string }[]>("GET", "/api/tasks");
    return tasks.map(({ title }) => title).sort();
  }

  get #account() {
    return { email: this.email, password: this.password };
  }
}

/** Requests to an address, one after the other, until it is told to stop. */
export class Traffic {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  sent = 0;
  readonly failures: string[] = [];

  /** @param attempt one request; it throws when the answer is not what a person expects */
  constructor(attempt: () => Promise<unknown>) {
    this.#done = this.#run(attempt);
  }

  async #run(attempt: () => Promise<unknown>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.sent += 1;
      await attempt().catch((error: unknown) => {
        const cause = error instanceof Error ? (error.cause ?? error.message) : error;
        this.failures.push(`${new Date().toISOString()} ${String(cause)}`);
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}
