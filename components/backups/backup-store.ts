import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import { partOf } from "../../lib/labels.ts";
import type { ValuesOf } from "../secrets/environment.ts";
import { claimTimeouts } from "../../lib/pvc.ts";
import type { StorageSettings } from "../storage/storage.schema.ts";
import type { BackupsSettings, BucketSettings } from "./backups.schema.ts";

/** Arguments of {@link BackupStore}. */
export interface BackupStoreArgs
  extends Pick<BackupsSettings, "size">, Pick<StorageSettings, "storageClassName" | "protect"> {
  /** Namespace of the application. */
  readonly namespace: pulumi.Input<string>;
  /** Keys of the bucket that each backup is copied to; default: no copies. */
  readonly s3?: WithSecrets<Pick<BucketSettings, "accessKeyId" | "secretAccessKey">> | undefined;
}

const labels = {
  "app.kubernetes.io/name": "todo-chatbot",
  "app.kubernetes.io/instance": "todo-chatbot",
  "app.kubernetes.io/component": "backup",
  ...partOf,
};

/**
 * PVC and Secret for backups. They are not part of the Helm release, so that no rollback or uninstall
 * deletes them.
 */
export class BackupStore extends pulumi.ComponentResource {
  /** Name of the PVC, once it exists. */
  public readonly claimName: pulumi.Output<string>;
  /** Name of the Secret with the bucket's keys; undefined without a bucket. */
  public readonly bucketSecretName: pulumi.Output<string> | undefined;

  constructor(name: string, args: BackupStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:Backups", name, {}, opts);
    const { namespace, size, storageClassName, protect, s3 } = args;

    const claim = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        metadata: {
          name: "todo-chatbot-backups",
          namespace,
          labels,
          // With WaitForFirstConsumer the PVC is only bound at the first backup.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: size } },
          storageClassName,
        },
      },
      {
        parent: this,
        protect,
        customTimeouts: claimTimeouts,
        // Another class would recreate the PVC, without the backups.
        ignoreChanges: ["spec.storageClassName"],
      },
    );
    this.claimName = claim.metadata.name;

    this.bucketSecretName =
      s3 &&
      new k8s.core.v1.Secret(
        `${name}-bucket-secret`,
        {
          metadata: { name: "backup-bucket-secret", namespace, labels },
          stringData: {
            S3_ACCESS_KEY_ID: s3.accessKeyId,
            S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
          } satisfies ValuesOf<"backup-bucket-secret", pulumi.Input<string>>,
        },
        { parent: this },
      ).metadata.name;

    this.registerOutputs({ claimName: this.claimName });
  }
}
