import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { parse } from "yaml";

import { stackFile, stacksIn } from "../cli/stacks.ts";
import type { ScanSettings } from "../components/images/scan.schema.ts";
import { scanSchema } from "../components/images/scan.schema.ts";
import { failing } from "../components/images/verdict.ts";
import { capture } from "../lib/exec.ts";
import type { Severity } from "../lib/grype.ts";
import type { Counts } from "./testing.ts";
import { conclude, skip, sum } from "./testing.ts";

/** A known vulnerability of a package in a lock file. */
interface AuditFinding {
  /** The ID of the advisory, like `GHSA-…`. */
  readonly ids: readonly string[];
  readonly severity: Severity;
  readonly package: string;
  /** Versions in the lock file, joined by commas. */
  readonly version: string;
  /** Versions that are affected, like `<1.2.4`. */
  readonly affected: string;
  /** The command that fixes it; "" if none does. */
  readonly fixedIn: string;
}

/** What the registry knows about a lock file, or why that is not known. */
type Audit = { readonly findings: readonly AuditFinding[] } | { readonly problem: string };

/** What is used of the JSON that `npm audit` writes. */
interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<
    Record<
      string,
      {
        readonly via: readonly (string | Advisory)[];
        readonly nodes: readonly string[];
        readonly fixAvailable: Fix;
      }
    >
  >;
  /** Instead of the rest. */
  readonly message?: string;
}

type Fix = boolean | { readonly name: string; readonly version: string };

interface Advisory {
  readonly url: string;
  readonly name: string;
  readonly severity: string;
  readonly range: string;
}

/**
 * Asks the registry for known vulnerabilities of the packages in every lock file. Where it can't be asked,
 * that counts as skipped.
 *
 * @param root the project's folder
 */
export async function auditAll(root: string): Promise<Counts> {
  const rules = await auditRules(root);
  const locks = globSync(["package-lock.json", "{cli,images}/*/package-lock.json"], { cwd: root });
  const results: Counts[] = [];
  for (const lock of locks.sort()) {
    const result = await audit(join(root, dirname(lock)));
    if ("problem" in result) {
      results.push(skip("known vulnerabilities of packages", result.problem));
      break;
    }
    const failures = failing(result.findings, rules).map(auditText);
    results.push(conclude(`known vulnerabilities of the packages in ${lock}`, failures));
  }
  return sum(results);
}

/** The default rules, and what `images.scan.accept` of any stack accepts. */
async function auditRules(root: string): Promise<ScanSettings> {
  const accept = await Promise.all(
    stacksIn(root).map(async (stack) => {
      const file = parse(await readFile(join(root, stackFile(stack)), "utf8")) as {
        config?: Record<string, { scan?: object } | undefined>;
      };
      return scanSchema.parse(file.config?.["todo-chatbot:images"]?.scan ?? {}).accept;
    }),
  );
  return { ...scanSchema.parse({}), accept: accept.flat() };
}

/** Asks the registry about all packages of a folder's lock file, with `npm audit`. */
async function audit(folder: string): Promise<Audit> {
  const { code, stdout, stderr } = await capture(
    "npm",
    // Offline, npm would report that it found nothing.
    ["audit", "--json", "--package-lock-only", "--offline=false", "--fetch-retries=1"],
    { cwd: folder, timeoutMs: 120_000 },
  );
  const report = reportIn(stdout);
  if (report?.vulnerabilities === undefined || report.auditReportVersion !== 2) {
    const cause = report?.message ?? (stderr.trim() || `exit code ${code}`);
    return { problem: `the registry can't be asked for advisories (${cause})` };
  }
  const lock = await readFile(join(folder, "package-lock.json"), "utf8");
  return { findings: findingsIn(report.vulnerabilities, lock) };
}

function reportIn(output: string): Report | undefined {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return undefined;
  }
}

function findingsIn(
  vulnerabilities: NonNullable<Report["vulnerabilities"]>,
  lock: string,
): AuditFinding[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version?: string }> };
  return Object.values(vulnerabilities).flatMap(({ via, nodes, fixAvailable: fix }) =>
    via.flatMap((advisory) => {
      // A name is a package that has the vulnerability through another, which is listed too.
      if (typeof advisory === "string") return [];
      const { url, name, severity, range } = advisory;
      const versions = new Set(nodes.map((node) => packages[node]?.version ?? "?"));
      return {
        ids: [url.split("/").at(-1) ?? url],
        severity: severityOf(severity),
        package: name,
        version: [...versions].join(", "),
        affected: range,
        fixedIn: fixIn(fix),
      };
    }),
  );
}

function fixIn(fix: Fix): string {
  if (typeof fix === "boolean") return fix ? "npm audit fix" : "";
  return `npm install ${fix.name}@${fix.version}`;
}

/** npm's names differ for two. */
function severityOf(severity: string): Severity {
  if (severity === "moderate") return "medium";
  if (severity === "critical" || severity === "high" || severity === "low") return severity;
  return severity === "info" ? "negligible" : "unknown";
}

/** Like `planted 1.2.3 (high, GHSA-…): affects <1.2.4; fixed by: npm audit fix`. */
function auditText(finding: AuditFinding): string {
  const { ids, severity, package: name, version, affected, fixedIn } = finding;
  const fix = fixedIn === "" ? "no fix yet" : `fixed by: ${fixedIn}`;
  return `${name} ${version} (${severity}, ${ids.join(" ")}): affects ${affected}; ${fix}`;
}
