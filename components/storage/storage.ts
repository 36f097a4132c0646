import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { claimTimeouts } from "../../lib/pvc.ts";
import type { StorageSettings } from "./storage.schema.ts";

/** Arguments of {@link DataVolume}. */
export interface DataVolumeArgs extends StorageSettings {
  /** Namespace the claim lives in. */
  readonly namespace: pulumi.Input<string>;
}

/** The database's disk. It is no part of the release, so that no rollback or uninstall takes it. */
export class DataVolume extends pulumi.ComponentResource {
  /** Name of the claim, once it exists. */
  public readonly claimName: pulumi.Output<string>;

  constructor(name: string, args: DataVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:DataVolume", name, {}, opts);

    const claim = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        metadata: {
          name: args.claimName,
          namespace: args.namespace,
          labels: { "app.kubernetes.io/part-of": "todo-chatbot" },
          // Many classes bind a claim only when a pod uses it, which comes after this.
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
        // Another one of these would make the claim anew, without its data. preflight.ts refuses it for
        // the spec; this holds where no cluster can be asked.
        ignoreChanges: ["metadata.name", "spec.accessModes", "spec.storageClassName"],
      },
    );

    this.claimName = claim.metadata.name;
    this.registerOutputs({ claimName: this.claimName });
  }
}
