import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { notScanned } from "../../components/images/verdict.ts";
import { Tree } from "../pull-request/tree.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Folder } from "./folder.ts";
import { Caches, PlantedImage } from "./planted.ts";

describe("todo scan, with Grype itself", function () {
  this.timeout(120_000);
  const image = new PlantedImage();
  let tree: Tree | undefined;

  before(async function () {
    await image.create(this);
    tree = new Tree();
  });
  after(async () => {
    tree?.[Symbol.dispose]();
    await image.remove();
  });

  /** Scans a stack that has deployed the image, without a network. */
  async function scan(built: Date, accept: readonly object[] = []) {
    assert.ok(tree);
    writeFileSync(
      join(tree.path, "Pulumi.scanned.yaml"),
      JSON.stringify({
        config: {
          "todo-chatbot:cluster": { kind: "remote", context: "scanned" },
          "todo-chatbot:network": { exposure: "loadBalancer" },
          "todo-chatbot:images": { mode: "none", scan: { accept } },
        },
      }),
    );
    const outputs = { scans: { backend: notScanned(image.reference, "") } };
    using folder = new Folder();
    folder.write(
      "pulumi",
      `#!/bin/sh
case "$1 $2" in
"version ") echo v3.0.0 ;;
"stack ls") echo '[{"name":"scanned"}]' ;;
"stack export") echo '{"version":3,"deployment":{}}' ;;
"stack output") echo '${JSON.stringify(outputs)}' ;;
esac`,
      0o755,
    );
    using _caches = new Caches(built);
    const configMaps = "/api/v1/namespaces/todo-chatbot-namespace/configmaps";
    await using server = await ApiServer.start({ objects: { [configMaps]: {} } });
    using _kubeconfig = new Kubeconfig({ scanned: server.url });
    const { code, output } = await command(
      "scan",
      ["--stack", "scanned"],
      {
        PATH: [folder.path, process.env["PATH"]].join(delimiter),
        PULUMI_BACKEND_URL: "file:///nowhere",
        GRYPE_DB_UPDATE_URL: "http://127.0.0.1:9",
        NO_COLOR: "1",
      },
      tree.path,
    );
    return { code, output, writes: server.writes, configMaps };
  }

  it("lists what fails an image, with the version that fixes it, and records it", async () => {
    const { code, output, writes, configMaps } = await scan(new Date());

    const lines = output.trim().split("\n");
    assert.match(
      lines.at(-4) ?? "",
      /^• The vulnerability database can't be updated; using the one of \d{4}-\d\d-\d\d$/,
    );
    assert.deepEqual(lines.slice(-3), [
      `failed ${image.reference}: 1 critical, 1 high`,
      "  planted 1.2.3 (critical, GHSA-plan-ted2-0002 CVE-2026-0002): no fix yet; in the bundle",
      "  planted 1.2.3 (high, GHSA-plan-ted1-0001 CVE-2026-0001): fixed in 1.2.4; in the bundle",
    ]);
    assert.equal(code, 2);
    assert.deepEqual(writes, [`POST ${configMaps}`]);
  });

  it("passes what images.scan accepts", async () => {
    const until = new Date().toISOString().slice(0, 10);
    const accept = ["CVE-2026-0001", "CVE-2026-0002"].map((id) => ({ id, until, reason: "known" }));
    const { code, output } = await scan(new Date(), accept);

    assert.match(output, /^passed .*: no known vulnerabilities$/m);
    assert.equal(code, 0);
  });

  it("says that an old database can't tell", async () => {
    const { code, output } = await scan(new Date(Date.now() - 6 * 86_400_000));

    assert.match(output, /^stale .*: The vulnerability database is 6 days old/m);
    assert.equal(code, 1);
  });
});
