import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../lib/fields.ts";
import { Problem } from "../lib/problem.ts";
import type { Settings } from "./schema.ts";
import { schema } from "./schema.ts";
import { parseSettings } from "./settings.ts";
import { secretPaths } from "./tree.ts";
import { mapSecrets, normalized, withoutDefaults } from "./values.ts";
import type { Values } from "./values.ts";

export type { Settings } from "./schema.ts";

/** {@link Settings} with secrets as encrypted Outputs. */
export type Config = WithSecrets<Settings, pulumi.Output<string>>;

/**
 * Reads the current stack's configuration. Only index.ts calls it, once.
 *
 * @throws RunError with all errors at once
 */
export function readConfig(): Config {
  const { values, encrypted } = given();
  try {
    const settings = parseSettings(values, encrypted);
    return mapSecrets(settings, secretPaths, (text) => pulumi.secret(text)) as Config;
  } catch (error) {
    // Pulumi prints this one without a stack trace.
    throw error instanceof Problem ? new pulumi.RunError(error.message) : error;
  }
}

/** The current stack's settings without secrets and `cluster`, to be recorded for `todo adopt`. */
export function recordedSettings(): Values {
  const { cluster: _, ...values } = normalized(given().values);
  // The engine adds the defaults of Pulumi.yaml; they need not be recorded.
  return withoutDefaults(
    mapSecrets(values, secretPaths, () => undefined),
    schema.parse({}),
  ) as Values;
}

/** The current stack's config, by key without the project's name. */
function given(): { values: Values; encrypted: ReadonlySet<string> } {
  const prefix = `${new pulumi.Config().name}:`;
  const all = Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [{ key, name: key.slice(prefix.length), value }] : [],
  );
  // The SDK has no public function that tells which keys are encrypted.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return {
    values: Object.fromEntries(all.map(({ name, value }) => [name, fromStackFile(value)])),
    encrypted: new Set(all.filter(({ key }) => isConfigSecret(key)).map(({ name }) => name)),
  };
}

/** The engine passes objects as JSON. */
function fromStackFile(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
