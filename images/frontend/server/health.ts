/**
 * Polls the backend's `/healthz`, for the metrics and the log only.
 *
 * @param report called with whether it responded, and whether that changed.
 */
export function watchBackend(
  backend: URL,
  intervalMs: number,
  report: (up: boolean, changed: boolean) => void,
): { readonly stop: () => void } {
  const url = new URL("/healthz", backend);
  let last: boolean | undefined;

  async function check(): Promise<void> {
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

  void check();
  const timer = setInterval(() => void check(), intervalMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}
