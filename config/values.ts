import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { schema } from "./schema.ts";
import { holdsSecret, typesAt, typesOf, unwrap } from "./tree.ts";

type Type = z.core.$ZodType;
export type Values = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, or undefined. */
export function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      isRecord(value) ? value[key] : Array.isArray(value) ? value[Number(key)] : undefined,
    values,
  );
}

/**
 * A stack's config, prepared for the schema: without empty strings and groups, which count as unset, and
 * with integers as strings where the schema wants strings, because YAML and `pulumi config set` read 2024
 * as a number.
 */
export function normalized(values: Values): Values {
  return normalize(values, [schema], []) as Values;
}

function normalize(value: unknown, types: readonly Type[], path: readonly string[]): unknown {
  if (Number.isSafeInteger(value) && types.some(isText)) return String(value);
  if (!isRecord(value)) return value;
  const isAnyKey = types.some((type) => unwrap(type).type instanceof z.ZodRecord);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      const fieldTypes = types.flatMap((type) => typesOf(type, key));
      const normal = normalize(field, fieldTypes, [...path, key]);
      const isKept = isAnyKey || !isNone(normal, fieldTypes, [...path, key]);
      return isKept ? [[key, normal]] : [];
    }),
  );
}

function isNone(value: unknown, types: readonly Type[], path: readonly string[]): boolean {
  if (value === "") {
    return types.some((type) => unwrap(type).default === undefined) && !holdsSecret(path);
  }
  const isEmpty = isRecord(value) && Object.keys(value).length === 0;
  return isEmpty && types.some((type) => unwrap(type).isPrefault);
}

/** Whether a setting is a string in every mode. */
export const isTextAt = (path: readonly string[]): boolean => {
  const types = typesAt(path);
  return types.length > 0 && types.every(isText);
};

const isText = (type: Type) => unwrap(type).type instanceof z.ZodString;

/** A value from the command line, converted to the setting's type. */
export function typedValue(path: readonly string[], value: string): unknown {
  const types = typesAt(path).map((type) => unwrap(type).type);
  const isNumber = types.some((type) => type instanceof z.ZodNumber);
  if (isNumber && /^-?\d+$/.test(value)) return Number(value);
  if (types.some((type) => type instanceof z.ZodArray)) return value.split(/\s*,\s*/);
  const isFlag = types.some((type) => type instanceof z.ZodBoolean);
  return isFlag && (value === "true" || value === "false") ? value === "true" : value;
}

/**
 * A stack's config with a placeholder for each encrypted value, which only the stack's owner can decrypt.
 *
 * @param encrypted called with the key of each
 */
export function withPlaceholders(
  value: unknown,
  path: readonly string[],
  encrypted: (key: string) => void,
): unknown {
  if (!isRecord(value)) return value;
  const { secure } = value;
  if (typeof secure === "string") {
    encrypted(path[0] ?? "");
    return placeholder(path, createHash("sha256").update(secure).digest("hex").slice(0, 48));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      withPlaceholders(field, [...path, key], encrypted),
    ]),
  );
}

function placeholder(path: readonly string[], token: string): unknown {
  const [type] = typesAt(path);
  const { meta, default: fallback, isPrefault } = type ? unwrap(type) : {};
  if (meta?.placeholder !== undefined) return meta.placeholder(token);
  // Encrypted though not a secret: an empty group, or the default.
  if (isPrefault) return {};
  return fallback ?? `encrypted-${token}`;
}

/** Replaces each secret in a value. */
export function mapSecrets(
  value: unknown,
  paths: readonly (readonly string[])[],
  map: (text: string) => unknown,
): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const below = paths.filter(([first]) => first === key).map(([, ...rest]) => rest);
      if (below.length === 0) return [key, field];
      return [key, typeof field === "string" ? map(field) : mapSecrets(field, below, map)];
    }),
  );
}

/** The values that differ from the defaults, at any depth. */
export function withoutDefaults(value: unknown, defaults: unknown): unknown {
  if (!isRecord(value) || !isRecord(defaults)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => !isDeepStrictEqual(field, defaults[key]))
      .map(([key, field]) => [key, withoutDefaults(field, defaults[key])] as const)
      .filter(([, field]) => !isRecord(field) || Object.keys(field).length > 0),
  );
}
