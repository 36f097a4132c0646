/** Looks at the backend from time to time, for the metrics and the log; nothing waits for it. */

/**
 * Asks the backend's `/healthz` now and every `intervalMs`.
 *
 * @param report gets whether it answered, and whether that is news.
 */
export function watchBackend(
  backend: URL,
  intervalMs: number,
  report: (up: boolean, changed: boolean) => void,
): { readonly stop: () => void } {
  const url = new URL("/healthz", backend);
  let last: boolean | undefined;

  async function look(): Promise<void> {
    const up = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    report(up, up !== last);
    last = up;
  }

  void look();
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
