/** Whether the server is there, and when to look again; knows nothing of React. */

export interface ConnectionState {
  /** `offline`: the browser has no network; `away`: the server can't be reached. */
  readonly status: "ok" | "offline" | "away";
  /** When the next try starts, in milliseconds since 1970. */
  readonly nextTryAt: number | undefined;
}

export interface Connection {
  readonly state: () => ConnectionState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Tells whether a request reached the server. */
  readonly report: (reached: boolean) => void;
  /** Tries again now instead of at `nextTryAt`. */
  readonly retry: () => void;
  /** Says what to do again when it is time to try; gives back how to unsay it. */
  readonly onRetry: (attempt: () => void) => () => void;
}

/** Waits between tries, in seconds: soon at first, then without burdening a server that starts. */
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
    // Several requests fail together; one try is planned for all of them.
    if (timer !== undefined) return;
    const seconds = waits[Math.min(failures, waits.length - 1)] ?? 30;
    failures++;
    timer = setTimeout(retry, seconds * 1000);
    set({ status: isOnline() ? "away" : "offline", nextTryAt: Date.now() + seconds * 1000 });
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
