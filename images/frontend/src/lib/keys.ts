/**
 * A random idempotency key: a retry with the key of the first attempt takes effect once.
 * `crypto.randomUUID` only exists on HTTPS and localhost.
 */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
