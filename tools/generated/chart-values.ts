import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { JSONSchema } from "json-schema-to-typescript";
import { compile } from "json-schema-to-typescript";
import { format } from "prettier";

import { project } from "../../lib/project.ts";

const schemaFile = "charts/todo-chatbot/values.schema.json";

/** The types of the chart's values. */
export async function chartValues(): Promise<string> {
  const text = await readFile(join(project, schemaFile), "utf8");
  const schema = JSON.parse(text, (_key, value: unknown) => shapeOf(value)) as JSONSchema;
  const name = "ChartValues";
  const types = await compile({ ...schema, title: name }, name, {
    additionalProperties: false,
    bannerComment: `// Generated from ${schemaFile} by npm run generate; don't edit.`,
    format: false,
  });
  return format(types, { parser: "typescript", printWidth: 100 });
}

/** A schema without validation that has no type: conditions, and alternatives of an object. */
function shapeOf(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return schema;
  const {
    if: condition,
    then,
    else: otherwise,
    anyOf: _any,
    oneOf: _one,
    ...shape
  } = schema as JSONSchema;
  if (condition !== undefined) return then ?? otherwise;
  return "properties" in shape ? shape : schema;
}
