/**
 * JSON schemas for kubeconform, made from what Kubernetes and the Gateway API publish as Go modules;
 * with these in Go's module cache no network is needed.
 */

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "yaml";

import { kubernetesVersion } from "../../render/chart.ts";
import type { Manifest } from "./helm.ts";
import { isMap } from "./helm.ts";

/** Minor versions that the project supports, with the newest patch of each: the first is what charts are rendered for. */
export const supportedVersions = [kubernetesVersion, "1.35.4", "1.36.3"] as const;

const gatewayApiVersion = "1.3.0";

interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

/** Where kubeconform finds the schemas, as its `-schema-location`. Made once and kept. */
export function schemaLocation(version: string = kubernetesVersion): string {
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  const folder = join(cache, `kubernetes-schemas-${version}-gateway-api-${gatewayApiVersion}`);
  if (!existsSync(folder)) {
    // Under its own name only when it is whole: a test run that is cut off must not leave half.
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    for (const [name, schema] of [...builtInKinds(version), ...gatewayKinds()]) {
      writeFileSync(join(unfinished, name), JSON.stringify(schema));
    }
    renameSync(unfinished, folder);
  }
  return join(folder, "{{.ResourceKind}}{{.KindSuffix}}.json");
}

/** What an object uses that Kubernetes says is deprecated: its kind, or fields by their path. */
export function deprecations(object: Manifest, version: string): string[] {
  const definitions = builtInDefinitions(version);
  const [apiVersion = "", group = ""] = object.apiVersion.split("/").reverse();
  const root = Object.values(definitions).find((schema) =>
    ((schema["x-kubernetes-group-version-kind"] ?? []) as Kind[]).some(
      (each) => each.group === group && each.version === apiVersion && each.kind === object.kind,
    ),
  );
  const walk = (value: unknown, schema: Schema | undefined, path: string): string[] => {
    const reference = typeof schema?.["$ref"] === "string" ? schema["$ref"].split("/").at(-1) : "";
    const of = definitions[reference ?? ""] ?? schema;
    const says = [schema, of].some(
      ({ description } = {}) =>
        typeof description === "string" && /\bdeprecated/i.test(description),
    );
    const own = says ? [path] : [];
    if (Array.isArray(value))
      return [...own, ...value.flatMap((each) => walk(each, of?.["items"] as Schema, `${path}[]`))];
    if (!isMap(value)) return own;
    const fields = Object.entries(value).flatMap(([key, each]) =>
      walk(each, of?.properties?.[key], `${path}.${key}`),
    );
    return [...own, ...fields];
  };
  return [...new Set(walk(object, root, object.kind))];
}

const read = new Map<string, Record<string, Schema>>();

function builtInDefinitions(version: string): Record<string, Schema> {
  const known = read.get(version);
  if (known !== undefined) return known;
  const path = join(module("k8s.io/kubernetes", version), "api/openapi-spec/swagger.json");
  const { definitions } = JSON.parse(readFileSync(path, "utf8")) as {
    definitions: Record<string, Schema>;
  };
  read.set(version, definitions);
  return definitions;
}

function builtInKinds(version: string): [string, Schema][] {
  const definitions = builtInDefinitions(version);
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, strictly(schema)]),
  );
  return Object.values(strict).flatMap((schema) => {
    const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as Kind[];
    if (kinds.length !== 1) return [];
    return kinds.map((kind): [string, Schema] => [
      fileName(kind),
      { ...schema, definitions: reachable(schema, strict) },
    ]);
  });
}

function gatewayKinds(): [string, Schema][] {
  const folder = join(module("sigs.k8s.io/gateway-api", gatewayApiVersion), "config/crd/standard");
  return readdirSync(folder).flatMap((file) => {
    const { spec } = parse(readFileSync(join(folder, file), "utf8")) as Crd;
    return spec.versions.map(({ name, schema }): [string, Schema] => [
      fileName({ group: spec.group, version: name, kind: spec.names.kind }),
      strictly({ ...schema.openAPIV3Schema }),
    ]);
  });
}

/** Folder of a Go module's sources. */
function module(path: string, version: string): string {
  const output = execFileSync("go", ["mod", "download", "-json", `${path}@v${version}`], {
    cwd: tmpdir(),
    encoding: "utf8",
  });
  return (JSON.parse(output) as { Dir: string }).Dir;
}

/** As kubeconform asks for it: `deployment-apps-v1.json`, `service-v1.json`. */
function fileName({ group, version, kind }: Kind): string {
  const [label] = group.split(".");
  return `${[kind.toLowerCase(), label, version].filter(Boolean).join("-")}.json`;
}

/** The schema, with unknown fields refused and the API server's own leniencies added. */
function strictly(schema: Schema): Schema {
  if (schema.format === "int-or-string" || schema["x-kubernetes-int-or-string"] === true) {
    return { type: ["string", "integer"] };
  }
  if (typeof schema.description === "string" && schema.description.startsWith("Quantity is")) {
    return { type: ["string", "number"] };
  }
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties") {
      result.properties = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, each]) => [name, strictly(each)]),
      );
    } else if (key === "items" || key === "additionalProperties") {
      result[key] = isMap(value) ? strictly(value) : value;
    } else if (!["description", "default", "format", "$schema"].includes(key)) {
      result[key] = value;
    }
  }
  const open = result["x-kubernetes-preserve-unknown-fields"] === true;
  if (result.properties && !open) result.additionalProperties ??= false;
  // A definition of a resource leaves the metadata to Kubernetes.
  if (result.properties?.metadata?.type === "object") {
    result.properties.metadata = { type: "object" };
  }
  return result;
}

/** The definitions that a schema refers to, directly or not. */
function reachable(schema: Schema, all: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const open = [schema];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const [, name] of JSON.stringify(next).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      const definition = name === undefined ? undefined : all[name];
      if (name === undefined || !definition || found[name]) continue;
      found[name] = definition;
      open.push(definition);
    }
  }
  return found;
}
