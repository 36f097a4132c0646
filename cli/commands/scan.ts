import { failing, findingText, verdict } from "../../components/images/verdict.ts";
import type { Verdict } from "../../components/images/verdict.ts";
import { countsText, scanImage } from "../../lib/grype.ts";
import { Problem } from "../../lib/problem.ts";
import { ensureOwner } from "../kubernetes/ownership.ts";
import { connected } from "../kubernetes/session.ts";
import { outputsOf, readState } from "../pulumi/stack.ts";
import { readWorkspace, showBackend } from "../pulumi/workspace.ts";
import type { Stack } from "../stacks.ts";
import { npmCommand } from "../stacks.ts";
import { recordScans } from "../scans.ts";
import { ensureScanner } from "../scanner.ts";
import { green, red, yellow } from "../terminal.ts";
import { ensureTool } from "../toolchain.ts";

export interface ScanCommandOptions {
  readonly stack: Stack;
}

/**
 * Scans what a stack has deployed, with the newest vulnerability database, and records it for the alerts if
 * the cluster answers.
 */
export async function scan({ stack }: ScanCommandOptions): Promise<void> {
  const workspace = await readWorkspace(stack);
  const rules = workspace.settings.images.scan;
  await ensureTool("pulumi");
  showBackend(workspace);
  const state = await readState(workspace);
  const { scans = {} } = state === undefined ? {} : await outputsOf(workspace);
  const images = [...new Set(Object.values(scans).map(({ image }) => image))];
  if (images.length === 0) {
    throw new Problem(`Stack ${stack} has no images yet. Run ${npmCommand("start", stack)}.`);
  }
  await ensureScanner();

  const verdicts: Verdict[] = [];
  for (const image of images) {
    const found = await scanImage(image, { pull: true });
    const result = verdict(image, found, rules);
    verdicts.push(result);
    show(result, "problem" in found ? [] : failing(found.findings, rules).map(findingText));
  }
  await recordScans(workspace.settings, verdicts, async () => {
    const target = await connected(workspace.settings);
    await ensureOwner(workspace, target, state);
    return target;
  });
  const statuses = verdicts.map(({ status }) => status);
  if (statuses.includes("failed")) process.exitCode = 2;
  else if (statuses.some((status) => status !== "passed")) process.exitCode = 1;
}

function show({ image, status, reason, counts }: Verdict, failures: readonly string[]): void {
  const color = status === "passed" ? green : status === "failed" ? red : yellow;
  const summary = reason || countsText(counts) || "no known vulnerabilities";
  console.log(`${color(status)} ${image}: ${summary}`);
  for (const line of failures) console.log(`  ${line}`);
}
