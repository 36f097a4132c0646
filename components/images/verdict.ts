import type { Finding, ScanResult, Severity } from "../../lib/grype.ts";
import { countsOf, severities } from "../../lib/grype.ts";
import type { ScanSettings } from "./scan.schema.ts";
import { maxDatabaseDays } from "./scan.schema.ts";

/** passed, failed: by `images.scan`; stale: with a database that is too old; not-scanned: not at all. */
export type ScanStatus = "passed" | "failed" | "stale" | "not-scanned";

/** Stack output for the scan of one image. */
export interface Verdict {
  readonly image: string;
  readonly status: ScanStatus;
  /** Why the status is neither passed nor failed; "" otherwise. */
  readonly reason: string;
  /** Vulnerabilities that count, by severity. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** ISO 8601; "" when it was not scanned. */
  readonly scannedAt: string;
  /** When the vulnerability database was built, ISO 8601; "" when it was not scanned. */
  readonly database: string;
}

type Rules = Omit<ScanSettings, "mode">;

const day = 86_400_000;

/** What a scan means by the settings at a time. */
export function verdict(image: string, scan: ScanResult, rules: Rules, now = new Date()): Verdict {
  if ("problem" in scan) return notScanned(image, scan.problem);
  const { scannedAt, database } = scan;
  const counts = countsOf(countingFindings(scan.findings, rules, now));
  const reason = staleReason(database, now);
  const failed = failing(scan.findings, rules, now).length > 0;
  const status = reason !== "" ? "stale" : failed ? "failed" : "passed";
  return { image, status, reason, counts, scannedAt, database };
}

/** Why a vulnerability database is too old; "" if it is not. */
export function staleReason(database: string, now: Date): string {
  const days = Math.floor((now.getTime() - Date.parse(database)) / day);
  return days < maxDatabaseDays
    ? ""
    : `The vulnerability database is ${days} days old: npm run todo -- scan updates it.`;
}

/** The counts of the severities with which an image fails. */
export function failingCounts(
  counts: Verdict["counts"],
  { failOn }: Pick<Rules, "failOn">,
): Verdict["counts"] {
  const worst = severities.indexOf(failOn);
  return { ...counts, ...Object.fromEntries(severities.slice(worst + 1).map((each) => [each, 0])) };
}

/** The verdict on an image that was not scanned. */
export function notScanned(image: string, reason: string): Verdict {
  return {
    image,
    status: "not-scanned",
    reason,
    counts: countsOf([]),
    scannedAt: "",
    database: "",
  };
}

/** What decides whether a finding counts. */
type Judged = Pick<Finding, "ids" | "severity" | "fixedIn">;

/** The findings with which an image fails. */
export function failing<T extends Judged>(
  findings: readonly T[],
  rules: Rules,
  now = new Date(),
): readonly T[] {
  const worst = severities.indexOf(rules.failOn);
  return countingFindings(findings, rules, now).filter(
    ({ severity }) => severities.indexOf(severity) <= worst,
  );
}

function countingFindings<T extends Judged>(
  findings: readonly T[],
  { onlyFixed, accept }: Rules,
  now: Date,
): readonly T[] {
  const today = now.toISOString().slice(0, 10);
  const accepted = accept.filter(({ until }) => today <= until).map(({ id }) => id);
  return findings.filter(
    ({ ids, fixedIn }) =>
      !ids.some((id) => accepted.includes(id)) && (!onlyFixed || fixedIn !== ""),
  );
}

/** Like `fastify 5.12.8 (high, GHSA-… CVE-…): fixed in 5.13.0; in the bundle`. */
export function findingText(finding: Finding): string {
  const { ids, severity, package: name, version, fixedIn, layer } = finding;
  const fix = fixedIn === "" ? "no fix yet" : `fixed in ${fixedIn}`;
  return `${name} ${version} (${severity}, ${ids.join(" ")}): ${fix}; in ${layer}`;
}
