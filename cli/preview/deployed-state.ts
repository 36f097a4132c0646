import { homedir } from "node:os";
import { join } from "node:path";

import type { Values } from "../../config/values.ts";
import type { ExportedState } from "../pulumi/deployment.ts";
import { askPulumi, hasStack } from "../pulumi/stack.ts";
import { readWorkspace } from "../pulumi/workspace.ts";
import { stackFile } from "../stacks.ts";

/** A deployed stack, decrypted. */
export interface DeployedStack {
  readonly state: ExportedState;
  /** The stack's settings by full key. */
  readonly config: Values;
  /** Path of the kubeconfig for its cluster; it need not exist. */
  readonly kubeconfig: string;
}

/**
 * The state of a stack in the backend that is configured here, and its settings. Only reads them: a plan
 * is made from a copy, so that it can neither change nor lock the state.
 *
 * @param tree folder of the program, with the stack's settings
 * @returns undefined when there is no such stack, as without access to a backend
 * @throws RunError when the state can't be read or decrypted
 */
export async function readDeployed(
  tree: string,
  stack: string,
): Promise<DeployedStack | undefined> {
  const workspace = await readWorkspace(stack);
  if (!(await hasStack(workspace))) return undefined;
  const ask = async (...args: string[]) =>
    JSON.parse(
      await askPulumi(workspace, [...args, "--show-secrets", "--stack", stack]),
    ) as unknown;
  const file = join(tree, stackFile(stack));
  const settings = (await ask("config", "--json", "--config-file", file)) as Record<
    string,
    { readonly value: string; readonly objectValue?: unknown }
  >;
  return {
    kubeconfig: process.env["KUBECONFIG"] || join(homedir(), ".kube", "config"),
    state: (await ask("stack", "export")) as ExportedState,
    config: Object.fromEntries(
      Object.entries(settings).map(([key, { value, objectValue }]) => [key, objectValue ?? value]),
    ),
  };
}
