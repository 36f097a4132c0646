import assert from "node:assert/strict";
import { delimiter } from "node:path";

import { scanned, ensurePassed } from "../../components/images/scan.ts";
import type { ScanSettings } from "../../components/images/scan.schema.ts";
import { failing, findingText, verdict } from "../../components/images/verdict.ts";
import type { Finding, ImageScan } from "../../lib/grype.ts";
import { databaseDate, scanImage } from "../../lib/grype.ts";
import { Programs, Variable } from "./fakes.ts";
import { startEngine } from "./engine.ts";
import { Caches, PlantedImage } from "./planted.ts";

const rules: ScanSettings = { mode: "report", failOn: "high", onlyFixed: false, accept: [] };
const now = new Date("2026-11-29T08:00:00Z");
const none = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };

const planted: Finding = {
  ids: ["GHSA-plan-ted1-0001", "CVE-2026-0001"],
  severity: "high",
  package: "planted",
  version: "1.2.3",
  fixedIn: "1.2.4",
  layer: "the bundle",
};
const scan = (findings: readonly Finding[], database = "2026-11-28T05:00:00.000Z"): ImageScan => ({
  imageId: "sha256:1d",
  findings,
  scannedAt: "2026-11-29T07:00:00.000Z",
  database,
});

describe("The verdict on an image", () => {
  it("is failed from images.scan.failOn on, with what was counted and with which database", () => {
    const result = verdict("a:1", scan([planted, { ...planted, severity: "low" }]), rules, now);

    assert.deepEqual(result, {
      image: "a:1",
      status: "failed",
      reason: "",
      counts: { ...none, high: 1, low: 1 },
      scannedAt: "2026-11-29T07:00:00.000Z",
      database: "2026-11-28T05:00:00.000Z",
    });
    const tolerant = { ...rules, failOn: "critical" } as const;
    assert.equal(verdict("a:1", scan([planted]), tolerant, now).status, "passed");
  });

  it("with onlyFixed does not count what has no fix", () => {
    const result = verdict(
      "a:1",
      scan([{ ...planted, fixedIn: "" }]),
      { ...rules, onlyFixed: true },
      now,
    );
    assert.deepEqual([result.status, result.counts], ["passed", none]);
  });

  for (const id of planted.ids) {
    it(`does not count ${id} through the last day on which it is accepted, and then again`, () => {
      const accept = [{ id, until: "2026-11-29", reason: "not reachable" }];
      const on = (date: string) =>
        verdict("a:1", scan([planted], date), { ...rules, accept }, new Date(date)).status;

      assert.equal(on("2026-11-29T23:59:59Z"), "passed");
      assert.equal(on("2026-11-30T00:00:00Z"), "failed");
    });
  }

  it("is stale with a database of five days ago, whatever was found", () => {
    const on = (database: string) => verdict("a:1", scan([], database), rules, now);

    assert.equal(on("2026-11-24T08:00:01Z").status, "passed");
    assert.equal(on("2026-11-24T08:00:00Z").status, "stale");
    assert.equal(
      on("2026-11-04T08:00:00Z").reason,
      "The vulnerability database is 25 days old: npm run todo -- scan updates it.",
    );
  });

  it("is not-scanned with the reason", () => {
    const result = verdict("a:1", { problem: "Grype is not installed." }, rules, now);
    assert.deepEqual([result.status, result.reason], ["not-scanned", "Grype is not installed."]);
    assert.deepEqual(result.counts, none);
  });
});

describe("images.scan.mode: enforce", () => {
  it("refuses with package, version, fix and layer, and names what to do", () => {
    const scans = [
      { verdict: verdict("a:1", scan([planted]), rules, now), refusal: [findingText(planted)] },
      { verdict: verdict("b:1", scan([]), rules, now), refusal: [] },
    ];
    assert.throws(
      () => {
        ensurePassed(scans);
      },
      {
        message: [
          "Nothing was deployed. images.scan.mode is enforce, but these images have not passed:",
          "  a:1: failed",
          "    planted 1.2.3 (high, GHSA-plan-ted1-0001 CVE-2026-0001): fixed in 1.2.4; in the bundle",
          "Update what has a fix, or accept a vulnerability until a date with images.scan.accept (docs/configuration.md).",
        ].join("\n"),
      },
    );
    ensurePassed(scans.slice(1));
  });

  it("refuses an image that can't be scanned", async () => {
    using _programs = new Programs();
    await startEngine();
    const { refusal } = await scanned("a:1", { ...rules, mode: "enforce" });
    assert.deepEqual(refusal, ["Grype is not installed: npm run todo -- scan downloads it."]);
  });
});

