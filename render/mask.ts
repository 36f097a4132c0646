import type { Change } from "./difference.ts";
import { differences } from "./difference.ts";
import type { Manifest } from "../lib/manifest.ts";

/** Replaces secrets in everything that is printed or written. */
export const masked = "[secret]";

/** The object with masked secrets: all values of a Secret, and strings elsewhere that contain a known secret. */
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

/** The value with every string masked that contains a secret, plain or in Base64. */
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

/** The differences between two values, in their masked form. */
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
  // Values that only differ behind the mask are shown as changed, without details.
  return [
    ...visible,
    ...hidden.map(({ path }) => ({ path, before: masked, after: `${masked}, another one` })),
  ];
}
