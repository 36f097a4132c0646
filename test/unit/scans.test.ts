import assert from "node:assert/strict";

import type { RecordedScan } from "../../cli/scans.ts";
import { recordScans, scanNotice, scanRecord } from "../../cli/scans.ts";
import type { Verdict } from "../../components/images/verdict.ts";
import { notScanned } from "../../components/images/verdict.ts";
import { parseSettings } from "../../config/settings.ts";
import { clusterTarget } from "../../config/target.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const rules = { failOn: "high" } as const;
const counts = { critical: 1, high: 2, medium: 4, low: 0, negligible: 0, unknown: 8 };
const scan = (image: string, database: string, more: Partial<Verdict> = {}): Verdict => ({
  ...{ image, status: "failed", reason: "", counts, scannedAt: database, database },
  ...more,
});
const earlier: RecordedScan = {
  ...{ image: "backend:1", database: "2026-11-28T05:00:00.000Z", failing: 3, counts },
};

describe("The record of scans", () => {
  it("counts what fails an image, and what does not apart", () => {
    assert.deepEqual(scanRecord([scan("backend:1", earlier.database)], [], rules), [earlier]);
  });

  it("keeps the scan with the newest database, of what is deployed alone", () => {
    const record = (...verdicts: Verdict[]) =>
      scanRecord(verdicts, [earlier], rules).map(({ image, database }) => `${image} ${database}`);

    assert.deepEqual(record(scan("backend:1", "2026-11-29T05:00:00.000Z")), [
      "backend:1 2026-11-29T05:00:00.000Z",
    ]);
    assert.deepEqual(record(scan("backend:1", "2026-11-27T05:00:00.000Z")), [
      `backend:1 ${earlier.database}`,
    ]);
    assert.deepEqual(record(notScanned("backend:1", "no Grype")), [
      `backend:1 ${earlier.database}`,
    ]);
    assert.deepEqual(record(notScanned("backend:2", "no Grype")), []);
  });

  it("judges a scan anew with the same database", () => {
    const passed = { counts: { ...counts, critical: 0, high: 0 } };
    const [now] = scanRecord([scan("backend:1", earlier.database, passed)], [earlier], rules);
    assert.equal(now?.failing, 0);
  });

  const settings = parseSettings({}, new Set());
  const target = clusterTarget(settings.cluster);
  const path = "/api/v1/namespaces/todo-chatbot-namespace/configmaps";
  const record = (given: typeof settings, verdicts: readonly Verdict[]) =>
    recordScans(given, verdicts, () => Promise.resolve(target));

  for (const [what, before, verdicts, writes] of [
    ["creates the ConfigMap", undefined, [scan("backend:1", earlier.database)], [`POST ${path}`]],
    [
      "updates it",
      [{ ...earlier, failing: 1 }],
      [scan("backend:1", earlier.database)],
      [`PATCH ${path}/image-scan`],
    ],
    ["writes nothing that is in it", [earlier], [scan("backend:1", earlier.database)], []],
    ["creates none without a scan", undefined, [notScanned("backend:1", "no Grype")], []],
  ] as const) {
    it(what, async () => {
      const object =
        before === undefined ? undefined : { data: { "scan.json": JSON.stringify(before) } };
      await using server = await ApiServer.start({
        objects: { [path]: {}, ...(object && { [`${path}/image-scan`]: object }) },
      });
      using _kubeconfig = new Kubeconfig({ [target.context]: server.url });

      await record(settings, verdicts);
      assert.deepEqual(server.writes, writes);
    });
  }

  it("asks for nothing where nobody is alerted, and where images are not scanned", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    for (const values of [{ monitoring: { mode: "off" } }, { images: { scan: { mode: "off" } } }]) {
      await record(parseSettings(values, new Set()), [scan("backend:1", earlier.database)]);
    }
    assert.deepEqual(server.requests, []);
  });

  it("only says so when the cluster refuses", async () => {
    await using server = await ApiServer.start({ status: 403 });
    using _kubeconfig = new Kubeconfig({ [target.context]: server.url });
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
      await record(settings, [scan("backend:1", earlier.database)]);
    } finally {
      console.log = log;
    }
    assert.match(lines.join("\n"), /The alerts don't know of this scan: .*refused/);
  });
});

describe("An update's notice of vulnerabilities", () => {
  it("is a line with those that fail an image, and the command that lists them", () => {
    const verdicts = [
      scan("registry.example.org/todo-chatbot-backend:1", "2026", {
        counts: { ...counts, critical: 0 },
      }),
      scan("postgres:17@sha256:0a", "2026"),
      scan("prometheus:3", "2026", { status: "passed" }),
    ];
    assert.equal(
      scanNotice(verdicts, rules, "dev"),
      "Known vulnerabilities: 2 high in registry.example.org/todo-chatbot-backend; 1 critical, 2 high in postgres. Show them: npm run todo -- scan",
    );
  });

  it("is missing where no image fails", () => {
    const verdicts = [scan("a:1", "2026", { status: "passed" }), notScanned("b:1", "no Grype")];
    assert.equal(scanNotice(verdicts, rules, "dev"), undefined);
  });
});
