import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { savePauseMs, watchSources } from "./sources.ts";

/**
 * Runs a program, and again after each edit of its sources. Node's own `--watch-path` loses some edits, and
 * waits ten times as long for the next.
 *
 * @param program runs until it ends, or the signal ends it
 * @param stop ends it for good
 */
export async function runOnEdits(
  sources: readonly string[],
  program: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  let edit = new AbortController();
  const close = watchSources(sources, () => {
    edit.abort();
  });
  stop.addEventListener("abort", () => {
    edit.abort();
  });
  while (!stop.aborted) {
    edit = new AbortController();
    const { signal } = edit;
    await program(signal);
    if (!signal.aborted) await once(signal, "abort");
    await sleep(savePauseMs);
  }
  close();
}
