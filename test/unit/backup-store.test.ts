import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { BackupStoreArgs } from "../../components/backups/backup-store.ts";
import { BackupStore } from "../../components/backups/backup-store.ts";
import { all, isSecret, only, settle, startEngine, valueOf } from "./engine.ts";

const claimType = "kubernetes:core/v1:PersistentVolumeClaim";
const secretType = "kubernetes:core/v1:Secret";

async function store(args: Partial<BackupStoreArgs> = {}): Promise<BackupStore> {
  await startEngine();
  const made = new BackupStore(
    "backups",
    { namespace: "todo-chatbot-namespace", size: "1Gi", protect: true, ...args },
    { provider: new k8s.Provider("provider") },
  );
  await settle();
  return made;
}

describe("BackupStore", () => {
  it("keeps its PVC at destroy where the data stays, and only there", async () => {
    await store();
    assert.equal(only(claimType).protect, true);
    await store({ protect: false });
    assert.equal(only(claimType).protect, false);
  });

  it("leaves the class to the cluster, or takes the one that is set, and never changes it", async () => {
    const className = () =>
      (only(claimType).inputs["spec"] as { storageClassName?: string }).storageClassName;
    await store();
    assert.equal(className(), undefined);
    await store({ storageClassName: "fast" });
    assert.equal(className(), "fast");
    assert.deepEqual(only(claimType).ignoreChanges, ["spec.storageClassName"]);
  });

  it("hands on the PVC's name, in the provider that it was given", async () => {
    const { claimName } = await store();
    assert.equal(await valueOf(claimName), "todo-chatbot-backups");
    assert.equal(only(claimType).provider, "provider");
  });

  it("has a Secret for the bucket's keys with a bucket, and none without", async () => {
    const { bucketSecretName: none } = await store();
    assert.equal(none, undefined);
    assert.deepEqual(all(secretType), []);

    const { bucketSecretName } = await store({
      s3: {
        accessKeyId: pulumi.secret("AKIA"),
        secretAccessKey: pulumi.secret("hunter2"),
      },
    });
    assert.equal(await valueOf(bucketSecretName!), "backup-bucket-secret");
    assert.ok(isSecret(only(secretType).inputs["stringData"]));
  });
});
