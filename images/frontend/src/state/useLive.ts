import { useEffect, useRef } from "react";

import type { Api } from "../api/client.ts";
import type { Change } from "../api/types.ts";
import type { Connection } from "./connection.ts";

const everything: Change = { tasks: true, conversations: "any" };

/** Pauses between attempts to connect, in seconds; each up to half longer or shorter. */
const waits = [1, 2, 5, 10, 30];

/**
 * Calls back when something was changed, here or elsewhere: other windows, other devices, MCP. Only
 * while the page is visible, because a browser has few connections to a server. Without a
 * connection, everything counts as changed at each attempt.
 */
export function useLive(api: Api, connection: Connection, onChange: (change: Change) => void) {
  const listener = useRef(onChange);
  useEffect(() => {
    listener.current = onChange;
  });

  useEffect(() => {
    let stop = new AbortController();

    async function follow({ signal }: AbortController): Promise<void> {
      const isOver = () => signal.aborted;
      for (let failures = 0; !isOver(); failures += 1) {
        try {
          for await (const change of api.changes(signal)) {
            failures = 0;
            // What happened before the connection is unknown.
            listener.current(change ?? everything);
          }
        } catch {
          // Also when the server has too many connections; then this is a poll.
          if (!isOver() && failures > 0) listener.current(everything);
        }
        const seconds = waits[Math.min(failures, waits.length - 1)] ?? 30;
        await pause(seconds * (0.5 + Math.random()) * 1000, signal, connection);
      }
    }
    function start(): void {
      stop.abort();
      stop = new AbortController();
      if (document.visibilityState === "visible") void follow(stop);
    }

    start();
    document.addEventListener("visibilitychange", start);
    return () => {
      document.removeEventListener("visibilitychange", start);
      stop.abort();
    };
  }, [api, connection]);
}

/** Ends early when aborted, or when the connection is tried again. */
function pause(ms: number, signal: AbortSignal, connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      forget();
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    const forget = connection.onRetry(done);
    if (signal.aborted) done();
  });
}
