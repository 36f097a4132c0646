import * as z from "zod";

import type { FieldMeta } from "../lib/fields.ts";
import { metaOf } from "../lib/fields.ts";
import { schema } from "./schema.ts";

type Type = z.core.$ZodType;

/** One setting, as its schema declares it. */
export interface Field extends FieldMeta {
  readonly path: readonly string[];
  readonly type: Type;
  readonly isOptional: boolean;
  /** Undefined if there is none. */
  readonly default?: unknown;
  /** The mode that it belongs to, like `database.mode` and `external`; undefined: all modes. */
  readonly mode?: readonly [path: string, value: string];
}

interface Unwrapped {
  readonly type: Type;
  readonly isOptional: boolean;
  /** Whether an empty object counts as unset. */
  readonly isPrefault: boolean;
  readonly default?: unknown;
  readonly meta: FieldMeta;
}

/** The type inside wrappers for defaults, optionals and transforms. */
export function unwrap(type: Type): Unwrapped {
  const meta = metaOf(type);
  const within = (inner: Type, more: Partial<Unwrapped> = {}): Unwrapped => {
    const unwrapped = unwrap(inner);
    return { ...unwrapped, ...more, meta: { ...unwrapped.meta, ...meta } };
  };
  if (type instanceof z.ZodDefault)
    return within(type.unwrap(), { default: type.def.defaultValue });
  if (type instanceof z.ZodPrefault) return within(type.unwrap(), { isPrefault: true });
  if (type instanceof z.ZodOptional) return within(type.unwrap(), { isOptional: true });
  if (type instanceof z.ZodPipe) return within(type.def.in);
  return { type, isOptional: false, isPrefault: false, meta };
}

/** The keys of a group in one of its modes, in order. */
export type Variant = ReadonlyMap<string, Type>;

/** The variants of a group, one per mode; none if it is not a group. */
export function variantsOf(type: Type): readonly Variant[] {
  const { type: inner } = unwrap(type);
  if (inner instanceof z.ZodObject) return [new Map(Object.entries<Type>(inner.shape))];
  if (inner instanceof z.ZodDiscriminatedUnion)
    return (inner.options as readonly Type[]).flatMap(variantsOf);
  return [];
}

/** The key whose value selects a group's variant; undefined if there is only one. */
export function discriminatorOf(type: Type): string | undefined {
  const { type: inner } = unwrap(type);
  return inner instanceof z.ZodDiscriminatedUnion ? inner.def.discriminator : undefined;
}

/** The value of the discriminator in a variant. */
export function modeOf(variant: Variant, discriminator: string): string {
  const literal = variant.get(discriminator);
  const type = literal && unwrap(literal).type;
  return type instanceof z.ZodLiteral ? String(type.value) : "";
}

/** The types of a key in a group or record, one per variant that has it. */
export function typesOf(type: Type, key: string): readonly Type[] {
  const { type: inner } = unwrap(type);
  if (inner instanceof z.ZodRecord) return [inner.valueType];
  if (inner instanceof z.ZodArray) return [inner.element];
  return variantsOf(type).flatMap((variant) => variant.get(key) ?? []);
}

/** The types of a setting, one per variant that has it; empty if it does not exist. */
export function typesAt(path: readonly string[]): readonly Type[] {
  return path.reduce<readonly Type[]>(
    (types, key) => types.flatMap((type) => typesOf(type, key)),
    [schema],
  );
}

/** All keys below a path, in any mode; ordered as in the mode with the most keys. */
export function keysAt(path: readonly string[]): string[] {
  const keys = typesAt(path)
    .flatMap(variantsOf)
    .map((variant) => [...variant.keys()]);
  return [...new Set(keys.sort((a, b) => b.length - a.length).flat())];
}

/** All settings in order, once per variant that has them. */
export function fieldsBelow(
  type: Type = schema,
  path: readonly string[] = [],
  mode?: Field["mode"],
): Field[] {
  const variants = variantsOf(type);
  if (variants.length === 0) {
    const { meta, type: inner, isOptional, default: fallback } = unwrap(type);
    return [{ ...meta, path, type: inner, isOptional, default: fallback, ...(mode && { mode }) }];
  }
  const discriminator = discriminatorOf(type);
  return variants.flatMap((variant) =>
    [...variant].flatMap(([key, field]) =>
      fieldsBelow(
        field,
        [...path, key],
        discriminator === undefined
          ? mode
          : [[...path, discriminator].join("."), modeOf(variant, discriminator)],
      ),
    ),
  );
}

/** Paths of secrets, which are encrypted in stack files and never shown; each once, whatever the modes. */
export const secretPaths: readonly (readonly string[])[] = [
  ...new Map(
    fieldsBelow()
      .filter((field) => field.secret)
      .map(({ path }) => [path.join("."), path]),
  ).values(),
];

/** Whether the value at a path is a secret or contains one. */
export const holdsSecret = (path: readonly string[]): boolean =>
  secretPaths.some((whole) => path.every((key, index) => whole[index] === key));
