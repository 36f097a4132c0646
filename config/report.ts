import { distance } from "fastest-levenshtein";
import * as z from "zod";

import { contradictions } from "./contradictions.ts";
import { newName } from "./renamed.ts";
import { schema } from "./schema.ts";
import {
  discriminatorOf,
  holdsSecret,
  keysAt,
  modeOf,
  typesAt,
  unwrap,
  variantsOf,
} from "./tree.ts";
import type { Values } from "./values.ts";
import { isRecord, valueAt } from "./values.ts";

type Issue = z.core.$ZodIssue;

/**
 * All errors in the values, each a sentence that begins with the path.
 *
 * @param values normalized
 * @param given as written, for messages
 */
export function faultsOf(values: Values, given: Values): string[] {
  const issues = schema.safeParse(values).error?.issues ?? [];
  return [
    ...issues.flatMap((issue) =>
      issue.code === "invalid_union"
        ? modeFaults(issue, values, given)
        : describe(issue, values, given),
    ),
    ...contradictionsBeside(issues, values),
  ];
}

/** An unknown mode, and the errors that its group has in every mode. */
function modeFaults({ path }: Issue, values: Values, given: Values): string[] {
  const names = path.map(String);
  const [key = "", discriminator = ""] = names;
  const group = values[key];
  const faults = modesAt([key]).map(([mode]) => {
    const changed = {
      ...values,
      [key]: { ...(isRecord(group) ? group : {}), [discriminator]: mode },
    };
    const issues = schema.safeParse(changed).error?.issues ?? [];
    return issues
      .filter((issue) => issue.path[0] === key)
      .flatMap((issue) => describe(issue, changed, given));
  });
  const [first = [], ...others] = faults;
  const accepted = `one of ${modesAt([key])
    .map(([mode]) => mode)
    .join(", ")}`;
  return [
    `${names.join(".")} is ${shown(names, given)}; it must be ${accepted}.`,
    ...first.filter((fault) => others.every((list) => list.includes(fault))),
  ];
}

/** The modes of the group at a path, each with its keys. */
function modesAt(path: readonly string[]): (readonly [mode: string, keys: readonly string[]])[] {
  return typesAt(path).flatMap((type) => {
    const discriminator = discriminatorOf(type);
    if (discriminator === undefined) return [];
    return variantsOf(type).map(
      (variant) => [modeOf(variant, discriminator), [...variant.keys()]] as const,
    );
  });
}

/** The mode of the group at a path, preceded by the path of the key that chooses it. */
function chosenMode(
  path: readonly string[],
  values: Values,
): readonly [string, string] | undefined {
  const discriminator = typesAt(path).map(discriminatorOf)[0];
  if (discriminator === undefined) return undefined;
  const given = valueAt(values, [...path, discriminator]);
  const mode = typeof given === "string" ? given : (modesAt(path)[0]?.[0] ?? "");
  return [[...path, discriminator].join("."), mode];
}

/** Conflicts between groups that are each valid. */
function contradictionsBeside(issues: readonly Issue[], values: Values): string[] {
  const groups = Object.entries(schema.shape)
    .filter(([key]) => !issues.some(({ path }) => path[0] === key))
    .map(([key, type]) => [key, type.parse(values[key])] as const);
  return contradictions(Object.fromEntries(groups)).map(
    ([path, sentence]) => `${path} ${sentence}`,
  );
}

/** The messages for one zod issue: path, value, what is allowed. */
function describe(issue: Issue, values: Values, given: Values): string[] {
  const path = issue.path.map(String);
  const name = path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(path, key, values));
  }
  if (issue.code === "invalid_key") {
    return [`${name} is not a known key; it must be ${issue.issues[0]?.message ?? ""}.`];
  }
  if (issue.code === "custom" && issue.params?.["sentence"] === true) {
    return [`${name} ${issue.message}`];
  }
  // For a group of the wrong type, zod's own message is replaced by the list of its keys.
  const accepted = issue.message.startsWith("Invalid input")
    ? `an object with the keys ${keysAt(path).join(", ")}`
    : issue.message;
  if (valueAt(values, path) === undefined) return [missing(path, accepted, values)];
  return [`${name} is ${shown(path, given)}; it must be ${accepted}.`];
}

function missing(path: readonly string[], accepted: string, values: Values): string {
  const name = path.join(".");
  // An optional group is incomplete in every mode.
  const isNeeded = typesAt(path.slice(0, -1)).some((type) => unwrap(type).isPrefault);
  const mode = path.map((_, end) => chosenMode(path.slice(0, end), values)).find(Boolean);
  const reason = isNeeded && mode !== undefined ? `, but ${mode.join(" is ")}` : "";
  const end = holdsSecret(path)
    ? `: pulumi config set --path --secret todo-chatbot:${name} …`
    : ".";
  return `${name} is missing${reason}. Set it to ${accepted}${end}`;
}

function unknownKey(path: readonly string[], key: string, values: Values): string {
  const name = [...path, key].join(".");
  const now = newName([...path, key], values);
  if (now !== undefined) return `${name} is now ${now}.`;
  const known = keysAt(path);
  if (known.includes(key)) {
    const [discriminator = "", mode = ""] = chosenMode(path, values) ?? [];
    const others = modesAt(path).flatMap(([other, keys]) => (keys.includes(key) ? [other] : []));
    return `${name} is set, but ${discriminator} is ${mode}, which ignores it. Remove it, or set ${discriminator} to ${others.join(" or ")}.`;
  }
  const near = known.find((candidate) => distance(candidate, key) <= 2);
  const hint =
    near === undefined ? `The keys here are ${known.join(", ")}.` : `Did you mean ${near}?`;
  return `${name} is not a known key. ${hint}`;
}

/** A value for a message, without secrets. */
function shown(path: readonly string[], given: Values): string {
  const value = valueAt(given, path);
  if (holdsSecret(path)) return "invalid";
  if (value === undefined) return "missing";
  const text = JSON.stringify(value)
    .replace(/\/\/[^/?#"]*@/g, "//…@")
    .replace(/(AGE-SECRET-KEY-)[\w-]+/gi, "$1…");
  const isUnquoted =
    typeof value === "boolean" || (typeof value === "number" && !Number.isSafeInteger(value));
  const wantsText = typesAt(path).some((type) => unwrap(type).type instanceof z.ZodString);
  return isUnquoted && wantsText ? `${text} without quotes` : text;
}
