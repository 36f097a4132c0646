import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { load } from "js-yaml";

import { messageOf } from "./problem.ts";
import { proxyFor } from "./proxy.ts";

/** Lists of named entries in a kubeconfig. */
const lists = ["clusters", "contexts", "users"] as const;

interface Entry {
  readonly name: unknown;
  readonly [field: string]: unknown;
}
type Fields = Readonly<Record<string, unknown>>;
type KubeconfigFile = Partial<Readonly<Record<(typeof lists)[number], readonly Entry[] | null>>>;

/** All files as one. */
export type Kubeconfig = Readonly<Record<(typeof lists)[number], readonly Entry[]>>;

/** What a context stands for. */
export interface Access {
  /** URL of the API server. */
  readonly server: string;
  /** The cluster's fields, by their names in the file. */
  readonly cluster: Fields;
  /** The user's fields; none without a user. */
  readonly user: Fields;
}

/** The files that kubectl reads: those in KUBECONFIG, or ~/.kube/config. */
export function kubeconfigFiles(): string[] {
  const listed = process.env["KUBECONFIG"];
  if (!listed) return [join(homedir(), ".kube", "config")];
  return listed.split(delimiter).filter((file) => file !== "");
}

/** The files for a message, which also says which don't exist. */
export function kubeconfigInWords(): string {
  const files = kubeconfigFiles();
  if (files.length === 0) return "KUBECONFIG names no file";
  return files.map((file) => (existsSync(file) ? file : `${file}: no such file`)).join(", ");
}

/**
 * Reads the kubeconfig like kubectl: missing and empty files are ignored, the first of several entries
 * with a name wins, and an invalid entry only matters when it is used. Proxies from the environment are
 * added.
 *
 * @returns undefined when none of the files exists
 * @throws Error that names an unreadable file
 */
export function readKubeconfig(): Kubeconfig | undefined {
  const files = kubeconfigFiles().filter((file) => existsSync(file));
  if (files.length === 0) return undefined;
  const contents = files.map(readOne);
  return Object.fromEntries(
    lists.map((list) => {
      const entries = contents.flatMap((content) => content[list] ?? []);
      const isFirst = ({ name }: Entry, index: number) =>
        entries.findIndex((other) => other.name === name) === index;
      return [list, entries.filter(isFirst)];
    }),
  ) as unknown as Kubeconfig;
}

/** Names of the contexts. */
export function contextsIn({ contexts }: Kubeconfig): string[] {
  return contexts.flatMap(({ name, context }) =>
    typeof name === "string" && name !== "" && context ? [name] : [],
  );
}

/** The name of a context's cluster; empty when it names none. */
export function clusterIn({ contexts }: Kubeconfig, context: string): string {
  const entry = contexts.find(({ name }) => name === context);
  return (entry && textIn(fieldsOf(entry, "context"), "cluster")) ?? "";
}

/** The API server of a context and how to sign in; undefined when the file has no server for it. */
export function accessTo(config: Kubeconfig, context: string): Access | undefined {
  const entry = config.contexts.find(({ name }) => name === context);
  if (entry === undefined) return undefined;
  const names = fieldsOf(entry, "context");
  const fieldsIn = (list: readonly Entry[], field: string) => {
    const found = list.find(({ name }) => name === names[field]);
    return found === undefined ? {} : fieldsOf(found, field);
  };
  const cluster = fieldsIn(config.clusters, "cluster");
  const server = textIn(cluster, "server");
  return server === undefined
    ? undefined
    : { server, cluster, user: fieldsIn(config.users, "user") };
}

/** A string among fields; undefined when it is absent or empty. */
export function textIn(fields: Fields, name: string): string | undefined {
  const { [name]: value } = fields;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One file, with paths resolved relative to its folder. */
function readOne(file: string): KubeconfigFile {
  try {
    const text = readFileSync(file, "utf8");
    // The parser rejects an empty document.
    if (text.split("\n").every((line) => /^\s*(#.*|---\s*)?$/.test(line))) return {};
    const content = (load(text) as KubeconfigFile | null) ?? {};
    const isOdd = lists.some((list) => !Array.isArray(content[list] ?? []));
    if (typeof content !== "object" || Array.isArray(content) || isOdd) {
      throw new Error("this is no kubeconfig");
    }
    const { clusters, contexts, users } = content;
    const folder = dirname(file);
    return {
      clusters: clusters?.map((entry) => ({ ...entry, cluster: clusterOf(entry, folder) })) ?? [],
      contexts: contexts ?? [],
      users: users?.map((entry) => ({ ...entry, user: userOf(entry, folder) })) ?? [],
    };
  } catch (error) {
    throw new Error(`${file}: ${messageOf(error).split("\n", 1).join()}`, { cause: error });
  }
}

function clusterOf(entry: Entry, folder: string): Fields {
  const cluster = fieldsOf(entry, "cluster");
  const proxy = cluster["proxy-url"] || proxyFor(String(cluster["server"]), process.env);
  return {
    ...cluster,
    ...absolute(cluster, ["certificate-authority"], folder),
    ...(proxy && { "proxy-url": proxy }),
  };
}

function userOf(entry: Entry, folder: string): Fields {
  const { tokenFile, ...user } = fieldsOf(entry, "user");
  const exec = user["exec"] as Fields | undefined;
  const command = exec?.["command"];
  return {
    ...user,
    ...absolute(user, ["client-certificate", "client-key"], folder),
    // A bare name is looked up on PATH.
    ...(typeof command === "string" &&
      command.includes("/") && {
        exec: { ...exec, ...absolute({ command }, ["command"], folder) },
      }),
    // The client library only supports it as an auth provider.
    ...(typeof tokenFile === "string" && {
      token: undefined,
      "auth-provider": { name: "tokenFile", config: { tokenFile: resolve(folder, tokenFile) } },
    }),
  };
}

const fieldsOf = (entry: Entry, field: string) => (entry[field] ?? {}) as Fields;

function absolute(fields: Fields, names: readonly string[], folder: string): Fields {
  return Object.fromEntries(
    names.flatMap((name) => {
      const path = fields[name];
      return typeof path === "string" && path !== "" ? [[name, resolve(folder, path)]] : [];
    }),
  );
}
