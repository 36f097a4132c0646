import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../lib/fields.ts";
import { faultsOf } from "./report.ts";
import type { Settings } from "./schema.ts";
import { schema } from "./schema.ts";
import { secretPaths } from "./tree.ts";
import { mapSecrets, normalized, valueAt, withoutDefaults } from "./values.ts";
import type { Values } from "./values.ts";

export type { Settings } from "./schema.ts";

/** {@link Settings} with the secrets as encrypted Outputs. */
export type Config = WithSecrets<Settings, pulumi.Output<string>>;

/**
 * Checks plain values. Pure, so that tests call it without an engine.
 *
 * @param values what the stack says, by key without `todo-chatbot:`
 * @param encrypted the keys whose value is encrypted in the stack file
 * @throws RunError that names every fault at once; Pulumi prints it without a stack trace
 */
export function parseSettings(values: Values, encrypted: ReadonlySet<string>): Settings {
  const normal = normalized(values);
  const faults = [...plainTexts(values, encrypted), ...faultsOf(normal, values)];
  if (faults.length === 0) return schema.parse(normal);
  throw new pulumi.RunError(
    [
      `The configuration of this stack has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}; nothing was changed.`,
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
        `${path} is stored in plain text. Encrypt it: pulumi config set --path --secret todo-chatbot:${path} (and change it where it was issued, if the file was shared).`,
    );
}

/**
 * Reads the current stack's configuration; index.ts calls it once, nothing else does.
 *
 * @throws RunError with every fault at once
 */
export function readConfig(): Config {
  const { values, encrypted } = given();
  const settings = parseSettings(values, encrypted);
  return mapSecrets(settings, secretPaths, (text) => pulumi.secret(text)) as Config;
}

/**
 * What the current stack sets, without its secrets and where it is: whoever takes the deployment over
 * needs it.
 */
export function recordedSettings(): Values {
  const { cluster: _, ...values } = normalized(given().values);
  // The engine adds the defaults of Pulumi.yaml, which need no record.
  return withoutDefaults(
    mapSecrets(values, secretPaths, () => undefined),
    schema.parse({}),
  ) as Values;
}

/** What the current stack sets, by key without the project's name. */
function given(): { values: Values; encrypted: ReadonlySet<string> } {
  const prefix = `${new pulumi.Config().name}:`;
  const all = Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [{ key, name: key.slice(prefix.length), value }] : [],
  );
  // The SDK knows which keys are encrypted and has no public function that says so.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return {
    values: Object.fromEntries(all.map(({ name, value }) => [name, fromStackFile(value)])),
    encrypted: new Set(all.filter(({ key }) => isConfigSecret(key)).map(({ name }) => name)),
  };
}

/** The engine hands objects over as JSON. */
function fromStackFile(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
