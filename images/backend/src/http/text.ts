import * as z from "zod";

/**
 * A schema for user input. Rejects NUL, which Postgres can't store, and lone surrogates, which
 * would turn into replacement characters.
 *
 * @param limits lengths in UTF-16 code units after trimming; `min` defaults to 0.
 */
export function text(limits: { readonly min?: number; readonly max: number }) {
  return z
    .string()
    .trim()
    .min(limits.min ?? 0)
    .max(limits.max)
    .refine((value) => value.isWellFormed() && !value.includes("\0"), {
      error: "must be valid Unicode without NUL characters",
    });
}
