import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { project } from "../../lib/project.ts";

/** A value of the chart: a setting, or a map or list that is set as a whole. */
export interface ChartSetting {
  /** Like `backend.image.tag`. */
  readonly path: string;
  readonly default: unknown;
  /** From its `# --` line; undefined if there is none. */
  readonly description: string | undefined;
}

interface Values {
  readonly [key: string]: unknown;
}

const source = () => readFileSync(join(project, "charts/todo-chatbot/values.yaml"), "utf8");

/** The content of values.yaml. */
export const chartDefaults = () => parse(source()) as Values;

/** Every setting of the chart, in the order of values.yaml. */
export function chartSettings(): ChartSetting[] {
  const descriptions = readDescriptions();
  const walk = (values: Values, prefix: string): ChartSetting[] =>
    Object.entries(values).flatMap(([key, value]) => {
      const path = prefix + key;
      return isSection(value)
        ? walk(value, `${path}.`)
        : [{ path, default: value, description: descriptions.get(path) }];
    });
  return walk(chartDefaults(), "");
}

/** Paths of the maps whose keys are settings, the root (``) included. */
export function chartSections(): string[] {
  const walk = (values: Values, path: string): string[] => [
    path,
    ...Object.entries(values).flatMap(([key, value]) =>
      isSection(value) ? walk(value, path === "" ? key : `${path}.${key}`) : [],
    ),
  ];
  return walk(chartDefaults(), "");
}

function isSection(value: unknown): value is Values {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap && Object.keys(value).length > 0;
}

function readDescriptions(): Map<string, string> {
  const found = new Map<string, string>();
  const parents: string[] = [];
  let description: string | undefined;
  for (const line of source().split("\n")) {
    const [, text] = /^ *# -- (.+)$/.exec(line) ?? [];
    const [, indent, key] = /^( *)([\w-]+):/.exec(line) ?? [];
    if (indent !== undefined && key !== undefined) {
      parents.length = indent.length / 2;
      parents.push(key);
      if (description !== undefined) found.set(parents.join("."), description);
    }
    description = text;
  }
  return found;
}
