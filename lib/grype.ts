import { constants } from "node:fs";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { inspectImage } from "./docker.ts";
import { run } from "./exec.ts";
import { replaceFile } from "./replace-file.ts";
import { readSbom } from "./sbom.ts";
import { temporaryFolder } from "./temporary.ts";

export const severities = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
export type Severity = (typeof severities)[number];

/** A known vulnerability of a package in an image. */
export interface Finding {
  /** The ID of the advisory, then those of the same vulnerability elsewhere. */
  readonly ids: readonly string[];
  readonly severity: Severity;
  readonly package: string;
  readonly version: string;
  /** Versions without the vulnerability, like `5.13.0`; "" if there is none. */
  readonly fixedIn: string;
  /** Where it is, like `layer 1 of 4 (sha256:a691a0d4775d)`, or `the bundle`. */
  readonly layer: string;
}

/** What Grype found in an image. */
export interface ImageScan {
  /** Docker's image ID. */
  readonly imageId: string;
  readonly findings: readonly Finding[];
  /** ISO 8601. */
  readonly scannedAt: string;
  /** When the vulnerability database was built, ISO 8601. */
  readonly database: string;
}

/** A scan, or why there is none. */
export type ScanResult = ImageScan | { readonly problem: string };

export interface ScanOptions {
  /** Only look up earlier scans, as in a preview. */
  readonly onlyEarlier?: boolean;
  /** Pull images that the local Docker does not have. */
  readonly pull?: boolean;
}

/** The number of findings of each severity. */
export function countsOf(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  return Object.fromEntries(
    severities.map((each) => [each, findings.filter(({ severity }) => severity === each).length]),
  ) as Record<Severity, number>;
}

/** Like `1 critical, 2 low`; "" for none. */
export function countsText(counts: Readonly<Record<Severity, number>>): string {
  const found = severities.filter((each) => counts[each] > 0);
  return found.map((each) => `${counts[each]} ${each}`).join(", ");
}

