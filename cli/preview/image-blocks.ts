import { parseReference } from "../../lib/image-reference.ts";
import { findingText } from "../../components/images/verdict.ts";
import type { ScanResult } from "../../lib/grype.ts";
import { countsOf, countsText } from "../../lib/grype.ts";
import type { ListedPackage } from "../../lib/sbom.ts";
import type { ImageContent } from "./image-contents.ts";
import { code, folded, table } from "./markdown.ts";

/** Images of two revisions, by repository. */
export interface ImagePair {
  readonly before: ReadonlyMap<string, ImageContent>;
  readonly after: ReadonlyMap<string, ImageContent>;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);

/** Sizes and packages of both revisions' images, as Markdown. */
export function imageBlocks({ before, after }: ImagePair): string[] {
  const repositories = [...new Set([...before.keys(), ...after.keys()])];
  const rows = repositories.map((repository) => {
    const [old, now] = [before.get(repository), after.get(repository)];
    const change = (now?.size ?? 0) - (old?.size ?? 0);
    const percent =
      old === undefined
        ? ""
        : ` (${change < 0 ? "" : "+"}${((100 * change) / old.size).toFixed(1)} %)`;
    return [
      code(parseReference(repository).repository),
      old === undefined ? "" : `${megabytes(old.size)} MB`,
      now === undefined ? "" : `${megabytes(now.size)} MB`,
      `${change < 0 ? "" : "+"}${megabytes(change)} MB${percent}`,
      summary(old, now),
      vulnerabilities(now?.scan),
    ];
  });
  const changes = repositories.flatMap((repository) => {
    const lines = packageChanges(before.get(repository), after.get(repository));
    return lines.length === 0 ? [] : [folded(`Packages of ${repository}`, lines, "diff")];
  });
  const findings = repositories.flatMap((repository) => {
    const scan = after.get(repository)?.scan;
    if (scan === undefined || "problem" in scan || scan.findings.length === 0) return [];
    return [folded(`Vulnerabilities of ${repository}`, scan.findings.map(findingText))];
  });
  const head = ["image", "before", "after", "change", "packages", "vulnerabilities"];
  return [table(head, rows), ...changes, ...findings];
}

function vulnerabilities(scan: ScanResult | undefined): string {
  if (scan === undefined) return "";
  if ("problem" in scan) return "not scanned";
  return countsText(countsOf(scan.findings)) || "none";
}

/** Like `97, 3 in, 1 out`. */
function summary(old: ImageContent | undefined, now: ImageContent | undefined): string {
  if (now?.packages === undefined) return "not listed";
  const lines = packageChanges(old, now);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  if (old?.packages === undefined) return String(now.packages.length);
  return `${now.packages.length}, ${count("+")} in, ${count("-")} out`;
}

/** Lines of a diff; a new version is both in and out. */
function packageChanges(old: ImageContent | undefined, now: ImageContent | undefined): string[] {
  if (old?.packages === undefined || now?.packages === undefined) return [];
  const [earlier, later] = [old.packages.map(line), now.packages.map(line)];
  return [
    ...earlier.filter((each) => !later.includes(each)).map((each) => `- ${each}`),
    ...later.filter((each) => !earlier.includes(each)).map((each) => `+ ${each}`),
  ].sort((a, b) => a.slice(2).localeCompare(b.slice(2), "en"));
}

const line = ({ name, version, license }: ListedPackage) =>
  `${name} ${version}${license === "" ? "" : ` (${license})`}`;
