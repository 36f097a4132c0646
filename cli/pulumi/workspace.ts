import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { Document } from "yaml";
import { isPair, parseDocument, stringify, visit } from "yaml";

import type { Settings } from "../../config/index.ts";
import { parseSettings } from "../../config/settings.ts";
import { withNewNames } from "../../config/renamed.ts";
import type { Values } from "../../config/values.ts";
import {
  isRecord,
  isTextAt,
  typedValue,
  withPlaceholders,
  withoutDefaults,
} from "../../config/values.ts";
import { Problem } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";
import { createFile, replaceFile, withLock } from "../../lib/replace-file.ts";
import { settingPath } from "../../lib/setting-path.ts";
import type { Stack } from "../stacks.ts";
import { defaultStack, stackFile } from "../stacks.ts";
import { step } from "../terminal.ts";
import type { Backend, Encryption } from "./backend.ts";
import { backendInWords, findBackend, keyService, usesPassphrase } from "./backend.ts";
import { removeTornMetadata } from "./torn-metadata.ts";

/** Environment variables with image mirrors, by their setting in `images`. */
const imageVariables = {
  TODO_IMAGE_NODE: "node",
  TODO_IMAGE_POSTGRES: "postgres",
  TODO_IMAGE_PROMETHEUS: "prometheus",
  TODO_IMAGE_ALERTMANAGER: "alertmanager",
} as const;

/**
 * What the commands store apart from the committed files: the stack's config with its encryption salt,
 * and, if no Pulumi backend is configured, the state and the passphrase. Ignored by Git.
 */
