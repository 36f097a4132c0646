import type { Field } from "../../config/tree.ts";
import { fieldsBelow } from "../../config/tree.ts";
import { valueAt } from "../../config/values.ts";
import { Problem } from "../../lib/problem.ts";
import { settingPath } from "../../lib/setting-path.ts";
import { readWorkspace } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { bold } from "../terminal.ts";

export interface SettingsOptions {
  readonly stack: Stack;
}

/** Prints the effective settings; `below` is a setting or a group, like `storage.backup`. */
export async function settings({ stack }: SettingsOptions, below = ""): Promise<void> {
  const workspace = await readWorkspace(stack);
  const all = fieldsBelow();
  const shown = all
    .filter(({ mode }) => isInForce(workspace.settings, mode))
    .filter(({ path }) => isBelow(path, settingPath(below) ?? []));
  if (shown.length === 0) {
    throw new Problem(
      `There is no setting ${below}, or it does not apply to this stack's modes. docs/configuration.md describes all settings.`,
    );
  }
  const width = Math.max(...shown.map(({ path }) => path.join(".").length));
  for (const field of shown) {
    const line = `${field.path.join(".").padEnd(width)}  ${valueOf(workspace.settings, field)}`;
    console.log(line);
    if (below !== "") console.log(explanation(field, all));
  }
}

function isInForce(values: object, mode: Field["mode"]): boolean {
  if (mode === undefined) return true;
  const [path, value] = mode;
  return valueAt(values, path.split(".")) === value;
}

const isBelow = (path: readonly string[], group: readonly string[]) =>
  group.every((key, index) => path[index] === key);

function valueOf(values: object, { path, secret, default: fallback }: Field): string {
  const value = valueAt(values, path);
  if (value === undefined) return "–";
  if (secret) return bold("set, encrypted");
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return JSON.stringify(value) === JSON.stringify(fallback) ? text : bold(`${text} *`);
}

/** What a setting does and accepts. A mode is described by its values. */
function explanation({ path, mode, default: fallback }: Field, all: readonly Field[]): string {
  const name = path.join(".");
  const variants = all.filter((field) => field.path.join(".") === name);
  const isMode = mode?.[0] === name;
  const { description = "", accepted } = variants.find((field) => field.accepted) ?? {};
  const facts = isMode
    ? variants.map((field) => `${field.mode?.[1] ?? ""}: ${field.description ?? ""}.`)
    : [description, ...(accepted === undefined ? [] : [`Accepts ${accepted}.`])];
  return `  ${[...facts, ...(fallback === undefined ? [] : [`Default: ${JSON.stringify(fallback)}.`])].join(" ")}`;
}
