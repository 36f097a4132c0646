import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";

import type { DataVolumeArgs } from "../../components/storage/storage.ts";
import { DataVolume } from "../../components/storage/storage.ts";
import { only, settle, startEngine } from "./engine.ts";

const claimType = "kubernetes:core/v1:PersistentVolumeClaim";

async function volume(args: Partial<DataVolumeArgs> = {}): Promise<DataVolume> {
  const made = new DataVolume(
    "data",
    {
      namespace: "todo-chatbot-namespace",
      claimName: "todo-chatbot-data",
      size: "1Gi",
      accessMode: "ReadWriteOnce",
      protect: true,
      ...args,
    },
    { provider: new k8s.Provider("provider") },
  );
  await settle();
  return made;
}

describe("DataVolume", () => {
  beforeEach(() => startEngine());

  it("has the configured class, size and access mode", async () => {
    await volume({ storageClassName: "fast", size: "20Gi", accessMode: "ReadWriteMany" });

    assert.deepEqual(only(claimType).inputs["spec"], {
      accessModes: ["ReadWriteMany"],
      resources: { requests: { storage: "20Gi" } },
      storageClassName: "fast",
    });
  });

  it("is never recreated for another name, class or access mode", async () => {
    await volume({ protect: false });

    assert.deepEqual(only(claimType).ignoreChanges, [
      "metadata.name",
      "spec.accessModes",
      "spec.storageClassName",
    ]);
  });

  for (const protect of [true, false]) {
    it(`${protect ? "keeps" : "gives up"} the PVC at destroy when protect is ${String(protect)}`, async () => {
      await volume({ protect });

      assert.equal(only(claimType).protect, protect);
    });
  }
});
