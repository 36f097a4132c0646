import assert from "node:assert/strict";

import { forgetRecords, releaseRecords, releaseRepair } from "../../lib/helm.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

type Standing = Parameters<typeof releaseRepair>[1];
const record = (status: string, index: number) => ({
  secret: `v${index}`,
  status,
  revision: index + 1,
});
const repaired = (standing: Standing, ...statuses: string[]) => {
  const { forget, adopt } = releaseRepair(statuses.map(record), standing);
  return { forget: forget.map(({ status }) => status), adopt };
};

describe("a Helm release", () => {
  for (const [what, standing, statuses, forget, adopt] of [
    ["that is not there needs nothing", "unknown", [], [], false],
    ["that the state knows needs nothing", "known", ["superseded", "deployed"], [], false],
    ["that failed before it was ready needs nothing", "known", ["failed", "deployed"], [], false],
    [
      "that is unfinished loses that revision and what failed before it, and is read from Helm",
      "known",
      ["failed", "deployed", "failed", "pending-rollback"],
      ["failed", "pending-rollback"],
      true,
    ],
    [
      "that was rolled back while the state has the new settings is read from Helm",
      "failed",
      ["superseded", "failed", "deployed"],
      [],
      true,
    ],
    [
      "that was killed in its last write is the revision before",
      "known",
      ["superseded", "superseded", "pending-upgrade"],
      ["pending-upgrade"],
      true,
    ],
    ["that is being uninstalled is none", "known", ["uninstalling"], ["uninstalling"], false],
    ["that is unknown and was ready is adopted", "unknown", ["deployed"], [], true],
    [
      "that is unknown, was ready and is unfinished is adopted without that revision",
      "unknown",
      ["deployed", "pending-upgrade"],
      ["pending-upgrade"],
      true,
    ],
    [
      "that is unknown and never was ready is forgotten",
      "unknown",
      ["failed", "pending-install"],
      ["failed", "pending-install"],
      false,
    ],
  ] as const) {
    it(what, () => {
      assert.deepEqual(repaired(standing, ...statuses), { forget, adopt });
    });
  }

  it("is what its Secrets in the namespace say, and nothing is left of one that is forgotten", async () => {
    const path = "/api/v1/namespaces/here/secrets";
    await using server = await ApiServer.start({
      objects: {
        [`${path}?labelSelector=owner%3Dhelm%2Cname%3Dtodo-chatbot`]: {
          items: [{ metadata: { name: "v1", labels: { status: "deployed", version: "1" } } }],
        },
        [`${path}/v1`]: {},
      },
    });
    using _kubeconfig = new Kubeconfig({ there: server.url });

    const records = await releaseRecords("there", "here");
    assert.deepEqual(records, [{ secret: "v1", status: "deployed", revision: 1 }]);
    await forgetRecords("there", "here", records);
    assert.equal(server.requests.at(-1), `${path}/v1`);
  });
});
