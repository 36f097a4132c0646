import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { portOf } from "../../lib/url.ts";
import type { NodeLabels } from "../../lib/clusters.ts";
import { containerSecurity, dnsEgress, podSecurity, tcp } from "../pod-security.ts";

/** Arguments of {@link Backups}. */
export interface BackupsArgs {
  /** Namespace of the application. */
  readonly namespace: pulumi.Input<string>;
  /** Reference of the Postgres image, whose pg_dump must be as new as the server. */
  readonly image: string;
  /** User id that its containers run as. */
  readonly runAsUser: number;
  /** Cron expression, in UTC; empty: backups are made by hand alone. */
  readonly schedule: string;
  /** Backups that are kept. */
  readonly keep: number;
  /** Size of their claim with its unit, like `1Gi`. */
  readonly size: string;
  /** Storage class of the claim; empty: the cluster's default. */
  readonly className: string;
  /** Labels of the nodes that the claim's volume can be on; default any. */
  readonly nodeSelector: NodeLabels | undefined;
  /** Whether destroy keeps the claim. */
  readonly protect: boolean;
  /** Name of the Secret with `DATABASE_URL`. */
  readonly databaseSecret: pulumi.Input<string>;
  /** Address of an external database; undefined: it is the bundled one. */
  readonly databaseUrl: pulumi.Output<string> | undefined;
  /** Certificates (PEM) of who signed the external database's; empty: none are known. */
  readonly databaseCaCertificate: string;
  /** Whether the bundled database runs, so that the pods may reach it. */
  readonly reachesBundled: boolean;
  /** Where each backup is copied to, besides; undefined: nowhere. */
  readonly s3?: BucketArgs | undefined;
  /** Reference of the backend's image, which has the program that copies. */
  readonly copyImage: pulumi.Input<string>;
  /** Whether NetworkPolicies guard the backups too. */
  readonly policies: boolean;
  /** Service mesh that the pods join, as the database's do. */
  readonly mesh: "none" | "istio" | "linkerd";
}

/** A bucket of an S3-compatible server. */
export interface BucketArgs {
  /** Address of the server, http or https. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before every object's name; may be empty. */
  readonly prefix: string;
  readonly region: string;
  /** The only authority that may sign the server's certificate, as PEM; empty: the public ones. */
  readonly caCertificate: string;
  readonly accessKeyId: pulumi.Output<string>;
  readonly secretAccessKey: pulumi.Output<string>;
}

/** Folder of the backups in the containers. */
const folder = "/backups";

/** Key of the certificates in the script's ConfigMap. */
const caFile = "database-ca.pem";

/** Stands in a suspended CronJob, which must have a schedule. */
const never = "0 0 1 1 *";

/** Longest that one backup may take. */
const deadlineSeconds = 3600;

const cronJob = "backup-cronjob";

/** With the release's labels, its policies for DNS and for the mesh hold here too. */
const instance = {
  "app.kubernetes.io/name": "todo-chatbot",
  "app.kubernetes.io/instance": "todo-chatbot",
};
const selector = { ...instance, "app.kubernetes.io/component": "backup" };
const labels = { ...selector, "app.kubernetes.io/part-of": "todo-chatbot" };

/**
 * Backups of the database on a claim of their own, made by a CronJob; `npm run backup` and
 * `npm run restore` run pods from its template. They are no part of the release, so that no
 * rollback or uninstall takes them.
 */
export class Backups extends pulumi.ComponentResource {
  /** Name of the claim, once it exists. */
  public readonly claimName: pulumi.Output<string>;

