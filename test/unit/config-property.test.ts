import assert from "node:assert/strict";

import * as z from "zod";

import type { Field } from "../../config/tree.ts";
import { fieldsBelow } from "../../config/tree.ts";
import type { Values } from "./settings.ts";
import { refusal } from "./settings.ts";

/** Numbers that are the same at every run. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** Must never be in a message. */
const confidential = "hunter2";

const fields = fieldsBelow();
const modeKeys = new Set(fields.flatMap(({ mode }) => (mode ? [mode[0]] : [])));
const isMode = ({ path }: Field) => modeKeys.has(path.join("."));

/** Values that a field does not take. */
function wrongFor({ type, secret }: Field): readonly unknown[] {
  if (secret) return [[confidential], { [confidential]: confidential }, null];
  if (type instanceof z.ZodNumber) {
    return [(type.minValue ?? 0) - 1, (type.maxValue ?? 0) + 1, "many", 1.5, null, [], true];
  }
  if (type instanceof z.ZodBoolean) return ["true", 1, null, {}];
  if (type instanceof z.ZodRecord) return ["all", 3, { "a b": "c" }, { a: [] }];
  if (type instanceof z.ZodArray) return ["all", 3, { a: "b" }, [1.5], null];
  return [[], true, 1.5, null, { a: "b" }];
}

function put(values: Values, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) values[key] = value;
  else put((values[key] ??= {}) as Values, rest, value);
}

interface Bad {
  readonly values: Values;
  readonly encrypted: readonly string[];
  /** Paths that the message has to name. */
  readonly planted: readonly string[];
}

/** Settings with one to five faults, each in a mode that takes its field. */
function badSettings(chance: Chance): Bad {
  const values: Values = {};
  const planted = new Set<string>();
  const chosen = new Map<string, string>();
  for (let left = 1 + chance.below(5); left > 0; left--) {
    const field = chance.of(fields.filter((each) => !isMode(each)));
    const path = field.path.join(".");
    if (field.mode !== undefined) {
      const [key, mode] = field.mode;
      if ((chosen.get(key) ?? mode) !== mode) continue;
      chosen.set(key, mode);
      put(values, key.split("."), mode);
    }
    put(values, field.path, chance.of(wrongFor(field)));
    planted.add(path);
  }
  for (const key of ["databse", "openai.key", "backend.podz", "constructor", "network.toString"]) {
    if (chance.below(4) > 0) continue;
    put(values, key.split("."), confidential);
    planted.add(key);
  }
  if (planted.size === 0) {
    put(values, ["databse"], confidential);
    planted.add("databse");
  }
  const encrypted = ["database", "monitoring", "openai", "storage"].filter(() => chance.below(2));
  return { values, encrypted, planted: [...planted] };
}

describe("any settings with faults", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const { values, encrypted, planted } = badSettings(new Chance(seed));
    it(`are refused for each of them, and show no secret: ${planted.join(", ")}`, () => {
      const message = refusal(values, encrypted);

      assert.notEqual(message, "accepted", JSON.stringify(values));
      assert.ok(!message.includes(confidential), message);
      const named = [...message.matchAll(/^ {2}- todo-chatbot:(\S+)/gm)].map(([, path]) => path!);
      for (const path of planted) {
        assert.ok(
          named.some((name) => name === path || name.startsWith(`${path}.`)),
          `${path} is not in: ${message}\n${JSON.stringify(values)}`,
        );
      }
    });
  }

  for (const [key, field, beside] of [
    ["cluster", "kind", { namespace: "-" }],
    ["images", "mode", { keep: 0 }],
    ["database", "mode", { runAsUser: 0 }],
    ["network", "exposure", { nodePort: 1, mesh: "any" }],
    ["monitoring", "mode", { alertForPercent: 0, labels: [] }],
  ] as const) {
    it(`are refused for what is wrong whatever ${key}.${field} is`, () => {
      const message = refusal({ [key]: { [field]: "other", ...beside, extra: 1 } });

      for (const name of [field, ...Object.keys(beside), "extra"]) {
        assert.match(message, new RegExp(`- todo-chatbot:${key}\\.${name} is `));
      }
      const count = 2 + Object.keys(beside).length;
      assert.match(message, new RegExp(`has ${count} errors;`));
    });
  }
});
