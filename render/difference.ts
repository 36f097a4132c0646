import { diffArrays } from "diff";

/** One place in which two values differ. */
export interface Change {
  /** Like `spec.template.spec.containers[backend].image`. */
  readonly path: string;
  /** Undefined: it is new. */
  readonly before: unknown;
  /** Undefined: it is gone. */
  readonly after: unknown;
}

/** Fields by which the elements of a list are told apart, the first that each has its own of. */
const keys = ["name", "mountPath", "containerPort", "port", "key", "type", "topologyKey", "ip"];

/**
 * Where two values differ, as deep as can be. Lists whose elements have names are compared by
 * name, other lists by position, so that an element more in the middle is one change.
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

/** Whether each element of a list is an object with a text or number of its own under the key. */
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

/** Beyond this many changed lines nobody looks for those in common, which would take long. */
const maxEditLength = 1_000;

/** The lines of two texts side by side, with as many in common as can be. */
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