describe("scanImage", () => {
  const docker = `case "$1 $2" in
    "image inspect") echo "sha256:1d 5 2026-11-22T00:18:26.879Z" ;;
    create*) echo c0 ;;
    cp*) echo '{"components": []}' >"$3" ;;
  esac`;
  const found = (name: string, severity: string, layerID?: string) => ({
    vulnerability: { id: `GHSA-${name}`, severity, fix: { versions: ["2.0.0"], state: "fixed" } },
    relatedVulnerabilities: [{ id: `CVE-${name}` }],
    artifact: { name, version: "1.0.0", locations: layerID === undefined ? [] : [{ layerID }] },
  });
  const layers = [{ digest: "sha256:aaaaaaaaaaaaaaaa" }, { digest: "sha256:bbbbbbbbbbbbbbbb" }];
  const image = {
    matches: [found("musl", "Medium", layers[0]?.digest)],
    source: { target: { layers } },
  };
  const sbom = { matches: [found("musl", "Medium"), found("fastify", "Critical")] };

  it("says that Grype or its database is missing, and starts nothing", async () => {
    using _caches = new Caches(undefined);
    using _none = new Programs();
    assert.deepEqual(await scanImage("a:1"), {
      problem: "Grype is not installed: npm run todo -- scan downloads it.",
    });
    using programs = new Programs({ grype: "exit 9" });
    assert.deepEqual(await scanImage("a:1"), {
      problem: "Grype has no vulnerability database: npm run todo -- scan downloads it.",
    });
    assert.ok(programs);
  });

  it("joins what is in the image and in its SBOM, the worst first, with the layer", async () => {
    using _caches = new Caches(now);
    using _programs = new Programs({
      docker,
      grype: `case "$1" in docker:*) echo '${JSON.stringify(image)}' ;; *) echo '${JSON.stringify(sbom)}' ;; esac`,
    });
    const result = await scanImage("a:1");

    assert.ok("findings" in result, JSON.stringify(result));
    assert.equal(result.database, "2026-11-29T08:00:00.000Z");
    assert.deepEqual(result.findings.map(findingText), [
      "fastify 1.0.0 (critical, GHSA-fastify CVE-fastify): fixed in 2.0.0; in the bundle",
      "musl 1.0.0 (medium, GHSA-musl CVE-musl): fixed in 2.0.0; in layer 1 of 2 (sha256:aaaaaaaaaaaa)",
    ]);
  });

  it("scans an image once with each database, and never in a preview", async () => {
    using caches = new Caches(now);
    const calls = caches.at("calls");
    using _programs = new Programs({
      docker,
      grype: `echo "$1" >>${calls}; echo '${JSON.stringify(sbom)}'`,
    });
    assert.deepEqual(await scanImage("a:1", { onlyEarlier: true }), {
      problem: "It is scanned in the update.",
    });
    const first = await scanImage("a:1");
    assert.deepEqual(await scanImage("a:1"), first);
    assert.deepEqual(await scanImage("a:1", { onlyEarlier: true }), first);
    assert.equal(caches.read("calls").trim().split("\n").length, 2);
  });

  it("says what went wrong when Grype fails", async () => {
    using _caches = new Caches(now);
    using _programs = new Programs({ docker, grype: "echo 'database is broken' >&2; exit 1" });
    assert.match(JSON.stringify(await scanImage("a:1")), /database is broken/);
  });

  it("says that Docker does not have the image", async () => {
    using _caches = new Caches(now);
    using _programs = new Programs({
      docker: "echo 'Error: No such image: a:1' >&2; exit 1",
      grype: "exit 9",
    });
    assert.deepEqual(await scanImage("a:1"), {
      problem: "The local Docker does not have it: npm run todo -- scan pulls it.",
    });
  });
});

describe("Grype itself", function () {
  this.timeout(300_000);
  const planted = new PlantedImage();
  const { reference: image } = planted;

  before(function () {
    return planted.create(this);
  });
  after(() => planted.remove());

  it("finds a planted package in the list of a bundle, with the version that fixes it", async () => {
    using _caches = new Caches(now);
    const result = await scanImage(image);

    assert.ok("findings" in result, JSON.stringify(result));
    assert.deepEqual(result.findings.map(findingText), [
      "planted 1.2.3 (critical, GHSA-plan-ted2-0002 CVE-2026-0002): no fix yet; in the bundle",
      "planted 1.2.3 (high, GHSA-plan-ted1-0001 CVE-2026-0001): fixed in 1.2.4; in the bundle",
    ]);
    const accept = [{ id: "CVE-2026-0002", until: "2026-12-01", reason: "not reachable" }];
    assert.deepEqual(
      failing(result.findings, { ...rules, accept }, now).map(({ ids }) => ids[0]),
      ["GHSA-plan-ted1-0001"],
    );
  });

  it("with an old database makes an image stale, and enforce refuses it", async () => {
    using _caches = new Caches(new Date(Date.now() - 6 * 86_400_000));
    await startEngine();
    const { verdict: result, refusal } = await scanned(image, { ...rules, mode: "enforce" });

    assert.equal(result.status, "stale");
    assert.equal(result.counts.critical, 1);
    assert.match(refusal[0] ?? "", /^The vulnerability database is 6 days old/);
  });

  it("passes an image once what it finds is accepted", async () => {
    using _caches = new Caches(new Date());
    await startEngine();
    const until = new Date().toISOString().slice(0, 10);
    const accept = ["CVE-2026-0001", "CVE-2026-0002"].map((id) => ({ id, until, reason: "known" }));
    const enforce = { ...rules, mode: "enforce" } as const;

    assert.equal((await scanned(image, enforce)).refusal.length, 2);
    const { verdict: result, refusal } = await scanned(image, { ...enforce, accept });
    assert.deepEqual([result.status, refusal], ["passed", []]);
  });

  it("has a database with a date that is read without Grype", async () => {
    using _caches = new Caches(now);
    using _variable = new Variable("PATH", ["/nowhere", process.env["PATH"]].join(delimiter));
    assert.equal(await databaseDate(), "2026-11-29T08:00:00.000Z");
  });
});
