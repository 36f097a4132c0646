import { setTimeout as sleep } from "node:timers/promises";

/** Why the web UI can't be opened from this machine; undefined if it can. */
export type Unreachable = { readonly isUnknownName: boolean; readonly cause: string } | undefined;

/** Codes of a name that no DNS server knows, or that none was asked about. */
const unknownName = ["ENOTFOUND", "EAI_AGAIN"];

/**
 * Waits until the web UI responds; a NodePort may take a second. Does not wait for a name to be
 * published in DNS, which takes minutes or somebody who does it.
 *
 * @param patience in milliseconds
 */
export async function unreachable(url: string, patience = 30_000): Promise<Unreachable> {
  let cause = "no response";
  for (const deadline = Date.now() + patience; Date.now() < deadline;) {
    try {
      const { ok, status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
      if (ok) return undefined;
      cause = `status ${status}`;
    } catch (error) {
      const reason: unknown = error instanceof Error ? (error.cause ?? error.message) : error;
      cause = String(reason);
      if (unknownName.includes((reason as NodeJS.ErrnoException).code ?? ""))
        return { isUnknownName: true, cause };
    }
    await sleep(500);
  }
  return { isUnknownName: false, cause };
}
