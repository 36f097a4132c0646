import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Verdict } from "../../components/images/verdict.ts";
import { contextHost } from "../../lib/docker.ts";
import { run, show } from "../../lib/exec.ts";
import { project } from "../../lib/project.ts";
import type { ExportedState } from "./deployment.ts";
import { keyService } from "./backend.ts";
import type { Unchecked, Workspace } from "./workspace.ts";
import { useDownloaded } from "../toolchain.ts";

/** The part of a stack's state that the commands use. */
export interface StackState {
  readonly resources: readonly {
    readonly urn: string;
    readonly type: string;
    readonly protect?: boolean;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
    /** Why it did not become ready. */
    readonly initErrors?: readonly string[];
  }[];
  /** Operations that an interrupted update left unfinished. */
  readonly pending: number;
}

/** Runs Pulumi and returns its output. */
export function askPulumi(workspace: Unchecked, args: readonly string[]): Promise<string> {
  return run("pulumi", [...args, "--non-interactive"], {
    cwd: project,
    env: workspace.env,
    timeoutMs: 120_000,
  });
}

/**
 * Runs Pulumi on this terminal, with its progress.
 *
 * @returns its exit code, also after Ctrl-C, on which Pulumi cancels an update gracefully
 */
export async function showPulumi(workspace: Unchecked, args: readonly string[]): Promise<number> {
  // The program scans images and verifies their signatures.
  useDownloaded("grype");
  useDownloaded("cosign");
  const host = await contextHost();
  const env = { ...workspace.env, ...(host !== undefined && { DOCKER_HOST: host }) };
  return show("pulumi", args, { cwd: project, env });
}

/** Adds the options for the workspace's stack and config. */
export function onStack(workspace: Unchecked, ...args: readonly string[]): string[] {
  return [...args, "--stack", workspace.stack, "--config-file", workspace.configFile];
}

/** Creates the stack if it does not exist. */
export async function ensureStack(workspace: Unchecked): Promise<void> {
  if (await hasStack(workspace)) return;
  const service = keyService(workspace.encryption);
  const args = ["stack", "init", workspace.stack, "--no-select", "--non-interactive"];
  if (service !== undefined) args.push("--secrets-provider", service);
  try {
    await run("pulumi", args, { cwd: workspace.folder, env: workspace.env });
  } catch (error) {
    // A concurrent command may have created it.
    if (!(await hasStack(workspace))) throw error;
  }
}

/**
 * Whether a stack exists in this checkout, or may exist in an unavailable backend. Works without the
 * Pulumi CLI if the state is in the workspace.
 */
export async function mayHaveStack(workspace: Workspace): Promise<boolean> {
  const url = workspace.env["PULUMI_BACKEND_URL"];
  if (url === undefined) return hasStack(workspace).catch(() => true);
  const folder = join(fileURLToPath(url), ".pulumi", "stacks");
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  return files.some((file) => /\.json(\.gz)?$/.test(file));
}

/** Whether a stack exists in its backend. */
export async function hasStack(workspace: Unchecked): Promise<boolean> {
  const url = workspace.env["PULUMI_BACKEND_URL"];
  // The folder is missing before the first command that writes, and Pulumi would fail.
  if (url !== undefined && !existsSync(fileURLToPath(url))) return false;
  const list = JSON.parse(await askPulumi(workspace, ["stack", "ls", "--json"])) as {
    name: string;
  }[];
  return list.some(({ name }) => name === workspace.stack);
}

/** The stack's state; undefined when there is no such stack. */
export async function readState(workspace: Workspace): Promise<StackState | undefined> {
  return (await hasStack(workspace)) ? stateOf(workspace) : undefined;
}

/** The state of an existing stack. */
export async function stateOf(workspace: Workspace): Promise<StackState> {
  const { resources = [], pending_operations: pending = [] } = (await exportState(workspace))
    .deployment;
  return { resources, pending: pending.length };
}

/** The whole state of an existing stack, with encrypted secrets. */
export async function exportState(workspace: Workspace): Promise<ExportedState> {
  const args = ["stack", "export", "--stack", workspace.stack];
  return JSON.parse(await askPulumi(workspace, args)) as ExportedState;
}

/** The outputs of a deployed stack that the commands use. */
export interface StackOutputs {
  readonly url: string;
  /** By part; undefined in stacks of earlier releases. */
  readonly scans?: Readonly<Record<string, Verdict>>;
}

/** The outputs of a stack's last update. */
export async function outputsOf(workspace: Workspace): Promise<StackOutputs> {
  const args = ["stack", "output", "--json", "--stack", workspace.stack];
  return JSON.parse(await askPulumi(workspace, args)) as StackOutputs;
}

/** Replaces the whole state of a stack. */
export async function importState(workspace: Workspace, state: ExportedState): Promise<void> {
  await run("pulumi", ["stack", "import", "--stack", workspace.stack, "--non-interactive"], {
    ...{ cwd: project, env: workspace.env, stdin: JSON.stringify(state) },
  });
}
