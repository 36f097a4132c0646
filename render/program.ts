import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { parse } from "yaml";

import { withStandIns } from "../config/values.ts";
import { run } from "../lib/exec.ts";
import { Problem } from "../lib/problem.ts";

/** A resource as the program asks the engine for it. */
export interface ProgramResource {
  /** Like `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** Name of the component that made it; empty at the top. */
  readonly parent: string;
  /** Name of its explicit provider; empty: the default one, or none. */
  readonly provider: string;
  /** Whether destroy refuses it. */
  readonly protect: boolean;
  /** Names of what it waits for, sorted. */
  readonly dependsOn: readonly string[];
  /** What the program gave; `[unknown]` stands for what only an update makes known. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The texts among the inputs that are secret. */
  readonly secrets: readonly string[];
}

/**
 * Asks a program for its resources, with neither cluster, Docker, state nor the Pulumi CLI.
 *
 * The program is the real one and runs as in a preview; only its engine is a stand-in. Generated
 * and encrypted values are stand-ins too, which change when the real ones would.
 *
 * @param tree folder of the program, with its packages; this project or another revision of it
 * @param stack name of the stack
 * @param configFile its settings; default `Pulumi.<stack>.yaml` in the folder
 * @throws Problem when there is no such file, and with the program's own words when it fails
 */
export async function programResources(
  tree: string,
  stack: string,
  configFile = join(tree, `Pulumi.${stack}.yaml`),
): Promise<ProgramResource[]> {
  const engine = join(import.meta.dirname, "engine.ts");
  const args = ["--disable-warning=ExperimentalWarning", engine, stack];
  const answer = run(process.execPath, args, {
    cwd: tree,
    env: {
      TODO_ENGINE_CONFIG: JSON.stringify(await stackConfig(stack, configFile)),
      // Whatever this machine has, the answer is that of one with Docker and without a cluster.
      KUBECONFIG: join(import.meta.dirname, "no-kubeconfig"),
      PATH: [join(import.meta.dirname, "stand-ins"), process.env["PATH"]].join(delimiter),
    },
  });
  try {
    return JSON.parse(await answer) as ProgramResource[];
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^`[^`]*` failed: /, "") : error;
    throw new Problem(`The program of stack ${stack} fails before it is done: ${String(words)}`);
  }
}

const prefix = "todo-chatbot:";

/** A stack's config as the engine hands it over: objects as JSON, and which keys are encrypted. */
async function stackConfig(stack: string, file: string) {
  const text = await readFile(file, "utf8").catch(() => {
    throw new Problem(`There is no stack "${stack}": ${file} is missing.`);
  });
  const { config = {} } = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const secretKeys = new Set<string>();
  const values = Object.entries(config).map(([key, value]) => {
    const path = key.startsWith(prefix) ? [key.slice(prefix.length)] : [];
    const decrypted = withStandIns(value, path, () => secretKeys.add(key));
    return [key, typeof decrypted === "string" ? decrypted : JSON.stringify(decrypted)] as const;
  });
  return { values: Object.fromEntries(values), secretKeys: [...secretKeys] };
}
