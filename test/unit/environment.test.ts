import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

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

  it("puts what is public into ConfigMaps, and all else into Secrets", () => {
    for (const { name, sensitivity, object } of variables) {
      assert.equal(configMaps.includes(object), sensitivity === "public", name);
    }
  });

  it("puts a variable where its readers look", () => {
    for (const { name, scope, object } of variables) {
      const reader = { "app-config": "shared", "frontend-config": "frontend" }[object as string];
      assert.equal(scope, reader ?? "backend", name);
    }
  });
});

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
