/** The values of the chart as values.yaml documents them, and the table of the README made from it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import type { Values } from "./helm.ts";
import { chart, isMap } from "./helm.ts";

/** A value of the chart: a setting, or a map or list that is given as a whole. */
export interface Setting {
  /** Like `backend.image.tag`. */
  readonly path: string;
  readonly default: unknown;
  /** From its `# --` line; undefined where it has none. */
  readonly description: string | undefined;
}

const marks = ["<!-- values: begin -->", "<!-- values: end -->"] as const;

/** Path of the README that holds the table. */
export const readme = join(chart, "README.md");

/** What values.yaml sets. */
export function defaults(): Values {
  return parse(readFileSync(join(chart, "values.yaml"), "utf8")) as Values;
}

/** Every setting, in the order of values.yaml. */
export function settings(): Setting[] {
  const descriptions = readDescriptions();
  const walk = (values: Values, prefix: string): Setting[] =>
    Object.entries(values).flatMap(([key, value]) => {
      const path = prefix + key;
      return isMap(value) && Object.keys(value).length > 0
        ? walk(value, `${path}.`)
        : [{ path, default: value, description: descriptions.get(path) }];
    });
  return walk(defaults(), "");
}

/** Paths of the maps whose keys are settings, the root (``) included. */
export function sections(): string[] {
  const walk = (values: Values, path: string): string[] => [
    path,
    ...Object.entries(values).flatMap(([key, value]) =>
      isMap(value) && Object.keys(value).length > 0
        ? walk(value, path === "" ? key : `${path}.${key}`)
        : [],
    ),
  ];
  return walk(defaults(), "");
}

/** The README with its table as it should be. */
export function documentedReadme(): string {
  const text = readFileSync(readme, "utf8");
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin) {
    throw new Error(`${readme} must hold ${marks.join(" and ")}, in this order`);
  }
  return text.slice(0, begin + marks[0].length) + `\n\n${table()}\n\n` + text.slice(end);
}

/** A Markdown table, its columns padded as prettier does. */
function table(): string {
  const rows = [
    ["Value", "Default", "What it does"],
    ...settings().map(({ path, default: value, description = "" }) => [
      `\`${path}\``,
      `\`${JSON.stringify(value)}\``,
      description,
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function readDescriptions(): Map<string, string> {
  const found = new Map<string, string>();
  const parents: string[] = [];
  let description: string | undefined;
  for (const line of readFileSync(join(chart, "values.yaml"), "utf8").split("\n")) {
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