/** The folder of the vulnerability database, where Grype itself looks for it. */
function databaseFolder(): string {
  const { GRYPE_DB_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  const usual = process.platform === "darwin" ? "Library/Caches" : ".cache";
  return join(
    GRYPE_DB_CACHE_DIR ?? join(XDG_CACHE_HOME ?? join(homedir(), usual), "grype/db"),
    "6",
  );
}

/** When the vulnerability database was built, ISO 8601; undefined if there is none. Takes milliseconds. */
export async function databaseDate(): Promise<string | undefined> {
  const file = join(databaseFolder(), "vulnerability.db");
  try {
    await access(file);
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const row = database.prepare("SELECT build_timestamp FROM db_metadata").get();
      // Like `2026-11-28 05:12:33+00:00`.
      const date = new Date(String(row?.["build_timestamp"]));
      return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

/** The vulnerability database of a machine that can scan, or why it can't. */
export type Scanner = { readonly database: string } | { readonly problem: string };

/** Looks for Grype and its vulnerability database. Starts no program. */
export async function findScanner(): Promise<Scanner> {
  if (!(await isOnPath("grype"))) return { problem: `Grype is not installed: ${remedy}` };
  const database = await databaseDate();
  return database === undefined
    ? { problem: `Grype has no vulnerability database: ${remedy}` }
    : { database };
}

const remedy = "npm run todo -- scan downloads it.";

async function isOnPath(program: string): Promise<boolean> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/**
 * Scans an image, and its SBOM if it has one, for known vulnerabilities. Each image is scanned once
 * with each database; later calls take what that scan found. The database is never updated.
 */
export async function scanImage(
  reference: string,
  { onlyEarlier = false, pull = false }: ScanOptions = {},
): Promise<ScanResult> {
  const scanner = await findScanner();
  if ("problem" in scanner) return scanner;
  const { database } = scanner;
  try {
    let image = await inspectImage(reference);
    if (image === undefined && pull && !onlyEarlier) {
      await run("docker", ["pull", "--quiet", reference], { timeoutMs: 600_000 });
      image = await inspectImage(reference);
    }
    if (image === undefined) {
      return { problem: "The local Docker does not have it: npm run todo -- scan pulls it." };
    }
    const file = join(scansFolder(), fileName(database, image.id));
    const earlier = await readFile(file, "utf8").catch(() => "");
    if (earlier !== "") return JSON.parse(earlier) as ImageScan;
    if (onlyEarlier) return { problem: "It is scanned in the update." };

    const findings = await findingsIn(reference);
    const scan = { imageId: image.id, findings, scannedAt: new Date().toISOString(), database };
    await keep(file, scan);
    return scan;
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function scansFolder(): string {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(cache, "todo-chatbot", "scans");
}

const dateIn = (database: string) => database.replaceAll(/\D/g, "");

const fileName = (database: string, id: string) =>
  `${dateIn(database)}-${id.replace("sha256:", "")}.json`;

/** Keeps a scan, and removes those with other databases. */
async function keep(file: string, scan: ImageScan): Promise<void> {
  const folder = scansFolder();
  await mkdir(folder, { recursive: true });
  await replaceFile(file, JSON.stringify(scan));
  for (const other of await readdir(folder)) {
    if (!other.startsWith(`${dateIn(scan.database)}-`))
      await rm(join(folder, other), { force: true });
  }
}

async function findingsIn(reference: string): Promise<Finding[]> {
  const found = await grype(`docker:${reference}`);
  const sbom = await readSbom(reference);
  if (sbom !== undefined) {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "sbom.cdx.json");
    await writeFile(file, sbom);
    found.push(...(await grype(`sbom:${file}`)));
  }
  // The packages of the base are in both.
  const byKey = new Map<string, Finding>();
  for (const each of found) {
    const key = [each.ids[0], each.package, each.version].join(" ");
    if (!byKey.has(key)) byKey.set(key, each);
  }
  const rank = ({ severity }: Finding) => severities.indexOf(severity);
  return [...byKey.values()].sort((a, b) => rank(a) - rank(b) || (a.package < b.package ? -1 : 1));
}

/** What is used of the JSON that Grype writes. */
interface Report {
  readonly matches: readonly {
    readonly vulnerability: {
      readonly id: string;
      readonly severity?: string;
      readonly fix?: { readonly versions?: readonly string[] };
    };
    readonly relatedVulnerabilities?: readonly { readonly id: string }[];
    readonly artifact: {
      readonly name: string;
      readonly version: string;
      readonly locations?: readonly { readonly layerID?: string }[];
    };
  }[];
  readonly source?: {
    readonly target?: { readonly layers?: readonly { readonly digest: string }[] };
  };
}

async function grype(source: string): Promise<Finding[]> {
  const output = await run("grype", [source, "--output", "json", "--quiet"], {
    timeoutMs: 600_000,
    env: {
      GRYPE_CHECK_FOR_APP_UPDATE: "false",
      GRYPE_DB_AUTO_UPDATE: "false",
      // The age is judged here; the digest was verified with the download, and takes seconds.
      GRYPE_DB_VALIDATE_AGE: "false",
      GRYPE_DB_VALIDATE_BY_HASH_ON_START: "false",
    },
  });
  const { matches, source: scanned } = JSON.parse(output) as Report;
  const layers = scanned?.target?.layers ?? [];
  return matches.map(({ vulnerability, relatedVulnerabilities = [], artifact }) => {
    const related = relatedVulnerabilities.map(({ id }) => id);
    const digest = artifact.locations?.find(({ layerID }) => layerID !== undefined)?.layerID;
    const index = layers.findIndex((layer) => layer.digest === digest);
    return {
      ids: [...new Set([vulnerability.id, ...related])],
      severity:
        severities.find((each) => each === vulnerability.severity?.toLowerCase()) ?? "unknown",
      package: artifact.name,
      version: artifact.version,
      fixedIn: (vulnerability.fix?.versions ?? []).join(", "),
      layer:
        index < 0
          ? "the bundle"
          : `layer ${index + 1} of ${layers.length} (${digest?.slice(0, 19)})`,
    };
  });
}
