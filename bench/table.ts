import { readFile, writeFile } from "node:fs/promises";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";

import { format } from "prettier";

import { findTool } from "../cli/toolchain.ts";
import { run } from "../lib/exec.ts";
import { project } from "../lib/project.ts";
import type { Time } from "./measure.ts";
import { median } from "./measure.ts";

/** A line of the table. */
export interface Line {
  readonly what: string;
  readonly target: string;
  readonly ours: string;
  readonly peer?: string;
  /** Median of the pairs' ratios. */
  readonly ratio?: string;
  /** The worst pair's ratio. */
  readonly worst?: string;
  /** Pairs, or runs where there is no peer. */
  readonly pairs: number;
  readonly note?: string;
}

/** Compares two sides that ran in turns, by wall time or CPU time. */
export function compared(
  line: Pick<Line, "what" | "target" | "note">,
  ours: readonly Time[],
  peer: readonly Time[],
  key: keyof Time = "wall",
): Line {
  const [mine, theirs] = [ours, peer].map((times) => times.map((time) => time[key] ?? 0));
  const ratios = (mine ?? []).map((seconds, pair) => seconds / (theirs?.[pair] ?? 0));
  return {
    ...line,
    ours: seconds(median(mine ?? [])),
    peer: seconds(median(theirs ?? [])),
    ratio: median(ratios).toFixed(2),
    worst: Math.max(...ratios).toFixed(2),
    pairs: ratios.length,
  };
}

export const seconds = (value: number) => `${value.toFixed(2)} s`;

const file = join(project, "bench/RESULTS.md");
const columns = ["what", "target", "ours", "peer", "ratio", "worst", "pairs", "note"] as const;
const heading = `| ${columns.join(" | ")} |\n| ${columns.map(() => "---").join(" | ")} |`;

const textOf = (line: Line) => `| ${columns.map((key) => line[key] ?? "").join(" | ")} |`;

/** The lines as Markdown, under what they were measured on. */
export async function tableOf(lines: readonly Line[]): Promise<string> {
  return [await machine(), "", heading, ...lines.map(textOf)].join("\n");
}

/** Replaces these lines in bench/RESULTS.md, adds new ones, and keeps all other text. */
export async function record(lines: readonly Line[]): Promise<void> {
  const before = (await readFile(file, "utf8").catch(() => "")).split("\n");
  const begin = before.findIndex((text) => text.startsWith("|"));
  const length = before.slice(begin).findIndex((text) => !text.startsWith("|"));
  const [table, below] = [before.slice(begin, begin + length), before.slice(begin + length)];
  const cells = (text: string) => text.split("|").map((cell) => cell.trim());
  const isLine = (text: string) => !/^\| (what|-+) /.test(text);
  const fresh = new Map(lines.map((line) => [line.what, textOf(line)]));
  const kept = table.filter(isLine).map((text) => {
    const what = cells(text)[1] ?? "";
    const now = fresh.get(what) ?? text;
    fresh.delete(what);
    return now;
  });
  const text = [
    "# Benchmark results",
    "",
    "Written by `npm run bench`; the text below the table is written by hand.",
    "",
    await machine(),
    "",
    heading,
    ...[...kept, ...fresh.values()],
    ...below,
  ].join("\n");
  await writeFile(file, await format(text, { parser: "markdown", printWidth: 100 }));
}

/** Date, machine and versions. */
async function machine(): Promise<string> {
  const { model = "unknown CPU" } = cpus()[0] ?? {};
  const tools = ["pulumi", "kind", "helm"] as const;
  const versions = await Promise.all(
    tools.map(async (tool) => `${tool} ${(await findTool(tool)) ?? "missing"}`),
  );
  const docker = await run("docker", ["version", "--format", "{{.Server.Version}}"]);
  const commit = await run("git", ["rev-parse", "--short", "HEAD"], { cwd: project });
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(", ");
  return [
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, commit ${commit}:`,
    `${cpus().length} × ${model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB,`,
    `${platform()} ${release()} ${arch()}; load ${load};`,
    `Node ${process.versions.node}, Docker ${docker}, ${versions.join(", ")}.`,
  ].join(" ");
}
