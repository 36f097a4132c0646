import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { stringify } from "yaml";

import { goldenOf } from "../../render/golden.ts";
import type { Manifest } from "./helm.ts";
import { everything, render } from "./helm.ts";
import { deprecations, schemaLocation, supportedVersions } from "./schemas.ts";
import { describeWith } from "./tools.ts";

/** All objects of the chart and of the program. */
async function objectsFor(version: string): Promise<Manifest[]> {
  const { objects } = await goldenOf("dev");
  return [...render(everything, { version }), ...(objects as readonly Manifest[])].filter(
    isBuiltIn,
  );
}

/** What Kubernetes itself has no schema of. */
const isBuiltIn = ({ apiVersion }: Manifest) => !/monitoring\.coreos\.com/.test(apiVersion);

/** Kubernetes sets it beside `serviceAccountName`, and keeps an account by it that a manifest no longer names. */
const isWanted = (path: string) => path.endsWith(".serviceAccount");

describeWith(["helm", "kubeconform", "go"], "the supported versions of Kubernetes", function () {
  // The first run on a machine downloads the sources of each, 18 MB.
  this.timeout(600_000);

  for (const version of supportedVersions) {
    it(`accept all objects of the chart and the program: ${version}`, async () => {
      const input = (await objectsFor(version)).map((object) => stringify(object)).join("---\n");
      const location = schemaLocation(version);
      const { status, stdout } = spawnSync(
        "kubeconform",
        ["-strict", "-summary", "-schema-location", location, "-"],
        { input, encoding: "utf8" },
      );
      assert.equal(status, 0, stdout);
      assert.match(stdout, /Invalid: 0, Errors: 0, Skipped: 0/);
    });

    it(`have deprecated nothing that is used: ${version}`, async () => {
      const all = await objectsFor(version);
      const found = all.flatMap((object) => deprecations(object, version));
      assert.deepEqual([...new Set(found.filter((path) => !isWanted(path)))], []);
    });
  }

  it("say what is deprecated", () => {
    const metadata = { name: "a" };
    const spec = { serviceAccount: "a", containers: [] };
    const [version] = supportedVersions;
    const of = (object: Omit<Manifest, "metadata">) =>
      deprecations({ ...object, metadata }, version);
    assert.deepEqual(of({ apiVersion: "v1", kind: "Endpoints" }), ["Endpoints"]);
    const pod = { apiVersion: "v1", kind: "Pod", spec };
    assert.deepEqual(of(pod), ["Pod.spec.serviceAccount"]);
  });
});
