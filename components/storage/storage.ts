import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { partOf } from "../../lib/labels.ts";
import { claimTimeouts } from "../../lib/pvc.ts";
import type { StorageSettings } from "./storage.schema.ts";

/** Arguments of {@link DataVolume}. */
export interface DataVolumeArgs extends StorageSettings {
  /** Namespace of the PVC. */
  readonly namespace: pulumi.Input<string>;
}

/** The database's PVC. It is not part of the Helm release, so that no rollback or uninstall deletes it. */
export class DataVolume extends pulumi.ComponentResource {
  /** Name of the PVC, once it exists. */
  public readonly claimName: pulumi.Output<string>;

  constructor(name: string, args: DataVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:DataVolume", name, {}, opts);

    const claim = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        metadata: {
          name: args.claimName,
          namespace: args.namespace,
          labels: partOf,
          // With WaitForFirstConsumer the PVC is only bound when the database's pod is scheduled.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          accessModes: [args.accessMode],
          resources: { requests: { storage: args.size } },
          storageClassName: args.storageClassName,
        },
      },
      {
        parent: this,
        protect: args.protect,
        customTimeouts: claimTimeouts,
        // Changing one of these would recreate the PVC without its data. preflight.ts refuses changes of
        // the spec; this also covers previews without a cluster.
        ignoreChanges: ["metadata.name", "spec.accessModes", "spec.storageClassName"],
      },
    );

    this.claimName = claim.metadata.name;
    this.registerOutputs({ claimName: this.claimName });
  }
}
