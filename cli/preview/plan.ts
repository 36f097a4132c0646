import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { parse, stringify } from "yaml";

import type { Values } from "../../config/values.ts";
import { isRecord, valueAt, withPlaceholders } from "../../config/values.ts";
import type { Ended } from "../../lib/exec.ts";
import { capture, run } from "../../lib/exec.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import type { ExportedState } from "../pulumi/deployment.ts";

/** The result of `pulumi preview`; exit code 0: it succeeded, without policy violations. */
export interface Plan extends Ended {
  readonly milliseconds: number;
  /** Whether it starts from the stack's own state, not from an empty one. */
  readonly isFromState: boolean;
}

export interface PlanOptions {
  /** More arguments for `pulumi preview`, like `--json`. */
  readonly args?: readonly string[];
  /** Path of a kubeconfig; default: none. */
  readonly kubeconfig?: string;
  /** The state after the last update, in the format of `pulumi stack export`; default: empty. */
  readonly state?: ExportedState;
  /** The stack's settings, decrypted, by full key; default: placeholders for encrypted ones. */
  readonly config?: Values;
}

/**
 * Previews a stack with the real engine and the policies, without a cluster. Needs the Pulumi CLI
 * on PATH; writes nothing to the program's folder.
 *
 * @param tree folder of the program
 */
export async function planStack(
  tree: string,
  stack: string,
  { args = [], kubeconfig, state: earlier, config: settings }: PlanOptions = {},
): Promise<Plan> {
  await using folder = await temporaryFolder();
  const state = join(folder.path, "state");
  const config = join(folder.path, `Pulumi.${stack}.yaml`);
  await mkdir(state);
  const { text, secrets } = withoutSecrets(
    await readFile(join(tree, `Pulumi.${stack}.yaml`), "utf8"),
    settings,
  );
  await writeFile(config, text);
  // `pulumi stack init` writes the salt next to the Pulumi.yaml that it finds.
  await writeFile(join(folder.path, "Pulumi.yaml"), "name: todo-chatbot\nruntime: nodejs\n");
  const env = {
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString("base64url"),
    PULUMI_CONFIG_PASSPHRASE_FILE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    KUBECONFIG: kubeconfig ?? join(folder.path, "no-kubeconfig"),
  };
  const options = ["--stack", stack, "--non-interactive"];
  // Through standard input: the arguments of a process are visible to others.
  const prepare = (words: readonly string[], stdin?: string) =>
    run("pulumi", [...words, ...options], { cwd: folder.path, env, ...(stdin && { stdin }) });

  await prepare(["stack", "init", "--no-select"]);
  for (const [path, value] of secrets) {
    await prepare(["config", "set", "--path", "--secret", "--config-file", config, path], value);
  }
  if (earlier !== undefined) {
    // Import encrypts for this stack.
    const empty = JSON.parse(await prepare(["stack", "export"])) as ExportedState;
    const { secrets_providers } = empty.deployment;
    const deployment = { ...earlier.deployment, secrets_providers };
    await prepare(["stack", "import"], JSON.stringify({ ...earlier, deployment }));
  }
  const begin = performance.now();
  const preview = ["preview", "--config-file", config, "--color", "never"];
  const ended = await capture(
    "pulumi",
    [...preview, "--policy-pack", join(tree, "policy"), ...options, ...args],
    { cwd: tree, env, timeoutMs: 300_000 },
  );
  const milliseconds = Math.round(performance.now() - begin);
  return { ...ended, milliseconds, isFromState: earlier !== undefined };
}

/** A resource that an update would delete, or replace and thereby delete. */
export interface Loss {
  readonly operation: "delete" | "replace";
  readonly type: string;
  readonly name: string;
  /** What changes, like `~spec`; empty for a deletion. */
  readonly because: string;
  /** Whether it is protected, so that the update would fail. */
  readonly isProtected: boolean;
}

/** What an update would delete or replace, from a preview's output. Pure. */
export function lossesIn({ stdout }: Pick<Plan, "stdout">): Loss[] {
  const found = new Map<string, Loss>();
  const row = /^ (?:\+-|- ) ?(\S+) (\S+) (delete|replace)(?! original)\b(?: \[diff: ([^\]]*)\])?/gm;
  for (const [, type = "", name = "", operation, because = ""] of stdout.matchAll(row)) {
    const protectedHere = `::${name}"\n    as it is currently marked for protection`;
    found.set(`${type} ${name}`, {
      ...{ type, name, because, operation: operation as Loss["operation"] },
      isProtected: stdout.includes(protectedHere),
    });
  }
  return [...found.values()];
}

/**
 * A stack file without its encrypted values and their key, and the decrypted value for each by its path,
 * or a placeholder: only the stack's owner can decrypt them. Pure.
 *
 * @param decrypted the stack's settings by full key
 */
export function withoutSecrets(
  stackFile: string,
  decrypted?: Values,
): {
  readonly text: string;
  readonly secrets: readonly (readonly [path: string, value: string])[];
} {
  const {
    config = {},
    secretsprovider: _provider,
    encryptedkey: _key,
    encryptionsalt: _salt,
    ...others
  } = (parse(stackFile) ?? {}) as Record<string, unknown> & { config?: Values };
  const secrets: (readonly [string, string])[] = [];
  const plain = (value: unknown, path: readonly string[]): unknown => {
    if (!isRecord(value)) return value;
    if (typeof value["secure"] === "string") {
      const [key = "", ...fields] = path;
      const setting = key.startsWith(prefix) ? [key.slice(prefix.length), ...fields] : [];
      const known = valueAt(decrypted, path) ?? withPlaceholders(value, setting, () => undefined);
      const text = typeof known === "string" ? known : JSON.stringify(known);
      secrets.push([pulumiPath(path), text]);
      return undefined;
    }
    const entries = Object.entries(value).map(
      ([key, field]) => [key, plain(field, [...path, key])] as const,
    );
    return Object.fromEntries(entries.filter(([, field]) => field !== undefined));
  };
  return { text: stringify({ ...others, config: plain(config, []) }), secrets };
}

const prefix = "todo-chatbot:";

/** A path in Pulumi's syntax, with quotes around keys with dots. */
const pulumiPath = ([first = "", ...keys]: readonly string[]) =>
  [first, ...keys.map((key) => (/^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`))].join("");
