/** Whether the server is reachable, and when to retry; independent of React. */

export interface ConnectionState {
  /** `offline`: the browser has no network; `unreachable`: the server doesn't respond. */
  readonly status: "ok" | "offline" | "unreachable";
  /** When the next retry starts, in milliseconds since 1970. */
  readonly nextTryAt: number | undefined;
}

export interface Connection {
  readonly state: () => ConnectionState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Reports whether a request reached the server. */
  readonly report: (reached: boolean) => void;
  /** Retries now instead of at `nextTryAt`. */
  readonly retry: () => void;
  /** Registers a callback for retries; returns the unsubscribe function. */
  readonly onRetry: (attempt: () => void) => () => void;
}

/** Backoff between retries, in seconds: short at first, longer for a server that is starting. */
const waits = [2, 4, 8, 15, 30];

export function createConnection(isOnline: () => boolean, events: EventTarget): Connection {
  let state: ConnectionState = { status: "ok", nextTryAt: undefined };
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();
  const attempts = new Set<() => void>();

  function set(next: ConnectionState): void {
    state = next;
    for (const listener of listeners) listener();
  }

  function report(reached: boolean): void {
    if (reached) {
      clearTimeout(timer);
      timer = undefined;
      failures = 0;
      if (state.status !== "ok") set({ status: "ok", nextTryAt: undefined });
      return;
    }
    // Requests fail together; one retry is scheduled for all.
    if (timer !== undefined) return;
    const seconds = waits[Math.min(failures, waits.length - 1)] ?? 30;
    failures++;
    timer = setTimeout(retry, seconds * 1000);
    set({ status: isOnline() ? "unreachable" : "offline", nextTryAt: Date.now() + seconds * 1000 });
  }

  function retry(): void {
    clearTimeout(timer);
    timer = undefined;
    if (state.status !== "ok") set({ ...state, nextTryAt: undefined });
    for (const attempt of attempts) attempt();
  }

  events.addEventListener("online", retry);
  events.addEventListener("offline", () => {
    report(false);
  });

  const member = (set: Set<() => void>) => (callback: () => void) => {
    set.add(callback);
    return () => void set.delete(callback);
  };
  return {
    state: () => state,
    subscribe: member(listeners),
    report,
    retry,
    onRetry: member(attempts),
  };
}
