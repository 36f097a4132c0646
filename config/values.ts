import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import { schema } from "./schema.ts";
import { holdsSecret, typesAt, typesOf, unwrap } from "./tree.ts";

type Type = z.core.$ZodType;
export type Values = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where there is none. */
export function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), values);
}

/**
 * What a stack says, as the schema takes it: without empty texts and groups, which mean none, and
 * with whole numbers as text where text belongs, because YAML and `pulumi config set` read 2024 as one.
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

/** Whether text belongs at a path, in every mode. */
export const isTextAt = (path: readonly string[]): boolean => {
  const types = typesAt(path);
  return types.length > 0 && types.every(isText);
};

const isText = (type: Type) => unwrap(type).type instanceof z.ZodString;

/** A value from a command line, of the type that the setting at the path has. */
export function typedValue(path: readonly string[], value: string): unknown {
  const types = typesAt(path).map((type) => unwrap(type).type);
  const isNumber = types.some((type) => type instanceof z.ZodNumber);
  if (isNumber && /^-?\d+$/.test(value)) return Number(value);
  const isFlag = types.some((type) => type instanceof z.ZodBoolean);
  return isFlag && (value === "true" || value === "false") ? value === "true" : value;
}

/**
 * What a stack says with a stand-in for each encrypted value, which only who runs the stack can decrypt.
 *
 * @param encrypted is told the key of each
 */
export function withStandIns(
  value: unknown,
  path: readonly string[],
  encrypted: (key: string) => void,
): unknown {
  if (!isRecord(value)) return value;
  const { secure } = value;
  if (typeof secure === "string") {
    encrypted(path[0] ?? "");
    return standIn(path, Buffer.from(secure).toString("base64url").slice(0, 48));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      withStandIns(field, [...path, key], encrypted),
    ]),
  );
}

function standIn(path: readonly string[], token: string): unknown {
  const [type] = typesAt(path);
  const { meta, default: fallback, isPrefault } = type ? unwrap(type) : {};
  if (meta?.standIn !== undefined) return meta.standIn(token);
  // Encrypted without need: a group may say nothing, and a field what it says by default.
  if (isPrefault) return {};
  return fallback ?? `encrypted-${token}`;
}

/** Replaces each secret that there is. */
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

/** What differs from the defaults, group by group. */
export function withoutDefaults(value: unknown, defaults: unknown): unknown {
  if (!isRecord(value) || !isRecord(defaults)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => !isDeepStrictEqual(field, defaults[key]))
      .map(([key, field]) => [key, withoutDefaults(field, defaults[key])] as const)
      .filter(([, field]) => !isRecord(field) || Object.keys(field).length > 0),
  );
}
