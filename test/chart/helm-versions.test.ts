import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import type { Values } from "./helm.ts";
import { bundled, chart, everything, lint, merge, refusal, render, renderText } from "./helm.ts";
import { describeWith } from "./tools.ts";

/** All values files that come with the chart. */
const files = ["ci", "examples"].flatMap((folder) =>
  readdirSync(join(chart, folder)).map((file) => join(folder, file)),
);

/** Values of a file, with Secrets that exist where it has none. */
const valuesIn = (file: string) =>
  merge(
    parse(readFileSync(join(chart, file), "utf8")) as Values,
    file.startsWith("examples") ? { secrets: { create: false } } : {},
  );

describeWith(["helm", "helm4"], "the chart under Helm 3 and Helm 4", () => {
  for (const [what, values] of [
    ...files.map((file) => [file, valuesIn(file)] as const),
    ["everything that can be switched on", everything],
  ] as readonly (readonly [string, Values])[]) {
    it(`renders the same objects with ${what}`, () => {
      assert.deepEqual(render(values, { helm: "helm4" }), render(values));
      assert.match(renderText(values, { helm: "helm4" }), /kind: Deployment/);
    });
  }

  it("passes both their lints", () => {
    assert.equal(lint(bundled, { helm: "helm4" }), "");
    assert.equal(lint(bundled), "");
  });

  it("refuses the same values", () => {
    for (const values of [
      merge(bundled, { gateway: { redirectParentRefs: [{ name: "a" }] } }),
      merge(bundled, { frontend: { replicaCount: -1 } }),
      merge(bundled, { unknown: true }),
    ]) {
      assert.notEqual(refusal(values), "");
      assert.notEqual(refusal(values, { helm: "helm4" }), "");
    }
  });
});
