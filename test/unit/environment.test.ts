import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { environment } from "../../components/secrets/environment.ts";
import type { Variable } from "../../components/secrets/environment.ts";

const variables: readonly Variable[] = environment;
const configMaps = ["app-config", "backend-config", "frontend-config"];
const names = (from: readonly Variable[]) => from.map(({ name }) => name).sort();

describe("the table of environment variables", () => {
  it("names each variable once", () => {
    assert.deepEqual(names(variables), [...new Set(names(variables))]);
  });

  it("describes each variable in a sentence", () => {
    for (const { name, description } of variables) assert.match(description, /^\S.+\.$/, name);
  });

  it("puts nothing but what is public where it can be read", () => {
    for (const { name, sensitivity, object } of variables) {
      const isReadable = ["pod", "none", ...configMaps].includes(object);
      assert.equal(isReadable, sensitivity === "public", name);
    }
  });

  it("puts a variable of a ConfigMap where its readers look", () => {
    const readers: Readonly<Record<string, string>> = {
      "app-config": "shared",
      "backend-config": "backend",
      "frontend-config": "frontend",
    };
    for (const { name, scope, object } of variables) {
      assert.equal(scope, readers[object] ?? scope, name);
    }
  });

  it("has every variable that the images read", () => {
    const sources = [
      "images/backend/src/config.ts",
      "images/backend/src/backups/main.ts",
      "images/frontend/server/config.ts",
    ].map((file) => readFileSync(file, "utf8"));
    const read = sources.flatMap((source) => [
      ...source.matchAll(/\b(?:read|parse|jwtKey|variable)(?:<[^>]+>)?\(\s*"([A-Z][A-Z0-9_]+)"/g),
      ...source.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g),
    ]);

    assert.ok(read.length > 25);
    assert.deepEqual(unknown(read.map(([, name = ""]) => name)), []);
  });

  it("has every variable that a pod, a ConfigMap or a Secret of a stack sets", () => {
    const set = globSync("test/golden/**/*.yaml").flatMap((file) =>
      variablesIn(parse(readFileSync(file, "utf8"))),
    );

    assert.ok(set.length > 25);
    assert.deepEqual(unknown(set), []);
  });

  it("has no variable that nothing reads or sets", () => {
    const sources = globSync([
      "images/*/{src,server}/**/*.ts",
      "charts/todo-chatbot/{files,templates}/**/*.{sh,mjs,yaml,tpl}",
      "components/monitoring/*.ts",
    ])
      .filter((file) => !file.endsWith("files/environment.yaml"))
      .map((file) => readFileSync(file, "utf8"))
      .join("\n");

    for (const { name } of variables) assert.match(sources, new RegExp(`\\b${name}\\b`));
  });
});

/** Names that the table does not have. */
function unknown(found: readonly string[]): string[] {
  const known = names(variables);
  return [...new Set(found)].filter((name) => !known.includes(name));
}

/** The names of the variables that a document sets for containers. */
function variablesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const env = Array.isArray(fields["env"]) ? (fields["env"] as { name: string }[]) : [];
  const isMap = fields["kind"] === "ConfigMap" || fields["kind"] === "Secret";
  const data = isMap ? Object.keys(fields["data"] ?? fields["stringData"] ?? {}) : [];
  return [
    ...env.map(({ name }) => name),
    ...data.filter((key) => /^[A-Z][A-Z0-9_]+$/.test(key)),
    ...Object.values(fields).flatMap(variablesIn),
  ];
}

describe("the chart's values", () => {
  const values = parse(readFileSync("charts/todo-chatbot/values.yaml", "utf8")) as Record<
    "config",
    object
  > &
    Record<"backend" | "frontend", { config: object }>;

  for (const [object, config] of [
    ["app-config", values.config],
    ["backend-config", values.backend.config],
    ["frontend-config", values.frontend.config],
  ] as const) {
    it(`have the variables of ${object}`, () => {
      assert.deepEqual(
        Object.keys(config).sort(),
        names(variables.filter((variable) => variable.object === object)),
      );
    });
  }
});
