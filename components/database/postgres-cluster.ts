import { hash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { barmanCloud, cloudNativePg } from "../../lib/cloudnative-pg.ts";
import { partOf } from "../../lib/labels.ts";
import type { OperatorPrometheus } from "../monitoring/monitor.ts";
import type { DatabaseSettings } from "../release/database.schema.ts";
import type { PodSettings } from "../release/pods.schema.ts";
import type { StorageSettings } from "../storage/storage.schema.ts";
import { archiveServer } from "./archive.schema.ts";
import type { ArchiveBucket } from "./archive.ts";
import { archivePorts, archiveStores } from "./archive.ts";
import { databasePolicy } from "./policy.ts";

/** Arguments of {@link PostgresCluster}. */
export interface PostgresClusterArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the namespace, which the archive is called after. */
  readonly namespaceName: string;
  readonly database: Pick<DatabaseSettings, "operator" | "runAsUser" | "pods">;
  /** Where its own settings say nothing else. */
  readonly storage: Pick<StorageSettings, "storageClassName" | "size">;
  /** Reference of the Postgres image, with its version as the tag. */
  readonly image: string;
  /** Secret with the user's name and password. */
  readonly ownerSecretName: pulumi.Input<string>;
  /** Secrets that the image is pulled with. */
  readonly pullSecrets?: readonly pulumi.Input<string>[];
  readonly pods: PodSettings;
  /** Whether the instances get a NetworkPolicy. */
  readonly policies: boolean;
  /** The operator's Prometheus that scrapes the instances; undefined: none. */
  readonly prometheus?: OperatorPrometheus | undefined;
  /** The bucket of the archive, which the settings may use; undefined: there is none. */
  readonly bucket?: ArchiveBucket | undefined;
}

/** Role that the backend's statements run as; images/backend/src/database/migrate.ts has the same name. */
export const appRole = `todo_chatbot_app_${hash("md5", cloudNativePg.database).slice(0, 8)}`;

/** It encrypts by itself, its Jobs would not end beside a proxy, and the operator may be in no mesh. */
const outsideMeshes = { "sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled" };

