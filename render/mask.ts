import type { Change } from "./difference.ts";
import { differences } from "./difference.ts";
import type { Manifest } from "../lib/manifest.ts";

/** Stands for a secret in everything that is printed or written. */
export const masked = "[secret]";

/**
 * The object without its secrets: every value of a Secret, and every text elsewhere that has one
 * of the known secrets in it.
 */
export function mask(manifest: Manifest, secrets: readonly string[]): Manifest {
  const clean = maskTexts(manifest, secrets) as Manifest;
  if (manifest.kind !== "Secret") return clean;
  const hide = (field: unknown) =>
    field && Object.fromEntries(Object.keys(field).map((key) => [key, masked]));
  const { data, stringData, ...rest } = clean;
  return {
    ...rest,
    ...(data !== undefined && { data: hide(data) }),
    ...(stringData !== undefined && { stringData: hide(stringData) }),
  };
}

/** The value with every text that has a secret in it, plain or in Base64, replaced as a whole. */
export function maskTexts(value: unknown, secrets: readonly string[]): unknown {
  const hidden = secrets.flatMap((text) => [text, Buffer.from(text).toString("base64")]);
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return hidden.some((text) => part.includes(text)) ? masked : part;
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map(walk);
    return Object.fromEntries(Object.entries(part).map(([key, field]) => [key, walk(field)]));
  };
  return walk(value);
}

/** The differences of two values, shown as in their masked forms. */
export function maskedDifferences(
  old: object,
  now: object,
  oldMasked: object,
  nowMasked: object,
): Change[] {
  const visible = differences(oldMasked, nowMasked);
  const hidden = differences(old, now).filter(
    ({ path }) => !visible.some((change) => path.startsWith(change.path)),
  );
  // What differs only behind the masks did change, and no more than that is said.
  return [
    ...visible,
    ...hidden.map(({ path }) => ({ path, before: masked, after: `${masked}, another one` })),
  ];
}
