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
import { isMap } from "./helm.ts";

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
export function schemaLocation(): string {
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  const folder = join(
    cache,
    `kubernetes-schemas-${kubernetesVersion}-gateway-api-${gatewayApiVersion}`,
  );
  if (!existsSync(folder)) {
    // Under its own name only when it is whole: a test run that is cut off must not leave half.
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    for (const [name, schema] of [...builtInKinds(), ...gatewayKinds()]) {
      writeFileSync(join(unfinished, name), JSON.stringify(schema));
    }
    renameSync(unfinished, folder);
  }
  return join(folder, "{{.ResourceKind}}{{.KindSuffix}}.json");
}

function builtInKinds(): [string, Schema][] {
  const path = join(
    module("k8s.io/kubernetes", kubernetesVersion),
    "api/openapi-spec/swagger.json",
  );
  const { definitions } = JSON.parse(readFileSync(path, "utf8")) as {
    definitions: Record<string, Schema>;
  };
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
