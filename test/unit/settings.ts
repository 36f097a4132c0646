import assert from "node:assert/strict";

import { keysAt } from "../../config/tree.ts";
import { parseSettings } from "../../config/settings.ts";
import { Problem } from "../../lib/problem.ts";

export type Values = Record<string, unknown>;

/** The message that refuses some values, whole. */
export function refusal(values: Values, encrypted: readonly string[] = []): string {
  try {
    parseSettings(values, new Set(encrypted));
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error.message;
  }
  return "accepted";
}

/** The whole message for some faults. */
export function faults(...lines: string[]): string {
  return [
    `The configuration of this stack has ${lines.length === 1 ? "an error" : `${lines.length} errors`}; nothing was changed.`,
    ...lines.map((line) => `  - todo-chatbot:${line}`),
    "Change a value with: pulumi config set --path 'todo-chatbot:<key>' <value>. docs/configuration.md describes every key.",
  ].join("\n");
}

export const plainText = (path: string) =>
  `${path} is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:${path} (and rotate it, if the file was shared).`;

/** The keys of a group, as messages list them; what they are is the schema's. */
export const keysOf = (path: string) => keysAt(path.split(".")).join(", ");

/** `{a: {b: value}}` for the path `a.b`. */
export function at(path: string, value: unknown): Values {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}
