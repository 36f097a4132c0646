import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { parse } from "yaml";

import { valueAt } from "../../config/values.ts";
import { project } from "../../lib/project.ts";
import type { Stack } from "../stacks.ts";

/** Where Pulumi stores the state of a stack. */
export interface Backend {
  /** As for `pulumi login`: `https://…`, `s3://…`, `file://…`. */
  readonly url: string;
  /** Who chose it; undefined: nobody, so it is the workspace's own folder. */
  readonly source: string | undefined;
  /** The backend of the project's Pulumi.yaml, which the workspace's has to repeat; undefined: none. */
  readonly inProject: string | undefined;
}

/**
 * The backend of a stack. A stack stays in the workspace's files once its state is there, until
 * PULUMI_BACKEND_URL names another.
 *
 * @param folder of the workspace
 */
export async function findBackend(stack: Stack, folder: string): Promise<Backend> {
  const file = valueAt(parse(await readFile(join(project, "Pulumi.yaml"), "utf8")), [
    "backend",
    "url",
  ]);
  const inProject = typeof file === "string" && file !== "" ? file : undefined;
  const own = { url: pathToFileURL(join(folder, "state")).href, source: undefined, inProject };
  const { PULUMI_BACKEND_URL: url, PULUMI_ACCESS_TOKEN: token } = process.env;
  if (url) return { url, source: "PULUMI_BACKEND_URL", inProject };
  const state = join(folder, "state", ".pulumi", "stacks", "todo-chatbot", stack);
  if ([".json", ".json.gz"].some((end) => existsSync(`${state}${end}`))) return own;
  if (inProject !== undefined) return { url: inProject, source: "Pulumi.yaml", inProject };
  const login = await loginUrl();
  if (login !== undefined) return { url: login, source: "pulumi login", inProject };
  if (!token) return own;
  return { url: "https://api.pulumi.com", source: "PULUMI_ACCESS_TOKEN", inProject };
}

/** The backend of `pulumi login`. */
async function loginUrl(): Promise<string | undefined> {
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  try {
    const text = await readFile(join(home, "credentials.json"), "utf8");
    return (JSON.parse(text) as { current?: string }).current || undefined;
  } catch {
    return undefined;
  }
}

/** Folder of a backend on this machine; undefined for any other. */
export function backendFolder({ url }: Pick<Backend, "url">): string | undefined {
  const [, path] = /^file:\/\/([^?]*)/.exec(url) ?? [];
  if (path === undefined) return undefined;
  if (/^~(\/|$)/.test(path)) return join(homedir(), path.slice(1));
  if (!path.startsWith("/")) return join(project, path);
  return fileURLToPath(`file://${path}`);
}

/** The encryption keys of a stack file. */
export interface Encryption {
  /** URL of a key management service; undefined, `passphrase` or `default`: none. */
  readonly secretsprovider?: string;
  readonly encryptedkey?: string;
  readonly encryptionsalt?: string;
}

/** The key management service that encrypts a stack's secrets; undefined: a passphrase, or the backend. */
export function keyService({ secretsprovider = "" }: Encryption): string | undefined {
  return ["", "default", "passphrase"].includes(secretsprovider) ? undefined : secretsprovider;
}

/** Whether a stack's secrets are encrypted with a passphrase: not by a key service or Pulumi Cloud. */
export function usesPassphrase({ url }: Pick<Backend, "url">, encryption: Encryption): boolean {
  if (keyService(encryption) !== undefined) return false;
  const { secretsprovider, encryptionsalt } = encryption;
  return !/^https?:/.test(url) || secretsprovider === "passphrase" || encryptionsalt !== undefined;
}

/** Backend and secrets provider of a stack, for people. Pure. */
export function backendInWords(
  backend: Backend,
  encryption: Encryption,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const { url, source } = backend;
  const folder = backendFolder(backend);
  const place = folder === undefined ? withoutCredentials(url) : fromHere(folder);
  const service = keyService(encryption);
  const file = env["PULUMI_CONFIG_PASSPHRASE_FILE"];
  const secrets =
    service !== undefined
      ? withoutCredentials(service)
      : !usesPassphrase(backend, encryption)
        ? "those of Pulumi Cloud"
        : env["PULUMI_CONFIG_PASSPHRASE"]
          ? "PULUMI_CONFIG_PASSPHRASE"
          : `passphrase in ${file === undefined ? "no file" : fromHere(file)}`;
  return `${place}${source === undefined ? "" : ` (${source})`}; secrets: ${secrets}`;
}

/** A URL without user, password and parameters. */
const withoutCredentials = (url: string) => url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*/s, "");

/** A path below the project relative to it. */
function fromHere(path: string): string {
  const below = relative(project, path);
  return below.startsWith("..") ? path : below || ".";
}
