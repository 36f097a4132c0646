import assert from "node:assert/strict";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { auditAll } from "../../tools/audit.ts";
import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

/** As the registry answers, apart from the names. */
const advisory = {
  id: 1234567,
  url: "https://github.com/advisories/GHSA-plan-ted1-0001",
  title: "planted",
  severity: "high",
  vulnerable_versions: "<1.2.4",
  cwe: ["CWE-20"],
  cvss: { score: 7.5, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" },
};

/** A registry that has one package, and its advisories if it has any at all. */
class Registry extends Folder {
  readonly #server: Server;
  readonly #variables: Variable[] = [];

  constructor(status: number, advisories: object) {
    super();
    const versions = ["1.2.3", "1.2.4"].map((version) => [version, { name: "planted", version }]);
    const package_ = { name: "planted", versions: Object.fromEntries(versions) as object };
    this.#server = createServer((request, response) => {
      const isAudit = request.url === "/-/npm/v1/security/advisories/bulk";
      response.writeHead(isAudit ? status : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(isAudit ? advisories : package_));
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    this.#variables.push(
      new Variable("npm_config_registry", `http://127.0.0.1:${port}/`),
      new Variable("npm_config_cache", this.at("cache")),
    );
    return this;
  }

  /** From then on nothing answers. */
  close(): void {
    this.#server.close();
  }

  override [Symbol.dispose](): void {
    this.close();
    for (const variable of this.#variables) variable[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

/** A project with the package, and two stacks. */
function project(accept: readonly object[] = [], range = "^1.2.3"): Folder {
  const root = { name: "app", version: "1.0.0", dependencies: { planted: range } };
  const packages = { "": root, "node_modules/planted": { version: "1.2.3" } };
  return new Folder({
    "package.json": JSON.stringify(root),
    "package-lock.json": JSON.stringify({ name: "app", lockfileVersion: 3, packages }),
    "Pulumi.dev.yaml": "config: {}",
    "Pulumi.production.yaml": JSON.stringify({
      config: { "todo-chatbot:images": { scan: { accept } } },
    }),
  });
}

/** What is printed, a line each, and the result. */
async function audited(folder: Folder) {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(...line.split("\n"));
  try {
    const counts = await auditAll(folder.path);
    return { counts, lines: lines.map((line) => line.replaceAll(/\u001B\[\d+m/g, "")) };
  } finally {
    console.log = log;
  }
}

describe("The audit of packages", function () {
  this.timeout(60_000);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const vulnerable = () => new Registry(200, { planted: [advisory] }).listen();

  it("fails with package, versions and fix", async () => {
    using _registry = await vulnerable();
    using folder = project();
    const { counts, lines } = await audited(folder);

    assert.deepEqual([counts.passed, counts.failed.length, counts.skipped], [0, 1, []]);
    assert.deepEqual(lines, [
      "",
      "known vulnerabilities of the packages in package-lock.json",
      "  ✗ planted 1.2.3 (high, GHSA-plan-ted1-0001): affects <1.2.4; fixed by: npm audit fix",
    ]);
  });

  it("names the version to install where the range keeps npm from fixing it", async () => {
    using _registry = await vulnerable();
    using folder = project([], "1.2.3");
    const { lines } = await audited(folder);
    assert.match(lines[2] ?? "", /; fixed by: npm install planted@1\.2\.4$/);
  });

  it("passes without high or critical vulnerabilities", async () => {
    using _registry = await new Registry(200, {
      planted: [{ ...advisory, severity: "moderate" }],
    }).listen();
    using folder = project();
    assert.deepEqual((await audited(folder)).counts, { passed: 1, failed: [], skipped: [] });
  });

  for (const [text, days, passed] of [
    ["passes what images.scan.accept of a stack accepts", 1, 1],
    ["fails again after the last day on which it is accepted", -1, 0],
  ] as const) {
    it(text, async () => {
      using _registry = await vulnerable();
      using folder = project([{ id: "GHSA-plan-ted1-0001", until: day(days), reason: "known" }]);
      assert.equal((await audited(folder)).counts.passed, passed);
    });
  }

  it("is skipped with the reason where the registry has no advisories", async () => {
    using _registry = await new Registry(405, {}).listen();
    using folder = project();
    const { counts } = await audited(folder);

    assert.deepEqual([counts.passed, counts.failed], [0, []]);
    assert.match(
      counts.skipped.join("\n"),
      /^known vulnerabilities of packages: the registry can't be asked for advisories \(405 Method Not Allowed - POST /,
    );
  });

  it("is skipped with the reason without a network, even if npm is told to be offline", async () => {
    using registry = await vulnerable();
    using folder = project();
    registry.close();
    using _offline = new Variable("npm_config_offline", "true");
    const { counts } = await audited(folder);

    assert.deepEqual([counts.passed, counts.failed], [0, []]);
    assert.match(counts.skipped.join("\n"), /ECONNREFUSED/);
  });
});
