import { diffArrays } from "diff";

/** One difference between two values. */
export interface Change {
  /** Like `spec.template.spec.containers[backend].image`. */
  readonly path: string;
  /** Undefined: added. */
  readonly before: unknown;
  /** Undefined: removed. */
  readonly after: unknown;
}

/** Fields that can identify the elements of a list, in order of preference. */
const keys = ["name", "mountPath", "containerPort", "port", "key", "type", "topologyKey", "ip"];

/**
 * The differences between two values, as deep as possible. Lists whose elements have names are compared
 * by name, so that an inserted element is one change; other lists by position.
 */
export function differences(before: unknown, after: unknown, path = ""): Change[] {
  if (Object.is(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    return fieldsOf(before, after).flatMap((key) =>
      differences(
        before[key],
        after[key],
        /^[\w-]+$/.test(key) ? join(path, key) : `${path}["${key}"]`,
      ),
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, path);
  return [{ path, before, after }];
}

function listDifferences(before: readonly unknown[], after: readonly unknown[], path: string) {
  const key = keys.find((candidate) => hasOwn(before, candidate) && hasOwn(after, candidate));
  const named = (list: readonly unknown[]) =>
    Object.fromEntries(
      list.map((element, index) => [
        key === undefined ? String(index) : String((element as Record<string, unknown>)[key]),
        element,
      ]),
    );
  const [old, now] = [named(before), named(after)];
  const changes = fieldsOf(old, now).flatMap((name) =>
    differences(old[name], now[name], `${path}[${name}]`),
  );
  const isReordered = key !== undefined && changes.length === 0;
  return isReordered && Object.keys(old).join() !== Object.keys(now).join()
    ? [{ path, before: Object.keys(old), after: Object.keys(now) }]
    : changes;
}

/** Whether each element of a list is an object with a unique string or number under the key. */
function hasOwn(list: readonly unknown[], key: string): boolean {
  const values = list.map((element) => (isRecord(element) ? element[key] : undefined));
  return (
    values.every((value) => typeof value === "string" || typeof value === "number") &&
    new Set(values).size === values.length
  );
}

function fieldsOf(before: object, after: object): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

const join = (path: string, key: string) => (path === "" ? key : `${path}.${key}`);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A line of a text, and whether it is in both texts (` `), gone (`-`) or new (`+`). */
export type Line = `${" " | "-" | "+"}${string}`;

/** Beyond this many changed lines no common lines are searched, which would take too long. */
const maxEditLength = 1_000;

/** A line diff of two texts with as many common lines as possible. */
export function lineDifferences(before: string, after: string): Line[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const parts = diffArrays(old, now, { maxEditLength }) ?? [
    { value: old, removed: true, added: false },
    { value: now, removed: false, added: true },
  ];
  return parts.flatMap(({ value, added, removed }) =>
    value.map((line): Line => `${added ? "+" : removed ? "-" : " "}${line}`),
  );
}