export interface Workspace {
  readonly stack: Stack;
  /** See {@link workspaceFolder}. */
  readonly folder: string;
  /** The stack's config: the committed file, the environment, and what was set by hand. */
  readonly configFile: string;
  /** The same, validated and with all defaults. */
  readonly settings: Settings;
  readonly backend: Backend;
  readonly encryption: Encryption;
  /** Added to Pulumi's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A workspace with an unvalidated config. */
export type Unchecked = Omit<Workspace, "settings">;

/**
 * Opens the workspace of a stack and brings its config up to date.
 *
 * Precedence, highest first: `changes`, the environment, the committed file, the workspace's own
 * settings and secrets.
 *
 * @param changes values by path under `todo-chatbot:`, like `network.nodePort`
 * @throws Problem when the committed file is missing, or the config is invalid
 */
export function openWorkspace(
  stack: Stack,
  changes: Readonly<Record<string, string>> = {},
): Promise<Workspace> {
  return opened(stack, () => compose(stack, changes));
}

/**
 * Runs `work` with changed settings, which are forgotten afterwards.
 *
 * @throws Problem when they are invalid
 */
export async function withChanges<T>(
  workspace: Workspace,
  changes: Readonly<Record<string, string>>,
  work: (changed: Workspace) => Promise<T>,
): Promise<T> {
  const { folder, stack } = workspace;
  const document = await readDocument(workspace.configFile);
  change(document, changes);
  const settings = checkedSettings(document.toJS() as Values);
  const configFile = join(folder, `Pulumi.${stack}.once.yaml`);
  try {
    await replaceFile(configFile, document.toString());
    return await work({ ...workspace, settings, configFile });
  } finally {
    await rm(configFile, { force: true });
  }
}

/** The same for step-by-step changes of the config, which may be invalid in between. */
export function openUnchecked(stack: Stack): Promise<Unchecked> {
  return opened(stack, () => merge(stack, {}));
}

/** Composes a workspace and brings its files up to date. */
async function opened<W extends Unchecked>(
  stack: Stack,
  make: () => Promise<{ workspace: W; text: string; committed: string }>,
): Promise<W> {
  const folder = workspaceFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // `pulumi stack init` writes the salt next to Pulumi.yaml; this one keeps it out of the project.
  const workspace = await withLock(join(folder, `Pulumi.${stack}.lock`), async () => {
    const composed = await make();
    await writeIfChanged(composed.workspace.configFile, composed.text);
    await writeIfChanged(committedCopy(folder, stack), composed.committed);
    return composed.workspace;
  });
  const { backend, env, encryption } = workspace;
  await writeIfChanged(
    join(folder, "Pulumi.yaml"),
    stringify({
      ...{ name: "todo-chatbot", runtime: "nodejs" },
      description: "Keeps what npm start must not write into the committed files",
      ...(backend.inProject !== undefined && { backend: { url: backend.inProject } }),
    }),
  );
  const { PULUMI_BACKEND_URL: state, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase } = env;
  if (state !== undefined) {
    await mkdir(fileURLToPath(state), { recursive: true });
    await removeTornMetadata(fileURLToPath(state));
  }
  if (passphrase !== undefined && !existsSync(passphrase) && usesPassphrase(backend, encryption)) {
    await ensureNewPassphrase(stack);
    await createFile(passphrase, randomBytes(24).toString("base64url"));
  }
  return workspace;
}

/** @throws Problem when the committed file is encrypted with a passphrase that this machine doesn't have */
async function ensureNewPassphrase(stack: Stack): Promise<void> {
  const file = stackFile(stack);
  const { encryptionsalt } = encryptionIn(await readDocument(join(project, file)));
  if (encryptionsalt === undefined) return;
  throw new Problem(
    `The secrets in ${file} are encrypted with a passphrase that is not known here. Export PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.`,
  );
}

const shown = new Set<Stack>();

/** Prints which backend and secrets provider are used for a stack, once; for the default stack unless they are the local files. */
export function showBackend(workspace: Unchecked): void {
  const { stack, backend, encryption } = workspace;
  const isLocal = backend.source === undefined && keyService(encryption) === undefined;
  if (shown.has(stack) || (isLocal && stack === defaultStack)) return;
  shown.add(stack);
  step(`State of stack ${stack}: ${backendOf(workspace)}`);
}

/** The backend and secrets provider of a stack, for people. */
export const backendOf = ({ backend, encryption, env }: Unchecked): string =>
  backendInWords(backend, encryption, { ...process.env, ...env });

async function writeIfChanged(file: string, text: string): Promise<void> {
  if ((await textOf(file)) !== text) await replaceFile(file, text);
}

/** The workspace as {@link openWorkspace} would create it, for read-only commands: writes nothing. */
export async function readWorkspace(stack: Stack): Promise<Workspace> {
  return (await compose(stack, {})).workspace;
}

/** The folder of workspaces: TODO_CHATBOT_HOME, or `.todo-chatbot` in the project. */
export const workspaceFolder = (): string =>
  resolve(process.env["TODO_CHATBOT_HOME"] ?? join(project, ".todo-chatbot"));

/** A validated workspace, and the text for its config file. */
async function compose(stack: Stack, changes: Readonly<Record<string, string>>) {
  const { workspace, text, committed, values } = await merge(stack, changes);
  // Before anything is written: an invalid value in the file would fail the next command too.
  const settings = checkedSettings(values);
  return { workspace: { ...workspace, settings } satisfies Workspace, text, committed };
}

/** The same, not validated. */
async function merge(stack: Stack, changes: Readonly<Record<string, string>>) {
  const folder = workspaceFolder();
  const configFile = join(folder, stackFile(stack));
  const document = await readDocument(join(project, stackFile(stack)));
  const committed = JSON.stringify(document.toJS());
  const own = await textOf(configFile);
  if (own !== undefined) {
    const before = JSON.parse((await textOf(committedCopy(folder, stack))) ?? "{}") as Values;
    const { config, ...others } = ownKeys(configFile, own);
    const keys = keptKeys(encryptionIn(document), { config, ...others }, stack, configFile);
    for (const [key, value] of Object.entries(keys)) document.set(key, value);
    // What was only committed is gone with it.
    const kept = withoutDefaults(config ?? {}, before["config"]) as Values;
    keepOwn(document, { config: inNewNames(kept) });
  }
  for (const [variable, key] of Object.entries(imageVariables)) {
    const value = process.env[variable];
    if (value) document.setIn(["config", "todo-chatbot:images", key], value);
  }
  change(document, changes);
  const backend = await findBackend(stack, folder);
  const encryption = encryptionIn(document);
  const env = pulumiEnvironment(folder, backend, encryption);
  const workspace: Unchecked = { stack, folder, configFile, backend, encryption, env };
  const values = document.toJS() as { config?: Record<string, unknown> };
  return { workspace, text: document.toString(), committed, values };
}

function change(document: Yaml, changes: Readonly<Record<string, string>>): void {
  for (const [path, value] of Object.entries(changes)) {
    const keys = settingPath(path) ?? [path];
    document.setIn(inDocument(keys), typedValue(keys, value));
  }
}

/** The committed file as it was when the workspace's was written, to know which settings are its own. */
const committedCopy = (folder: string, stack: Stack) => join(folder, `${stack}.committed.json`);

/** Content of a file; undefined when it does not exist. */
function textOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
}