  constructor(name: string, args: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:Backups", name, {}, opts);
    const { namespace } = args;
    const options = { parent: this };
    const metadata = (object: string) => ({ name: object, namespace, labels });

    const claim = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        metadata: {
          ...metadata("todo-chatbot-backups"),
          // Many classes bind a claim only when a pod uses it, which is at the first backup.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: args.size } },
          storageClassName: args.className || undefined,
        },
      },
      {
        ...options,
        protect: args.protect,
        // Another class would make the claim anew, without the backups.
        ignoreChanges: ["spec.storageClassName"],
      },
    );
    const script = new k8s.core.v1.ConfigMap(
      `${name}-script`,
      {
        metadata: metadata("backup-script"),
        data: {
          "backup.sh": readFileSync(join(import.meta.dirname, "backup.sh"), "utf8"),
          ...(args.databaseCaCertificate !== "" && { [caFile]: args.databaseCaCertificate }),
        },
      },
      options,
    );
    const bucketSecret =
      args.s3 &&
      new k8s.core.v1.Secret(
        `${name}-bucket-secret`,
        {
          metadata: metadata("backup-bucket-secret"),
          stringData: {
            S3_ACCESS_KEY_ID: args.s3.accessKeyId,
            S3_SECRET_ACCESS_KEY: args.s3.secretAccessKey,
          },
        },
        options,
      ).metadata.name;
    const policies = args.policies ? this.#policies(name, args, metadata, options) : [];
    new k8s.batch.v1.CronJob(
      `${name}-cronjob`,
      {
        metadata: metadata(cronJob),
        spec: {
          schedule: args.schedule || never,
          suspend: args.schedule === "",
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          // A cluster that was off at the time makes up for it within these seconds.
          startingDeadlineSeconds: 6 * 3600,
          successfulJobsHistoryLimit: 2,
          failedJobsHistoryLimit: 2,
          jobTemplate: {
            metadata: { labels },
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: deadlineSeconds,
              template: {
                metadata: {
                  labels: { ...labels, ...meshLabels[args.mesh] },
                  annotations: meshAnnotations[args.mesh],
                },
                spec: podSpec(args, claim.metadata.name, script.metadata.name, bucketSecret),
              },
            },
          },
        },
      },
      { ...options, dependsOn: policies },
    );

    this.claimName = claim.metadata.name;
    this.registerOutputs({ claimName: this.claimName });
  }

  /** Nobody comes in; out go DNS and the database, which lets the backups in. */
  #policies(
    name: string,
    { databaseUrl, reachesBundled, s3, mesh }: BackupsArgs,
    metadata: (object: string) => k8s.types.input.meta.v1.ObjectMeta,
    options: pulumi.CustomResourceOptions,
  ): k8s.networking.v1.NetworkPolicy[] {
    const databaseSelector = { ...instance, "app.kubernetes.io/component": "database" };
    const database = { podSelector: { matchLabels: databaseSelector } };
    // linkerd sends what meshed pods say to its proxy's port.
    const ports = [5432, ...(mesh === "linkerd" ? [4143] : [])].map(tcp);
    const outgoing = new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      {
        metadata: metadata("allow-backup"),
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Ingress", "Egress"],
          egress: [
            dnsEgress,
            ...(reachesBundled ? [{ to: [database], ports }] : []),
            // An external database may be anywhere; its port is all that is known.
            ...(databaseUrl === undefined
              ? []
              : [{ ports: [pulumi.unsecret(databaseUrl.apply(portOf)).apply(tcp)] }]),
            ...(s3 === undefined ? [] : [{ ports: [tcp(portOf(s3.endpoint))] }]),
          ],
        },
      },
      options,
    );
    if (!reachesBundled) return [outgoing];
    const incoming = new k8s.networking.v1.NetworkPolicy(
      `${name}-database-policy`,
      {
        metadata: metadata("allow-database-from-backup"),
        spec: {
          podSelector: database.podSelector,
          policyTypes: ["Ingress"],
          ingress: [{ from: [{ podSelector: { matchLabels: selector } }], ports }],
        },
      },
      options,
    );
    return [outgoing, incoming];
  }
}

const meshLabels = {
  none: {},
  istio: { "sidecar.istio.io/inject": "true" },
  linkerd: {},
} as const;

/** Native sidecars, so that a pod ends when its backup has. */
const meshAnnotations = {
  none: undefined,
  istio: { "sidecar.istio.io/nativeSidecar": "true" },
  linkerd: {
    "linkerd.io/inject": "enabled",
    "config.beta.linkerd.io/proxy-enable-native-sidecar": "true",
  },
} as const;

function podSpec(
  {
    image,
    copyImage,
    runAsUser,
    keep,
    databaseSecret,
    databaseCaCertificate,
    nodeSelector,
    s3,
  }: BackupsArgs,
  claimName: pulumi.Output<string>,
  scriptName: pulumi.Output<string>,
  bucketSecret: pulumi.Output<string> | undefined,
): k8s.types.input.core.v1.PodSpec {
  const fromSecret = (secret: pulumi.Input<string>, key: string) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: secret, key } },
  });
  const where = [
    { name: "FOLDER", value: folder },
    { name: "KEEP", value: String(keep) },
  ];
  const backups = { name: "backups", mountPath: folder };
  const container = {
    imagePullPolicy: "IfNotPresent",
    securityContext: containerSecurity,
    resources: {
      requests: { cpu: "25m", memory: "32Mi" },
      limits: { cpu: "1", memory: "256Mi" },
    },
  };
  const script = (step: string) => ({
    ...container,
    image,
    command: ["bash", "/scripts/backup.sh"],
    args: [step],
    env: [
      fromSecret(databaseSecret, "DATABASE_URL"),
      ...where,
      // libpq looks for certificates there, and for the authority's where it is told to.
      { name: "HOME", value: "/tmp" },
      ...(databaseCaCertificate === ""
        ? []
        : [{ name: "PGSSLROOTCERT", value: `/scripts/${caFile}` }]),
    ],
    volumeMounts: [
      backups,
      { name: "scripts", mountPath: "/scripts", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  });
  return {
    restartPolicy: "Never",
    nodeSelector,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { ...podSecurity(runAsUser), fsGroupChangePolicy: "OnRootMismatch" },
    ...(s3 === undefined || bucketSecret === undefined
      ? { containers: [{ name: "backup", ...script("backup") }] }
      : {
          // A success is recorded once the copy is there too.
          initContainers: [
            { name: "dump", ...script("dump") },
            {
              ...container,
              name: "copy",
              image: copyImage,
              command: ["node", "backups.mjs"],
              args: ["push"],
              env: [
                { name: "S3_ENDPOINT", value: s3.endpoint },
                { name: "S3_BUCKET", value: s3.bucket },
                { name: "S3_PREFIX", value: s3.prefix },
                { name: "S3_REGION", value: s3.region },
                { name: "S3_CA_CERTIFICATE", value: s3.caCertificate },
                fromSecret(bucketSecret, "S3_ACCESS_KEY_ID"),
                fromSecret(bucketSecret, "S3_SECRET_ACCESS_KEY"),
                ...where,
              ],
              volumeMounts: [backups],
            },
          ],
          containers: [{ name: "backup", ...script("record") }],
        }),
    volumes: [
      { name: "backups", persistentVolumeClaim: { claimName } },
      { name: "scripts", configMap: { name: scriptName } },
      { name: "tmp", emptyDir: { sizeLimit: "16Mi" } },
    ],
  };
}
