import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { parseDocument } from "yaml";

import type { Settings } from "../../config/index.ts";
import { parseSettings } from "../../config/index.ts";
import { Problem } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";
import type { Stack } from "../stacks.ts";

/** Mirrors of images, from the environment into the stack's config. */
const imageVariables = {
  TODO_IMAGE_NODE: "node",
  TODO_IMAGE_POSTGRES: "postgres",
  TODO_IMAGE_PROMETHEUS: "prometheus",
  TODO_IMAGE_ALERTMANAGER: "alertmanager",
} as const;

/**
 * What the commands keep beside the committed files: the stack's config with its encryption salt,
 * and, where no Pulumi backend is configured, the state and the passphrase. Git ignores it.
 */
export interface Workspace {
  readonly stack: Stack;
  /** The folder, `.todo-chatbot` in the project unless TODO_CHATBOT_HOME names another. */
  readonly folder: string;
  /** The stack's config: the committed file, what the environment says, what was set by hand. */
  readonly configFile: string;
  /** The same, checked and with every default. */
  readonly settings: Settings;
  /** Added to Pulumi's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Opens the workspace of a stack and brings its config up to date.
 *
 * Stronger first: `changes`, the environment, what the workspace already has of its own
 * (secrets and keys that the committed file does not have), the committed file.
 *
 * @param changes values by path below `todo-chatbot:`, like `network.nodePort`
 * @throws Problem when the committed file is missing, RunError when the config has faults
 */
export async function openWorkspace(
  stack: Stack,
  changes: Readonly<Record<string, string>> = {},
): Promise<Workspace> {
  const folder = resolve(process.env["TODO_CHATBOT_HOME"] ?? join(project, ".todo-chatbot"));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // `pulumi stack init` writes the salt beside a Pulumi.yaml; this one keeps it out of the project.
  await writeFile(
    join(folder, "Pulumi.yaml"),
    "name: todo-chatbot\nruntime: nodejs\ndescription: Keeps what npm start must not write into the committed files\n",
  );

  const configFile = join(folder, `Pulumi.${stack}.yaml`);
  const document = await readYaml(join(project, `Pulumi.${stack}.yaml`));
  if (existsSync(configFile)) {
    const own = (await readYaml(configFile)).toJS() as Record<string, unknown>;
    for (const [key, value] of Object.entries(own)) {
      if (key !== "config") document.set(key, value);
    }
    keepOwn(document, own["config"]);
  }
  for (const [variable, key] of Object.entries(imageVariables)) {
    const value = process.env[variable];
    if (value) document.setIn(["config", "todo-chatbot:images", key], value);
  }
  for (const [path, value] of Object.entries(changes)) {
    const [key = "", ...fields] = path.split(".");
    document.setIn(["config", `todo-chatbot:${key}`, ...fields], scalar(value));
  }
  // Checked first: a fault that was written down would still be there the next time.
  const settings = checkedSettings(document.toJS() as { config?: Record<string, unknown> });
  await writeFile(configFile, document.toString(), { mode: 0o600 });

  return {
    stack,
    folder,
    configFile,
    settings,
    env: await pulumiEnvironment(folder),
  };
}

async function readYaml(file: string) {
  const document = parseDocument(await readFile(file, "utf8"));
  if (document.errors[0]) throw new Problem(`${file} is not YAML: ${document.errors[0].message}`);
  return document;
}

type Yaml = Awaited<ReturnType<typeof readYaml>>;

/** Takes over what only the workspace's file has; what both have stays as committed. */
function keepOwn(document: Yaml, own: unknown, path: readonly string[] = ["config"]): void {
  if (!isRecord(own)) return;
  for (const [key, value] of Object.entries(own)) {
    const here = [...path, key];
    if (!document.hasIn(here)) document.setIn(here, document.createNode(value));
    else if (isRecord(value)) keepOwn(document, value, here);
  }
}

/** The settings, with a stand-in for what is encrypted. */
function checkedSettings({ config = {} }: { config?: Record<string, unknown> }): Settings {
  const encrypted = new Set<string>();
  const plain = (key: string, value: unknown): unknown => {
    if (!isRecord(value)) return value;
    if ("secure" in value) {
      encrypted.add(key);
      return (
        { database: "postgresql://encrypted?sslmode=verify-full", monitoring: "https://encrypted" }[
          key
        ] ?? "encrypted"
      );
    }
    return Object.fromEntries(
      Object.entries(value).map(([field, inner]) => [field, plain(key, inner)]),
    );
  };
  const prefix = "todo-chatbot:";
  const values = Object.entries(config)
    .filter(([key]) => key.startsWith(prefix))
    .map(
      ([key, value]) => [key.slice(prefix.length), plain(key.slice(prefix.length), value)] as const,
    );
  return parseSettings(Object.fromEntries(values), encrypted);
}

/** Where the state is kept and how secrets are encrypted, unless the person chose that already. */
async function pulumiEnvironment(folder: string): Promise<Record<string, string>> {
  const env: Record<string, string> = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (!(await hasBackend())) {
    const state = join(folder, "state");
    await mkdir(state, { recursive: true });
    env["PULUMI_BACKEND_URL"] = pathToFileURL(state).href;
  }
  if (!process.env["PULUMI_CONFIG_PASSPHRASE"] && !process.env["PULUMI_CONFIG_PASSPHRASE_FILE"]) {
    const file = join(folder, "passphrase");
    if (!existsSync(file)) {
      await writeFile(file, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
    }
    env["PULUMI_CONFIG_PASSPHRASE_FILE"] = file;
  }
  return env;
}

/** Whether `pulumi login` was run, or the environment says where the state is. */
async function hasBackend(): Promise<boolean> {
  if (process.env["PULUMI_BACKEND_URL"] || process.env["PULUMI_ACCESS_TOKEN"]) return true;
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  try {
    const credentials = JSON.parse(await readFile(join(home, "credentials.json"), "utf8")) as {
      current?: string;
    };
    return Boolean(credentials.current);
  } catch {
    return false;
  }
}

/** A value from a command line: a number or a boolean where it looks like one. */
function scalar(value: string): string | number | boolean {
  if (value === "true" || value === "false") return value === "true";
  return /^-?\d+$/.test(value) ? Number(value) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
