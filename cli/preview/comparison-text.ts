import { stringify } from "yaml";

import type { Entry, StackComparison } from "./comparison.ts";
import { isUnchanged } from "./comparison.ts";
import type { Change, Line } from "../../render/difference.ts";
import { lineDifferences } from "../../render/difference.ts";
import { code, folded, table } from "./markdown.ts";

const signs = { added: "+", removed: "-", changed: "~" } as const;

/** Context lines before and after a change in a long text. */
const context = 2;

/** The comparison as text for a terminal. */
export function comparisonText(comparison: StackComparison): string {
  const { stack, objects, resources, images } = comparison;
  if (isUnchanged(comparison)) return `stack ${stack}: no change (${comparison.same} objects)\n`;
  return [
    `stack ${stack}: ${summary(comparison)}`,
    ...(images.length > 0 ? ["  images"] : []),
    ...images.map(({ repository, before, after }) => `    ${repository}: ${arrow(before, after)}`),
    ...objects.flatMap(entryText),
    ...(resources.length > 0 ? ["  program"] : []),
    ...resources.flatMap(entryText),
    "",
  ].join("\n");
}

/** Like `2 changed, 1 added, 0 removed, 28 unchanged`. */
export function summary({ objects, same }: StackComparison): string {
  const count = (what: Entry["what"]) => objects.filter((entry) => entry.what === what).length;
  return `${count("changed")} changed, ${count("added")} added, ${count("removed")} removed, ${same} unchanged`;
}

function entryText(entry: Entry): string[] {
  return [
    `  ${title(entry)}`,
    ...(entry.whole === undefined
      ? entry.changes.flatMap(changeText)
      : yaml(entry.whole).map((line) => `      ${line}`)),
  ];
}

/** `path: old → new` if both are short, or else the lines that differ. */
export function changeText({ path, before, after }: Change): string[] {
  if (isShort(before) && isShort(after)) {
    return [`      ${path}: ${arrow(shown(before), shown(after))}`];
  }
  return [`      ${path}:`, ...changedLines(before, after).map((line) => `        ${line}`)];
}

/** The comparison as Markdown. */
export const comparisonMarkdown = (comparison: StackComparison): string =>
  comparisonBlocks(comparison).join("\n\n");

/** The same in blocks; the last ones are dropped when a comment is too long. */
export function comparisonBlocks(comparison: StackComparison): string[] {
  const { stack, objects, resources, images } = comparison;
  if (isUnchanged(comparison)) {
    return [`**Stack \`${stack}\`**: no change (${comparison.same} objects).`];
  }
  const rows = images.map(({ repository, before, after }) => [
    code(repository),
    code(before),
    code(after),
  ]);
  return [
    `**Stack \`${stack}\`**: ${summary(comparison)}`,
    ...(rows.length === 0 ? [] : [table(["image", "before", "after"], rows)]),
    ...objects.map(entryMarkdown),
    ...(resources.length === 0 ? [] : ["Resources of the program:"]),
    ...resources.map(entryMarkdown),
  ];
}

function entryMarkdown(entry: Entry): string {
  const sign = entry.what === "added" ? "+" : "-";
  const lines =
    entry.whole === undefined
      ? entry.changes.flatMap(({ path, before, after }) => [
          `@@ ${path} @@`,
          ...changedLines(before, after),
        ])
      : yaml(entry.whole).map((line) => `${sign}${line}`);
  return folded(title(entry), lines, "diff");
}

function title({ what, name, rollsPods }: Entry): string {
  return `${signs[what]} ${name}${rollsPods ? " (rolls its pods)" : ""}`;
}

const arrow = (before: string, after: string) => `${before || "(none)"} → ${after || "(none)"}`;

const isShort = (value: unknown) =>
  typeof value !== "object" && !(typeof value === "string" && value.includes("\n"));

const shown = (value: unknown): string =>
  value === undefined
    ? "(none)"
    : typeof value === "string"
      ? value || '""'
      : JSON.stringify(value);

const yaml = (value: unknown) => stringify(value).trimEnd().split("\n");

/** Removed and added lines, with some context in long texts. */
function changedLines(before: unknown, after: unknown): Line[] {
  const text = (value: unknown) =>
    typeof value === "object" ? yaml(value).join("\n") : shown(value);
  if (before === undefined)
    return text(after)
      .split("\n")
      .map((line): Line => `+${line}`);
  if (after === undefined)
    return text(before)
      .split("\n")
      .map((line): Line => `-${line}`);
  const lines = lineDifferences(text(before), text(after));
  const isNear = (index: number) =>
    lines
      .slice(Math.max(0, index - context), index + context + 1)
      .some((line) => !line.startsWith(" "));
  return lines.flatMap((line, index) => {
    if (isNear(index)) return [line];
    return index > 0 && isNear(index - 1) ? [" …"] : [];
  });
}
