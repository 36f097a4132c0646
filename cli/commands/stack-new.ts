import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

import { Document, isMap, isScalar } from "yaml";
import * as z from "zod";

import { parseSettings } from "../../config/settings.ts";
import type { Field } from "../../config/tree.ts";
import { fieldsBelow, typesAt, unwrap } from "../../config/tree.ts";
import type { Values } from "../../config/values.ts";
import { isRecord, typedValue, valueAt } from "../../config/values.ts";
import { run } from "../../lib/exec.ts";
import { contextsIn, readKubeconfig } from "../../lib/kubeconfig.ts";
import { messageOf, Problem } from "../../lib/problem.ts";
import { project } from "../../lib/project.ts";
import { settingPath } from "../../lib/setting-path.ts";
import { UsageError } from "../command-line.ts";
import { ensureStack } from "../pulumi/stack.ts";
import { openUnchecked, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand, stackFile, todoCommand } from "../stacks.ts";
import { green, isCi, yellow } from "../terminal.ts";
import { ensureTool } from "../toolchain.ts";

export interface NewStackOptions {
  readonly kind?: string | undefined;
  readonly context?: string | undefined;
  readonly registry?: string | undefined;
  readonly host?: string | undefined;
  readonly tlsSecret?: string | undefined;
  /** ClusterIssuer of cert-manager. */
  readonly clusterIssuer?: string | undefined;
  readonly database?: string | undefined;
  /** Environment variable with the URL of the external database. */
  readonly databaseUrlFromEnv?: string | undefined;
  /** URL of a key management service for Pulumi. */
  readonly secretsProvider?: string | undefined;
  /** More settings by path. */
  readonly set: Readonly<Record<string, string>>;
}

/** Creates a stack file. Asks for what the options don't say, if somebody can answer. */
export async function newStack(name: Stack, options: NewStackOptions): Promise<void> {
  const file = join(project, stackFile(name));
  const exists = `${stackFile(name)} already exists; it was not changed. Edit it, or delete it.`;
  if (existsSync(file)) throw new Problem(exists);
  const given = { ...ofOptions(options), ...options.set };
  const answers = await answered(given, options);
  const url = databaseUrl(answers, options);
  const values = settingsOf(answers);
  parseSettings(withUrl(values, url), new Set(url === undefined ? [] : ["database"]));

  await writeFile(file, stackFileText(name, values, options.secretsProvider), {
    flag: "wx",
  }).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "EEXIST"
      ? new Problem(exists)
      : new Problem(`${stackFile(name)} can't be written: ${messageOf(error)}`);
  });
  if (url !== undefined) {
    await encryptUrl(name, file, url).catch(async (error: unknown) => {
      await rm(file);
      throw error;
    });
  }
  console.log(
    [
      green(`✓ ${stackFile(name)}`),
      `Check it: ${todoCommand("preview", name)}`,
      `Deploy it: ${npmCommand("start", name)}`,
      "Commit it, and pull requests are previewed against it; npm run generate records its golden files.",
    ].join("\n"),
  );
}

/** Settings by path, as the user writes them. */
type Answers = Readonly<Record<string, string>>;

