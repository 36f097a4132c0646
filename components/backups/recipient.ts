import { bech32 } from "@scure/base";

import { contradict, text } from "../../lib/fields.ts";

const accepted =
  "the public key of an age key pair, age1 and 58 characters, as npm run todo -- db key prints it";

/** Public key that copies of backups are encrypted for. */
export const recipient = text(accepted)
  .superRefine((value, context) => {
    if (!isPrivate(value)) return;
    contradict(
      context,
      [],
      `is a private key, which must never be in a stack; it must be ${accepted}. Replace it, and create a new pair, because this one is no longer private.`,
    );
  })
  .refine((value) => isPrivate(value) || isRecipient(value), { error: accepted, abort: true })
  .meta({ accepted });

const isPrivate = (value: string) => /AGE-SECRET-KEY-/i.test(value);

function isRecipient(value: string): boolean {
  try {
    const { prefix, bytes } = bech32.decodeToBytes(value);
    return prefix === "age" && bytes.length === 32 && value === value.toLowerCase();
  } catch {
    return false;
  }
}