/** A database of several instances, run by CloudNativePG: a primary, and replicas that take over. */
export class PostgresCluster extends pulumi.ComponentResource {
  constructor(name: string, args: PostgresClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:PostgresCluster", name, {}, opts);
    const { apiVersion, cluster, podLabels } = cloudNativePg;
    const { namespace, prometheus } = args;
    const { archive, recover } = args.database.operator;
    const bucket = archive.enabled || recover !== undefined ? args.bucket : undefined;
    const patience = recover === undefined ? "10m" : "30m";
    const metadata = { name: cluster, namespace, labels: partOf };
    const options = { parent: this };

    if (args.policies) {
      databasePolicy(name, metadata, prometheus, bucket ? archivePorts(bucket) : [], options);
    }
    const stores = bucket
      ? archiveStores(name, metadata, bucket, args.database.operator, options)
      : [];

    new k8s.apiextensions.CustomResource(
      `${name}-cluster`,
      {
        ...{ apiVersion, kind: "Cluster" },
        metadata: {
          ...metadata,
          annotations: {
            // What else needs the database waits for it; the condition Ready stays true in hibernation.
            "pulumi.com/waitFor": `jsonpath={.status.readyInstances}=${args.database.operator.instances}`,
            // Takes up one that a destroy or a move has left, whose fields belong to that state's manager.
            "pulumi.com/patchForce": "true",
            // Back from hibernation, in which `down` and a move away leave it.
            [cloudNativePg.hibernation]: "off",
          },
        },
        spec: clusterSpec(args),
      },
      {
        ...options,
        dependsOn: [...stores],
        // A recovery downloads everything first; one that takes longer continues, and the next update waits for it.
        customTimeouts: { create: patience, update: patience },
        // The volumes belong to the Cluster, and would be deleted with it.
        retainOnDelete: true,
      },
    );

    if (prometheus !== undefined) {
      new k8s.apiextensions.CustomResource(
        `${name}-monitor`,
        {
          ...{ apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor" },
          metadata: { ...metadata, labels: { ...partOf, ...prometheus.labels } },
          spec: {
            selector: { matchLabels: podLabels },
            podMetricsEndpoints: [{ port: "metrics", interval: "15s", scrapeTimeout: "5s" }],
          },
        },
        options,
      );
    }
    this.registerOutputs();
  }
}

function clusterSpec(args: PostgresClusterArgs): object {
  const { user } = cloudNativePg;
  const { operator, runAsUser } = args.database;
  const { instances, resources, storageClassName, size, archive } = operator;
  const pods = { ...args.pods, ...args.database.pods };
  const { annotations, nodeSelector, tolerations = [], affinity = {}, priorityClassName } = pods;
  return {
    instances,
    imageName: args.image,
    imagePullSecrets: (args.pullSecrets ?? []).map((name) => ({ name })),
    postgresUID: runAsUser,
    postgresGID: runAsUser,
    inheritedMetadata: {
      labels: { ...partOf, "istio.io/dataplane-mode": "none" },
      annotations: { ...outsideMeshes, ...annotations },
    },
    storage: {
      size: size ?? args.storage.size,
      storageClass: storageClassName ?? args.storage.storageClassName,
    },
    resources,
    ...beginning(args),
    plugins: archive.enabled
      ? [
          {
            ...{ name: barmanCloud.plugin, isWALArchiver: true },
            parameters: {
              barmanObjectName: barmanCloud.store,
              serverName: archiveServer(archive, args.namespaceName),
            },
          },
        ]
      : undefined,
    managed: {
      // So that the user itself needs no CREATEROLE.
      roles: [
        { name: appRole, ensure: "present", login: false },
        { name: user, ensure: "present", login: true, inRoles: [appRole] },
      ],
    },
    postgresql: {
      // After a failover the new primary waits for a replica, which would look for it every 5 s.
      parameters: { wal_retrieve_retry_interval: "200ms" },
      // A write is acknowledged once a replica has it, and only a replica that surely has all of them is
      // promoted. With one of three instances gone, the other two go on.
      synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true },
    },
    ...failover,
    primaryUpdateMethod: "switchover",
    affinity: {
      topologyKey: "kubernetes.io/hostname",
      nodeSelector,
      tolerations: [...tolerations, leavesUnreachable],
      nodeAffinity: affinity["nodeAffinity"],
      additionalPodAffinity: affinity["podAffinity"],
      additionalPodAntiAffinity: affinity["podAntiAffinity"],
    },
    priorityClassName,
  };
}

/**
 * An instance on a node that is gone counts as deleted at once. Otherwise the operator would ask it for its
 * status, and wait two seconds for an answer, in each step of a failover.
 */
const leavesUnreachable = {
  key: "node.kubernetes.io/unreachable",
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 0,
} as const;

/** An empty database, or that of an archive; the user's password is this stack's in both. */
function beginning({ database: { operator }, ownerSecretName }: PostgresClusterArgs): object {
  const { user: owner, database } = cloudNativePg;
  const application = { database, owner, secret: { name: ownerSecretName } };
  if (operator.recover === undefined) return { bootstrap: { initdb: application } };
  const { plugin, source } = barmanCloud;
  const { server, time } = operator.recover;
  return {
    bootstrap: {
      recovery: {
        ...application,
        source,
        ...(time !== undefined && { recoveryTarget: { targetTime: time } }),
      },
    },
    externalClusters: [
      {
        name: source,
        plugin: { name: plugin, parameters: { barmanObjectName: source, serverName: server } },
      },
    ],
  };
}

/** Times in seconds, shorter than the defaults, which allow for an hour of shutting down. */
const failover = {
  failoverDelay: 0,
  // Backends keep connections open, which a smart shutdown would wait for. A pod that is deleted by force has
  // two seconds, in which a fast one is complete: then the lease is released, and replicas take over at once.
  smartShutdownTimeout: 0,
  switchoverDelay: 30,
  stopDelay: 90,
  // A primary that was killed can't release its lease, and no other is promoted before it expires. A primary
  // that can't renew it continues, so a short one costs nothing.
  primaryLease: {
    leaseDurationSeconds: 3,
    renewDeadlineSeconds: 2,
    retryPeriodSeconds: 1,
    releasedLeaseDurationSeconds: 1,
  },
  probes: { readiness: { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 } },
} as const;
