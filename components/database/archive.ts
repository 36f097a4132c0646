import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { barmanCloud, cloudNativePg } from "../../lib/cloudnative-pg.ts";
import type { WithSecrets } from "../../lib/fields.ts";
import { portOf } from "../../lib/url.ts";
import { publicPort } from "../public-port.ts";
import type { BucketSettings } from "../backups/backups.schema.ts";
import type { NetworkSettings } from "../release/network.schema.ts";
import type { ValuesOf } from "../secrets/environment.ts";
import type { OperatorDatabaseSettings } from "./operator.schema.ts";

/** The bucket that the archive is in, and the way there. */
export interface ArchiveBucket {
  readonly s3: Omit<WithSecrets<BucketSettings>, "accessKeyId" | "secretAccessKey" | "recipients">;
  /** Secret with the bucket's keys. */
  readonly secretName: pulumi.Input<string>;
  readonly proxy?: NetworkSettings["proxy"];
  /** Secret with the URL of the proxy; undefined: none. */
  readonly proxySecretName?: pulumi.Input<string> | undefined;
}

/** The ports that the bucket is reached at. */
export function archivePorts({ s3, proxy }: ArchiveBucket): readonly pulumi.Input<number>[] {
  const port = portOf(s3.endpoint);
  return proxy === undefined ? [port] : [port, publicPort(proxy.url)];
}

/** The plugin's objects: where the database is archived, with base backups on a schedule, and where it begins from. */
export function archiveStores(
  name: string,
  metadata: k8s.types.input.meta.v1.ObjectMeta,
  bucket: ArchiveBucket,
  { archive, recover }: Pick<OperatorDatabaseSettings, "archive" | "recover">,
  options: pulumi.CustomResourceOptions,
): readonly pulumi.Resource[] {
  const { apiVersion, store, source, caSecret, plugin } = barmanCloud;
  const { caCertificate } = bucket.s3;
  if (caCertificate !== undefined) {
    new k8s.core.v1.Secret(
      `${name}-archive-ca`,
      {
        metadata: { ...metadata, name: caSecret },
        stringData: { "ca.crt": caCertificate },
      },
      options,
    );
  }
  const objectStore = (part: string, storeName: string, spec: object) =>
    new k8s.apiextensions.CustomResource(
      `${name}-${part}`,
      {
        ...{ apiVersion, kind: "ObjectStore" },
        metadata: {
          ...metadata,
          name: storeName,
          annotations: { "pulumi.com/patchForce": "true" },
        },
        spec: { ...spec, instanceSidecarConfiguration: { env: environment(bucket), resources } },
      },
      // Without it the operator would not hibernate the Cluster, which refers to it.
      { ...options, retainOnDelete: true },
    );
  const stores: pulumi.Resource[] = [];
  if (recover !== undefined) {
    stores.push(
      objectStore("source", source, { configuration: configuration(bucket, recover.prefix) }),
    );
  }
  if (archive.enabled) {
    const own = objectStore("archive", store, {
      configuration: configuration(bucket, bucket.s3.prefix),
      retentionPolicy: `${archive.keepDays}d`,
    });
    stores.push(own);
    new k8s.apiextensions.CustomResource(
      `${name}-base-backups`,
      {
        ...{ apiVersion: cloudNativePg.apiVersion, kind: "ScheduledBackup" },
        metadata: { ...metadata, name: store },
        spec: {
          // Its cron has seconds; the names, like @daily, are the same.
          schedule: archive.schedule.replace(/^(?!@)/, "0 "),
          // There is no going back to before the first one.
          immediate: true,
          backupOwnerReference: "cluster",
          cluster: { name: cloudNativePg.cluster },
          method: "plugin",
          pluginConfiguration: { name: plugin },
        },
      },
      { ...options, dependsOn: own },
    );
  }
  return stores;
}

function configuration({ s3, secretName }: ArchiveBucket, prefix = ""): object {
  const { endpoint, bucket, caCertificate } = s3;
  const key = (name: keyof ValuesOf<"backup-bucket-secret", string>) => ({
    ...{ name: secretName, key: name },
  });
  return {
    destinationPath: `s3://${bucket}/${prefix}archive`,
    endpointURL: endpoint,
    ...(caCertificate !== undefined && {
      endpointCA: { name: barmanCloud.caSecret, key: "ca.crt" },
    }),
    s3Credentials: {
      accessKeyId: key("S3_ACCESS_KEY_ID"),
      secretAccessKey: key("S3_SECRET_ACCESS_KEY"),
    },
    // One file at a time: with maxParallel, each file that a failover asks for in vain begins several processes.
    wal: { compression: "gzip" },
    // Waiting for the next checkpoint would take minutes.
    data: { compression: "gzip", immediateCheckpoint: true },
  };
}

/** Variables of the plugin's container in the instances' pods. */
function environment({ s3, proxy, proxySecretName }: ArchiveBucket): readonly object[] {
  return [
    { name: "AWS_DEFAULT_REGION", value: s3.region },
    // Many S3-compatible servers refuse the checksums that AWS's library adds otherwise.
    { name: "AWS_REQUEST_CHECKSUM_CALCULATION", value: "when_required" },
    { name: "AWS_RESPONSE_CHECKSUM_VALIDATION", value: "when_required" },
    ...(proxy === undefined
      ? []
      : [
          ...["HTTPS_PROXY", "HTTP_PROXY"].map((name) => ({
            name,
            valueFrom: { secretKeyRef: { name: proxySecretName, key: name } },
          })),
          // The plugin asks the API server at its address.
          { name: "NO_PROXY", value: directHosts(proxy.noProxy) },
        ]),
  ];
}

const directHosts = (noProxy: string | undefined) =>
  ["localhost", "127.0.0.1", ".svc", ".cluster.local", "$(KUBERNETES_SERVICE_HOST)", noProxy]
    .filter((host) => host !== undefined)
    .join(",");

const resources = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1000m", memory: "512Mi" },
};
