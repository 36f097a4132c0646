import { Problem } from "../lib/problem.ts";
import { faultsOf } from "./report.ts";
import type { Settings } from "./schema.ts";
import { schema } from "./schema.ts";
import { secretPaths } from "./tree.ts";
import { normalized, valueAt } from "./values.ts";
import type { Values } from "./values.ts";

/**
 * Validates plain values. Pure, so that tests can call it without an engine.
 *
 * @param values the stack's config, by key without `todo-chatbot:`
 * @param encrypted keys whose value is encrypted in the stack file
 * @throws Problem with all errors at once
 */
export function parseSettings(values: Values, encrypted: ReadonlySet<string>): Settings {
  const normal = normalized(values);
  const faults = [...plainTexts(values, encrypted), ...faultsOf(normal, values)];
  if (faults.length === 0) return schema.parse(normal);
  throw new Problem(
    [
      `The configuration of this stack has ${faults.length === 1 ? "an error" : `${faults.length} errors`}; nothing was changed.`,
      ...faults.map((fault) => `  - todo-chatbot:${fault}`),
      "Change a value with: pulumi config set --path 'todo-chatbot:<key>' <value>. docs/configuration.md describes every key.",
    ].join("\n"),
  );
}

function plainTexts(values: Values, encrypted: ReadonlySet<string>): string[] {
  return secretPaths
    .filter((path) => valueAt(values, path) !== undefined && !encrypted.has(path[0] ?? ""))
    .map((path) => path.join("."))
    .map(
      (path) =>
        `${path} is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:${path} (and rotate it, if the file was shared).`,
    );
}
