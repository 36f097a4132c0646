import assert from "node:assert/strict";

import { forgetRecords, releaseRecords, releaseRepair } from "../../lib/helm.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const record = (status: string) => ({ secret: `v-${status}`, status });
const repaired = (isKnown: boolean, ...statuses: string[]) => {
  const { forget, adopt } = releaseRepair(statuses.map(record), isKnown);
  return { forget: forget.map(({ status }) => status), adopt };
};

describe("a Helm release", () => {
  for (const [what, isKnown, statuses, forget, adopt] of [
    ["that is not there needs nothing", false, [], [], false],
    ["that the state knows needs nothing", true, ["superseded", "deployed"], [], false],
    ["that failed and is known needs nothing", true, ["deployed", "failed"], [], false],
    [
      "that is unfinished and known loses that revision",
      true,
      ["deployed", "pending-upgrade", "pending-rollback", "uninstalling"],
      ["pending-upgrade", "pending-rollback", "uninstalling"],
      false,
    ],
    ["that is unknown and was ready is adopted", false, ["deployed"], [], true],
    [
      "that is unknown, was ready and is unfinished is adopted without that revision",
      false,
      ["deployed", "pending-upgrade"],
      ["pending-upgrade"],
      true,
    ],
    [
      "that is unknown and never was ready is forgotten",
      false,
      ["failed", "pending-install"],
      ["failed", "pending-install"],
      false,
    ],
  ] as const) {
    it(what, () => {
      assert.deepEqual(repaired(isKnown, ...statuses), { forget, adopt });
    });
  }

  it("is what its Secrets in the namespace say, and nothing is left of one that is forgotten", async () => {
    const path = "/api/v1/namespaces/here/secrets";
    await using server = await ApiServer.start({
      objects: {
        [`${path}?labelSelector=owner%3Dhelm%2Cname%3Dtodo-chatbot`]: {
          items: [{ metadata: { name: "v1", labels: { status: "deployed" } } }],
        },
        [`${path}/v1`]: {},
      },
    });
    using _kubeconfig = new Kubeconfig({ there: server.url });

    const records = await releaseRecords("there", "here");
    assert.deepEqual(records, [{ secret: "v1", status: "deployed" }]);
    await forgetRecords("there", "here", records);
    assert.equal(server.requests.at(-1), `${path}/v1`);
  });
});