function ofOptions({ kind, context, registry, host, database, ...certificate }: NewStackOptions) {
  const { clusterIssuer, tlsSecret } = certificate;
  const given = {
    ...{ "cluster.kind": kind, "cluster.context": context, "images.registry": registry },
    ...{ "network.host": host, "network.clusterIssuer": clusterIssuer },
    ...{ "network.tlsSecretName": tlsSecret, "database.mode": database },
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** A setting to ask for. */
interface Question {
  readonly path: string;
  readonly option: string;
  readonly text: string;
  /** The answer of an empty line, and where nobody can answer; undefined: it is required. */
  readonly fallback?: string;
}

/** The questions that the earlier answers lead to. Pure. */
export function* questionsFor(answers: Answers, contexts: readonly string[]): Generator<Question> {
  yield {
    ...{ path: "cluster.kind", option: "--kind" },
    text: "Kind of cluster: kind, minikube or remote (any other)",
  };
  if (answers["cluster.kind"] !== "remote") return;
  const known = contexts.length === 0 ? "" : `, like ${contexts.join(", ")}`;
  yield {
    ...{ path: "cluster.context", option: "--context" },
    text: `Context in the kubeconfig${known}`,
  };
  if ((answers["images.mode"] ?? "build") === "build") {
    yield {
      ...{ path: "images.registry", option: "--registry" },
      text: "Registry to push the images to, like registry.example.org/team",
    };
  }
  yield {
    ...{ path: "network.host", option: "--host", fallback: "" },
    text: "Host name of the web UI (empty: the cluster's load balancer, by its address)",
  };
  if (answers["network.host"]) {
    if (!answers["network.tlsSecretName"] && answers["network.issuer"] === undefined) {
      yield {
        ...{ path: "network.clusterIssuer", option: "--cluster-issuer", fallback: "" },
        text: "ClusterIssuer of cert-manager for its TLS certificate (empty: none)",
      };
    }
    if (!answers["network.clusterIssuer"] && answers["network.issuer"] === undefined) {
      yield {
        ...{ path: "network.tlsSecretName", option: "--tls-secret", fallback: "" },
        text: "Secret with its TLS certificate (empty: plain HTTP)",
      };
    }
  }
  yield {
    ...{ path: "database.mode", option: "--database", fallback: "bundled" },
    text: "Database: bundled or external",
  };
}

/** Adds the answers to all questions. */
async function answered(given: Answers, options: NewStackOptions): Promise<Answers> {
  const contexts = remoteContexts();
  const answers: Record<string, string> = { ...given };
  const terminal =
    process.stdin.isTTY && !isCi()
      ? createInterface({ input: process.stdin, output: process.stdout })
      : undefined;
  try {
    for (const { path, option, text, fallback } of questionsFor(answers, contexts)) {
      if (answers[path] === undefined) {
        const answer =
          terminal === undefined
            ? fallback
            : await ask(terminal, text, fallback, (value) => faultOf(answers, path, value));
        if (answer === undefined) throw new UsageError(`${option} is missing. ${text}.`);
        answers[path] = answer;
      }
    }
    const isExternal = answers["database.mode"] === "external";
    if (isExternal && terminal !== undefined && options.databaseUrlFromEnv === undefined) {
      throw new UsageError("--database external needs --database-url-from-env <variable>.");
    }
  } finally {
    terminal?.close();
  }
  const context = answers["cluster.context"];
  if (context !== undefined && !allContexts().includes(context)) {
    console.error(yellow(`The kubeconfig of this machine has no context ${context}.`));
  }
  return answers;
}

async function ask(
  terminal: ReturnType<typeof createInterface>,
  text: string,
  fallback: string | undefined,
  faultIn: (value: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const hint = fallback ? ` [${fallback}]` : "";
    const answer = (await terminal.question(`${text}${hint}: `)).trim() || fallback;
    if (answer === "") return answer;
    const fault = answer === undefined ? "An answer is required." : faultIn(answer);
    if (answer !== undefined && fault === undefined) return answer;
    console.log(yellow(fault ?? ""));
  }
}

/** Why a value can't be that of a setting; undefined if it can. Pure. */
export function faultOf(answers: Answers, path: string, value: string): string | undefined {
  const fields = fieldsAt(path, withExposure({ ...answers, [path]: value }));
  const isMode = fieldsBelow().some(({ mode }) => mode?.[0] === path);
  const isValid = fields.some(
    ({ type }) => z.safeParse(type, typedValue(path.split("."), value)).success,
  );
  if (isValid) return undefined;
  const modes = fieldsBelow().flatMap(({ mode }) => (mode?.[0] === path ? [mode[1]] : []));
  const accepted = isMode ? `one of ${[...new Set(modes)].join(", ")}` : fields[0]?.accepted;
  return `It must be ${accepted ?? "another value"}.`;
}

/** A setting as declared for the modes that are chosen. */
function fieldsAt(path: string, answers: Answers): Field[] {
  return fieldsBelow().filter((field) => {
    const [discriminator = "", mode] = field.mode ?? [];
    const chosen = answers[discriminator] ?? defaultOf(discriminator);
    return field.path.join(".") === path && (field.mode === undefined || chosen === mode);
  });
}

/** The default of a setting. */
function defaultOf(path: string): unknown {
  return typesAt(path === "" ? [] : path.split("."))
    .map((type) => unwrap(type).default)
    .find((value) => value !== undefined);
}

/** The answers in the order of the stack file, with the exposure that they imply. */
function withExposure(answers: Answers): Answers {
  const isRemote = answers["cluster.kind"] === "remote";
  const exposure = answers["network.host"] ? "ingress" : isRemote ? "loadBalancer" : "";
  return {
    ...{ "cluster.kind": "", "cluster.context": "", "images.registry": "" },
    "network.exposure": exposure,
    ...{ "network.host": "", "network.clusterIssuer": "", "network.tlsSecretName": "" },
    ...answers,
  };
}

/** The values of the stack file. */
function settingsOf(answers: Answers): Values {
  const protect = answers["storage.protect"] ?? "true";
  const all: Answers = { ...withExposure(answers), "storage.protect": protect };
  const values: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(all)) {
    // Declared here, it could not be moved; see `db move`.
    if (value === "" || (path === "database.mode" && value === "bundled")) continue;
    const keys = settingPath(path) ?? [path];
    let group = values;
    for (const key of keys.slice(0, -1)) group = (group[key] ??= {}) as Record<string, unknown>;
    group[keys.at(-1) ?? ""] = typedValue(keys, value);
  }
  return values;
}

function databaseUrl(
  answers: Answers,
  { databaseUrlFromEnv: variable }: NewStackOptions,
): string | undefined {
  if (answers["database.mode"] !== "external") {
    if (variable === undefined) return undefined;
    throw new UsageError("--database-url-from-env needs --database external.");
  }
  if (variable === undefined) {
    throw new UsageError("--database external needs --database-url-from-env <variable>.");
  }
  const url = process.env[variable];
  if (url) return url;
  throw new UsageError(`The environment variable ${variable} is not set.`);
}

const withUrl = (values: Values, url: string | undefined): Values =>
  url === undefined ? values : { ...values, database: { ...(values["database"] as Values), url } };

/** Encrypts the database's URL in a stack file, with the user's backend and secrets provider. */
async function encryptUrl(name: Stack, file: string, url: string): Promise<void> {
  await ensureTool("pulumi");
  const workspace = await openUnchecked(name);
  showBackend(workspace);
  await ensureStack(workspace);
  await run(
    "pulumi",
    [
      ...["config", "set", "--path", "--secret", "todo-chatbot:database.url"],
      ...["--stack", name, "--config-file", file, "--non-interactive"],
    ],
    // On standard input: arguments are visible in process lists.
    { cwd: project, env: workspace.env, stdin: url },
  );
}

/** Settings that are worth a look, and are shown with their defaults. */
const suggested = [
  ...["cluster.namespace", "images.platforms", "images.pullSecretName"],
  ...["network.ingressClassName", "storage.size", "storage.storageClassName"],
];

/** A stack file with a comment for each setting, from its declaration. Pure. */
export function stackFileText(name: Stack, values: Values, secretsProvider?: string): string {
  const config = Object.entries(values).map(
    ([key, value]) => [`todo-chatbot:${key}`, value] as const,
  );
  const document = new Document({
    ...(secretsProvider !== undefined && { secretsprovider: secretsProvider }),
    config: Object.fromEntries(config),
  });
  document.commentBefore = ` Stack ${name}, created by: npm run todo -- stack new ${name}\n Only what differs from the defaults; docs/configuration.md describes every setting.`;
  const modes = flat(values);
  comment(document.get("config", true), [], modes);
  return document.toString({ lineWidth: 0 });
}

/** Comments the settings of a map, and adds suggestions at its end. */
function comment(map: unknown, path: readonly string[], modes: Answers): void {
  if (!isMap(map)) return;
  // Groups first, because the suggestions follow the last item, at its indentation.
  map.items.sort((a, b) => Number(isMap(b.value)) - Number(isMap(a.value)));
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const here = [...path, String(key.value).replace("todo-chatbot:", "")];
    const words = isMap(value)
      ? typesAt(here).map((type) => unwrap(type).meta.description)[0]
      : describedAt(here.join("."), modes);
    if (words !== undefined) key.commentBefore = ` ${words}`;
    comment(value, here, modes);
  }
  const ideas = suggested.filter((idea) => {
    const isHere = idea.split(".").slice(0, -1).join(".") === path.join(".");
    return (
      isHere && path.length > 0 && modes[idea] === undefined && fieldsAt(idea, modes).length > 0
    );
  });
  const lines = ideas.flatMap((idea) => {
    const fallback = defaultOf(idea);
    const value = typeof fallback === "string" ? fallback : "…";
    return [` ${describedAt(idea, modes) ?? ""}`, ` ${idea.split(".").at(-1) ?? ""}: ${value}`];
  });
  if (lines.length > 0) map.comment = lines.join("\n");
}

const describedAt = (path: string, modes: Answers) => fieldsAt(path, modes)[0]?.description;

/** The values by path. */
function flat(value: Values, path: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => {
      const here = [...path, key];
      return isRecord(field)
        ? Object.entries(flat(field, here))
        : [[here.join("."), String(valueAt(value, [key]))] as const];
    }),
  );
}

/** The contexts that a remote cluster may have. */
const remoteContexts = () => allContexts().filter((name) => !/^(kind-|minikube$)/.test(name));

function allContexts(): string[] {
  try {
    const config = readKubeconfig();
    return config === undefined ? [] : contextsIn(config);
  } catch {
    return [];
  }
}
