export type BreakerState = "closed" | "half-open" | "open";

/** Consecutive failures that open the breaker. */
const threshold = 3;
/** How long the breaker stays open, in milliseconds. */
const pauseMs = 30_000;

/**
 * A circuit breaker: opens after some consecutive failures; after a while it lets one request
 * through, whose outcome closes or reopens it.
 */
export class CircuitBreaker {
  readonly #onChange: (state: BreakerState) => void;
  readonly #now: () => number;
  #state: BreakerState = "closed";
  #failures = 0;
  #openUntil = 0;

  /** @param now clock in milliseconds; tests pass their own. */
  constructor(onChange: (state: BreakerState) => void, now = Date.now) {
    this.#onChange = onChange;
    this.#now = now;
    onChange(this.#state);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether a request may be sent now; its outcome must be reported. */
  admit(): boolean {
    if (this.#state === "closed") return true;
    if (this.#state === "half-open" || this.#now() < this.#openUntil) return false;
    this.#change("half-open");
    return true;
  }

  succeed(): void {
    this.#failures = 0;
    this.#change("closed");
  }

  fail(): void {
    this.#failures += 1;
    if (this.#state === "closed" && this.#failures < threshold) return;
    this.#openUntil = this.#now() + pauseMs;
    this.#change("open");
  }

  #change(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}
