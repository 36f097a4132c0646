import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { schema } from "../../config/schema.ts";
import { fieldsBelow, secretPaths } from "../../config/tree.ts";
import { generatedFiles } from "../../tools/generated/files.ts";

describe("a generated file is what `npm run generate` makes of its source:", () => {
  for (const { file, make } of generatedFiles) {
    it(file, async () => {
      assert.equal(readFileSync(file, "utf8"), await make(), "run npm run generate");
    });
  }
});

describe("Pulumi.yaml", () => {
  const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    config: Record<string, { type: string; description: string; default: unknown }>;
  };

  it("gives the engine the defaults that the program has", () => {
    const defaults = Object.entries(config).map(([key, each]) => [key, each.default] as const);

    assert.deepEqual(Object.keys(config), Object.keys(schema.shape));
    assert.deepEqual(schema.parse(Object.fromEntries(defaults)), schema.parse({}));
    for (const { type } of Object.values(config)) assert.equal(type, "object");
  });
});

describe("docs/configuration.md", () => {
  const page = readFileSync("docs/configuration.md", "utf8");
  const rowOf = (path: readonly string[]) =>
    page.split("\n").find((line) => line.startsWith(`| \`${path.join(".")}\` |`)) ?? "";

  it("describes every setting", () => {
    for (const { path } of fieldsBelow()) {
      const [, , value = "", , description = ""] = rowOf(path).split(" | ").join("|").split("|");
      assert.ok(value.trim() !== "", path.join("."));
      assert.match(description.trim(), /^\S.*\.$/, path.join("."));
    }
  });

  it("says which settings are secrets", () => {
    for (const path of secretPaths) assert.match(rowOf(path), /\| Secret\. /);
  });
});
