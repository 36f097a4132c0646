import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { parse } from "yaml";

import { withPlaceholders } from "../config/values.ts";
import { run } from "../lib/exec.ts";
import { Problem } from "../lib/problem.ts";

/** A resource as the program registers it. */
export interface ProgramResource {
  /** Like `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** Name of its parent component; empty at the top level. */
  readonly parent: string;
  /** Name of its explicit provider; empty: the default provider, or none. */
  readonly provider: string;
  /** Whether it is protected from destroy. */
  readonly protect: boolean;
  /** Names of its dependencies, sorted. */
  readonly dependsOn: readonly string[];
  /** Its other options that are set, under the names of the engine's protocol. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Its inputs, with `[unknown]` for values that only an update knows. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The secret strings among the inputs. */
  readonly secrets: readonly string[];
}

export interface ProgramOptions {
  /** The stack's settings; default: `Pulumi.<stack>.yaml` in the program's folder. */
  readonly configFile?: string | undefined;
  /** The architecture of the machine, as Node names it, like `x64`; default: this machine's. */
  readonly arch?: string;
}

/**
 * The resources of a program, without cluster, Docker, state or the Pulumi CLI.
 *
 * The real program runs as in a preview, on a mock engine. Generated and encrypted values are
 * placeholders, which change when the real ones would.
 *
 * @param tree folder of the program, with its packages; this project or another revision of it
 * @param stack name of the stack
 * @throws Problem when there is no such stack, or with the program's error when it fails
 */
export async function programResources(
  tree: string,
  stack: string,
  { configFile = join(tree, `Pulumi.${stack}.yaml`), arch = process.arch }: ProgramOptions = {},
): Promise<ProgramResource[]> {
  const engine = join(import.meta.dirname, "engine.ts");
  const args = ["--disable-warning=ExperimentalWarning", engine, stack];
  const answer = run(process.execPath, args, {
    cwd: tree,
    env: {
      TODO_ENGINE_CONFIG: JSON.stringify({ ...(await stackConfig(stack, configFile)), arch }),
      // The same on every machine: with Docker, without a cluster.
      KUBECONFIG: join(import.meta.dirname, "no-kubeconfig"),
      PATH: [join(import.meta.dirname, "stand-ins"), process.env["PATH"]].join(delimiter),
    },
  });
  try {
    return JSON.parse(await answer) as ProgramResource[];
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^`[^`]*` failed: /, "") : error;
    throw new Problem(`The program of stack ${stack} fails: ${String(reason)}`);
  }
}

const prefix = "todo-chatbot:";

/** A stack's config as the engine passes it: objects as JSON, and the encrypted keys. */
async function stackConfig(stack: string, file: string) {
  const text = await readFile(file, "utf8").catch(() => {
    throw new Problem(`There is no stack "${stack}": ${file} is missing.`);
  });
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const secretKeys = new Set<string>();
  const values = Object.entries(config).map(([key, value]) => {
    const path = key.startsWith(prefix) ? [key.slice(prefix.length)] : [];
    const decrypted = withPlaceholders(value, path, () => secretKeys.add(key));
    return [key, typeof decrypted === "string" ? decrypted : JSON.stringify(decrypted)] as const;
  });
  return { values: Object.fromEntries(values), secretKeys: [...secretKeys] };
}