/** @throws Problem when the file is empty or truncated */
function ownKeys(file: string, text: string): Record<string, unknown> {
  const keys: unknown = parseYaml(file, text).toJS();
  if (isRecord(keys)) return keys;
  throw new Problem(
    `${file} is ${text.trim() === "" ? "empty" : "cut off"}; it had settings and the salt of their secrets. Restore it from a backup, or delete it if the stack was never deployed.`,
  );
}

const readDocument = async (file: string) => parseYaml(file, await readFile(file, "utf8"));

const encryptionKeys = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

function encryptionIn(document: Yaml): Encryption {
  const values = encryptionKeys.map((key) => [key, document.get(key)] as const);
  return Object.fromEntries(values.filter(([, value]) => typeof value === "string"));
}

/**
 * The keys of the workspace's file beside its config. The committed file's encryption takes precedence.
 *
 * @throws Problem when that leaves secrets in the workspace's file without the key that they need
 */
export function keptKeys(
  committed: Encryption,
  { config, ...keys }: Values,
  stack: Stack,
  configFile: string,
): Values {
  if (encryptionKeys.every((key) => [undefined, keys[key]].includes(committed[key]))) return keys;
  if (JSON.stringify(config ?? {}).includes('"secure":')) {
    const file = stackFile(stack);
    throw new Problem(
      `${file} and ${configFile} encrypt secrets with different keys, and the second would become unreadable. Set its secrets in ${file} (pulumi config set --path --secret … --stack ${stack}), and remove them from ${configFile}.`,
    );
  }
  return Object.fromEntries(
    Object.entries(keys).filter(([key]) => !(encryptionKeys as readonly string[]).includes(key)),
  );
}

function parseYaml(file: string, text: string) {
  const document = parseDocument(text);
  if (document.errors[0]) throw new Problem(`${file} is not YAML: ${document.errors[0].message}`);
  keepTexts(document);
  return document;
}

type Yaml = Document.Parsed;

/** Adds keys that only the workspace's file has; the committed file takes precedence. */
function keepOwn(document: Yaml, own: Values, path: readonly string[] = []): void {
  for (const [key, value] of Object.entries(own)) {
    const here = [...path, key];
    if (!document.hasIn(here)) document.setIn(here, document.createNode(value));
    else if (isRecord(value)) keepOwn(document, value, here);
  }
}

/** The config with renamed settings under their new names. */
function inNewNames(config: Values): Values {
  const settings = Object.entries(withNewNames(ownSettings(config)));
  return {
    ...config,
    ...Object.fromEntries(settings.map(([key, value]) => [`${prefix}${key}`, value])),
  };
}

const prefix = "todo-chatbot:";

/** Where a setting is in a stack file. */
const inDocument = ([key = "", ...fields]: readonly string[]) => [
  "config",
  `${prefix}${key}`,
  ...fields,
];

/** Quotes strings that YAML would read as a number or boolean, like 007. */
function keepTexts(document: Yaml): void {
  visit(document, {
    Scalar(_place, node, ancestors) {
      const [config, key = "", ...fields] = ancestors
        .filter(isPair)
        .map((pair) => String(pair.key));
      if (config !== "config" || !key.startsWith(prefix) || node.source === undefined) return;
      if (!isTextAt([key.slice(prefix.length), ...fields]) || typeof node.value === "string")
        return;
      node.value = node.source;
      node.type = "QUOTE_DOUBLE";
    },
  });
}

/** The validated settings, with placeholders for encrypted values. */
function checkedSettings({ config = {} }: { config?: Record<string, unknown> }): Settings {
  const encrypted = new Set<string>();
  const values = withPlaceholders(ownSettings(config), [], (key) => encrypted.add(key));
  return parseSettings(values as Values, encrypted);
}

/** The settings of this project, by their keys without its name. */
function ownSettings(config: Values): Values {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** Variables for the backend and the passphrase, unless the user has configured them. */
function pulumiEnvironment(
  folder: string,
  backend: Backend,
  encryption: Encryption,
): Record<string, string> {
  const env: Record<string, string> = { PULUMI_SKIP_UPDATE_CHECK: "true" };
  if (backend.source === undefined) env["PULUMI_BACKEND_URL"] = backend.url;
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: given } = process.env;
  const file = join(folder, "passphrase");
  // An older state may need it, even if nothing new is encrypted with it.
  if (!text && !given && (usesPassphrase(backend, encryption) || existsSync(file))) {
    env["PULUMI_CONFIG_PASSPHRASE_FILE"] = file;
  }
  return env;
}
