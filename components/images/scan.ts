import * as pulumi from "@pulumi/pulumi";

import { scanImage } from "../../lib/grype.ts";
import type { ScanSettings } from "./scan.schema.ts";
import type { Verdict } from "./verdict.ts";
import { failing, findingText, notScanned, verdict } from "./verdict.ts";

/** The scan of one image. */
export interface Scanned {
  /** The stack output. */
  readonly verdict: Verdict;
  /** Why `enforce` refuses the image, line by line; empty if it does not. */
  readonly refusal: readonly string[];
}

/** Whether this is an update that must not deploy an image that has not passed. */
export function isGuarded({ mode }: ScanSettings): boolean {
  return mode === "enforce" && !pulumi.runtime.isDryRun();
}

/**
 * Scans an image by the settings. A preview only knows earlier scans, and a report only what the local
 * Docker has.
 */
export async function scanned(image: string, settings: ScanSettings): Promise<Scanned> {
  const { mode } = settings;
  if (mode === "off")
    return { verdict: notScanned(image, "images.scan.mode is off."), refusal: [] };
  const isPreview = pulumi.runtime.isDryRun();
  const scan = await scanImage(image, { onlyEarlier: isPreview, pull: mode === "enforce" });
  const result = verdict(image, scan, settings);
  const findings = "problem" in scan ? [] : failing(scan.findings, settings);
  const lines = result.status === "passed" ? [] : [result.reason, ...findings.map(findingText)];
  return {
    verdict: result,
    refusal: mode === "enforce" ? lines.filter((line) => line !== "") : [],
  };
}

/**
 * Refuses the update if `images.scan.mode` is enforce and an image has not passed.
 *
 * @throws RunError with the packages, the versions that fix them, and where they are
 */
export function ensurePassed(scans: readonly Scanned[]): void {
  const refused = scans.filter(({ refusal }) => refusal.length > 0);
  if (refused.length === 0) return;
  throw new pulumi.RunError(
    [
      "Nothing was deployed. images.scan.mode is enforce, but these images have not passed:",
      ...refused.flatMap(({ verdict: { image, status }, refusal }) => [
        `  ${image}: ${status}`,
        ...refusal.map((line) => `    ${line}`),
      ]),
      "Update what has a fix, or accept a vulnerability until a date with images.scan.accept (docs/configuration.md).",
    ].join("\n"),
  );
}
