import type { Changes } from "../changes/changes.ts";

/** How long a token is not looked up again, in milliseconds, unless a session or a grant ends. */
const freshMs = 60_000;
const remembered = 10_000;

/** What the database says about a token that is valid. */
export interface Valid<T> {
  readonly value: T;
  /** How long it stays valid, in milliseconds; default: until something ends. */
  readonly forMs?: number;
}

/**
 * What is known about valid tokens. One that ends is refused at once by all replicas: while a replica
 * hears of changes, it remembers which tokens are valid; otherwise it looks every time.
 */
export class ValidTokens<T> {
  readonly #changes: Changes;
  readonly #known = new Map<string, { readonly value: T; readonly untilMs: number }>();
  /** Counts what may have ended a token. */
  #ends = 0;

  constructor(changes: Changes) {
    this.#changes = changes;
    changes.onSessionsEnded(() => {
      this.#ends += 1;
      this.#known.clear();
    });
  }

  /** @param look asks the database; undefined for a token that is not valid. */
  async find(key: string, look: () => Promise<Valid<T> | undefined>): Promise<T | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined && this.#changes.isListening && known.untilMs > Date.now()) {
      return known.value;
    }
    const ends = this.#ends;
    const valid = await look();
    if (valid !== undefined && this.#ends === ends) {
      const { value, forMs = freshMs } = valid;
      if (this.#known.size >= remembered) this.#known.clear();
      this.#known.set(key, { value, untilMs: Date.now() + Math.min(freshMs, forMs) });
    }
    return valid?.value;
  }
}
