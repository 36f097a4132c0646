import { dockerProblem } from "../../lib/docker.ts";
import { run } from "../../lib/exec.ts";
import { skipWithout } from "../required-tools.ts";
import { skip } from "../skip.ts";
import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";
import type { Advisory } from "./vulnerability-database.ts";
import { writeVulnerabilityDatabase } from "./vulnerability-database.ts";

/** Vulnerabilities of a package that {@link PlantedImage} has, and of one that it has in a sound version. */
const advisories: readonly Advisory[] = [
  {
    id: "GHSA-plan-ted1-0001",
    cve: "CVE-2026-0001",
    severity: "high",
    package: "planted",
    affected: "<1.2.4",
    fixedIn: "1.2.4",
  },
  {
    id: "GHSA-plan-ted2-0002",
    cve: "CVE-2026-0002",
    severity: "critical",
    package: "planted",
    affected: "<2.0.0",
  },
  {
    id: "GHSA-else-wher-0003",
    cve: "CVE-2026-0003",
    severity: "critical",
    package: "elsewhere",
    affected: "<9.0.0",
  },
];

/** The machine's caches: Grype's database, and earlier scans. */
export class Caches extends Folder {
  readonly #variables = [
    new Variable("GRYPE_DB_CACHE_DIR", this.at("db")),
    new Variable("XDG_CACHE_HOME", this.at("cache")),
  ];

  /** @param built date of the database; undefined: there is none */
  constructor(built: Date | undefined) {
    super();
    if (built !== undefined) writeVulnerabilityDatabase(this.at("db"), built, advisories);
  }

  override [Symbol.dispose](): void {
    for (const variable of this.#variables) variable[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

/** An image in the local Docker with nothing but a list of packages. */
export class PlantedImage {
  readonly reference = `todo-chatbot-scan-test:${process.pid}`;

  /** Creates it, or skips the tests of a hook where nothing can scan it. */
  async create(hook: Mocha.Context): Promise<void> {
    await skipWithout(hook, "grype");
    const problem = await dockerProblem();
    if (problem !== undefined) skip(hook, problem);
    using folder = new Folder({
      "app/sbom.cdx.json": JSON.stringify({
        bomFormat: "CycloneDX",
        specVersion: "1.6",
        components: [
          { type: "library", name: "planted", version: "1.2.3", purl: "pkg:npm/planted@1.2.3" },
          { type: "library", name: "elsewhere", version: "9.0.0", purl: "pkg:npm/elsewhere@9.0.0" },
        ],
      }),
    });
    const archive = folder.at("image.tar");
    await run("tar", ["--create", "--file", archive, "--directory", folder.path, "app"]);
    await run("docker", ["import", archive, this.reference]);
  }

  async remove(): Promise<void> {
    // It does not exist where the tests were skipped.
    await run("docker", ["image", "rm", this.reference]).catch(() => undefined);
  }
}
