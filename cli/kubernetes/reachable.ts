import { setTimeout as sleep } from "node:timers/promises";

/** Why the web UI can't be opened from this machine; undefined if it can. */
export type Unreachable =
  | {
      readonly kind: "unknown name" | "untrusted certificate" | "no answer";
      readonly cause: string;
    }
  | undefined;

/** Codes of a name that no DNS server knows, or that none was asked about. */
const unknownName = ["ENOTFOUND", "EAI_AGAIN"];

/** Codes of a certificate of an authority that this machine does not know. */
const untrusted = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/**
 * Waits until the web UI responds; a NodePort may take a second. Does not wait for a name to be
 * published in DNS, which takes minutes or somebody who does it.
 *
 * @param patience in milliseconds
 */
export async function unreachable(url: string, patience = 30_000): Promise<Unreachable> {
  let kind: "untrusted certificate" | "no answer" = "no answer";
  let cause = "no response";
  for (const deadline = Date.now() + patience; Date.now() < deadline;) {
    try {
      const { ok, status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) });
      if (ok) return undefined;
      [kind, cause] = ["no answer", `status ${status}`];
    } catch (error) {
      const reason: unknown = error instanceof Error ? (error.cause ?? error.message) : error;
      cause = String(reason);
      const code = (reason as NodeJS.ErrnoException).code ?? "";
      if (unknownName.includes(code)) return { kind: "unknown name", cause };
      // A controller serves its own certificate until it has read the right one, or that is issued.
      kind = untrusted.includes(code) ? "untrusted certificate" : "no answer";
    }
    await sleep(500);
  }
  return { kind, cause };
}
