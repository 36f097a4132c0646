import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { parse, stringify } from "yaml";

import type { Values } from "../../config/values.ts";
import { isRecord, withPlaceholders } from "../../config/values.ts";
import type { Ended } from "../../lib/exec.ts";
import { capture } from "../../lib/exec.ts";
import { temporaryFolder } from "../../lib/temporary.ts";

/** The result of `pulumi preview`; exit code 0: it succeeded, without policy violations. */
export interface Plan extends Ended {
  readonly milliseconds: number;
}

export interface PlanOptions {
  /** More arguments for `pulumi preview`, like `--json`. */
  readonly args?: readonly string[];
  /** A kubeconfig without a reachable server; default: none. */
  readonly kubeconfig?: string;
  /** The state after the last update, in the format of `pulumi stack export`; default: empty. */
  readonly state?: object;
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
  { args = [], kubeconfig, state: earlier }: PlanOptions = {},
): Promise<Plan> {
  await using folder = await temporaryFolder();
  const state = join(folder.path, "state");
  const config = join(folder.path, `Pulumi.${stack}.yaml`);
  await mkdir(state);
  const { text, secrets } = withoutSecrets(
    await readFile(join(tree, `Pulumi.${stack}.yaml`), "utf8"),
  );
  await writeFile(config, text);
  // `pulumi stack init` writes the salt next to the Pulumi.yaml that it finds.
  await writeFile(join(folder.path, "Pulumi.yaml"), "name: todo-chatbot\nruntime: nodejs\n");
  const env = {
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: "an empty state has no secret",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    KUBECONFIG: kubeconfig ?? join(folder.path, "no-kubeconfig"),
  };
  const pulumi = async (cwd: string, ...words: readonly string[]): Promise<Plan> => {
    const begin = performance.now();
    const args = [...words, "--stack", stack, "--non-interactive"];
    const ended = await capture("pulumi", args, { cwd, env, timeoutMs: 300_000 });
    return { ...ended, milliseconds: Math.round(performance.now() - begin) };
  };

  const made = await pulumi(folder.path, "stack", "init", "--no-select");
  if (made.code !== 0) return made;
  if (secrets.length > 0) {
    const pairs = secrets.flatMap(([path, value]) => ["--secret", `${path}=${value}`]);
    const args = ["config", "set-all", "--path", "--config-file", config, ...pairs];
    const set = await pulumi(folder.path, ...args);
    if (set.code !== 0) return set;
  }
  if (earlier !== undefined) {
    const file = join(folder.path, "state.json");
    await writeFile(file, JSON.stringify(earlier));
    const imported = await pulumi(folder.path, "stack", "import", "--file", file);
    if (imported.code !== 0) return imported;
  }
  const pack = ["--policy-pack", join(tree, "policy")];
  return await pulumi(
    tree,
    "preview",
    "--config-file",
    config,
    "--color",
    "never",
    ...pack,
    ...args,
  );
}

/**
 * A stack file without its encrypted values and their key, and a placeholder for each by its path: only
 * the stack's owner can decrypt them. Pure.
 */
export function withoutSecrets(stackFile: string): {
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
      const placeholder = withPlaceholders(value, setting, () => undefined);
      const text = typeof placeholder === "string" ? placeholder : JSON.stringify(placeholder);
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
