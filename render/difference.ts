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

/** Above this many pairs of lines the longest common part is not looked for. */
const maxPairs = 4_000_000;

/** The lines of two texts side by side, with as many in common as can be. */
export function lineDifferences(before: string, after: string): Line[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < Math.min(old.length, now.length) - head &&
    old.at(-1 - tail) === now.at(-1 - tail)
  ) {
    tail += 1;
  }
  const same = (line: string): Line => ` ${line}`;
  return [
    ...old.slice(0, head).map(same),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

function middle(old: readonly string[], now: readonly string[]): Line[] {
  if (old.length * now.length > maxPairs) {
    return [...old.map((line): Line => `-${line}`), ...now.map((line): Line => `+${line}`)];
  }
  // common[i][j]: how many lines the rests from i and j have in common, in this order.
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const longest =
        old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      common[i]?.fill(longest, j, j + 1);
    }
  }
  const lines: Line[] = [];
  for (let i = 0, j = 0; i < old.length || j < now.length;) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(` ${old[i] ?? ""}`);
      i += 1;
      j += 1;
    } else if (j === now.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`-${old[i] ?? ""}`);
      i += 1;
    } else {
      lines.push(`+${now[j] ?? ""}`);
      j += 1;
    }
  }
  return lines;
}
