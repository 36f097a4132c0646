import * as z from "zod";

import {
  certificates,
  contradict,
  cron,
  httpUrl,
  secret,
  size,
  text,
  whole,
} from "../../lib/fields.ts";

const key = secret(text("a key of the bucket, encrypted"));

/** Each key is set by a command of its own, so that they may be there before the rest. */
const s3Schema = z
  .strictObject({
    endpoint: httpUrl.optional().describe("Address of an S3-compatible server; default no copies."),
    bucket: text("the name of a bucket", /^[\w.-]+$/)
      .optional()
      .describe("Bucket that each backup is copied to."),
    prefix: text("a key prefix, like todo/", /^[^/\s]\S*$/)
      .optional()
      .describe("Before the name of each object, like todo/."),
    region: text("a region, like eu-central-1", /^[\w-]+$/)
      .default("us-east-1")
      .describe("Region of the bucket."),
    caCertificate: certificates
      .optional()
      .describe("CA bundle (PEM) for the server; default the system's."),
    accessKeyId: key.optional().describe("Access key of the bucket."),
    secretAccessKey: key.optional().describe("Secret of that access key."),
  })
  .superRefine(({ endpoint, ...s3 }, issues) => {
    if (endpoint === undefined && s3.bucket !== undefined) {
      contradict(
        issues,
        ["bucket"],
        `is "${s3.bucket}", but storage.backup.s3.endpoint is not set. Give the address of the server, or remove it.`,
      );
    }
    if (s3.caCertificate !== undefined && endpoint?.startsWith("https:") !== true) {
      contradict(
        issues,
        ["caCertificate"],
        "is set, but storage.backup.s3.endpoint is no https URL, so that no certificate is shown. Remove it, or give an https URL.",
      );
    }
    if (endpoint === undefined) return;
    if (s3.bucket === undefined) {
      contradict(
        issues,
        ["bucket"],
        "is missing, but storage.backup.s3.endpoint is set. Name the bucket that backups are copied to.",
      );
    }
    for (const field of ["accessKeyId", "secretAccessKey"] as const) {
      if (s3[field] !== undefined) continue;
      contradict(
        issues,
        [field],
        `is missing, but storage.backup.s3.endpoint is set. Set it with: pulumi config set --path --secret todo-chatbot:storage.backup.s3.${field} …`,
      );
    }
  })
  // Present means on.
  .transform(({ endpoint, bucket, accessKeyId, secretAccessKey, ...rest }) =>
    endpoint === undefined ||
    bucket === undefined ||
    accessKeyId === undefined ||
    secretAccessKey === undefined
      ? undefined
      : { ...rest, endpoint, bucket, accessKeyId, secretAccessKey },
  )
  .describe("A bucket that each backup is copied to.");

export const backupsSchema = z
  .strictObject({
    schedule: cron.default("0 3 * * *").describe("When backups are made, in UTC."),
    keep: whole(1, 365).default(7).describe("Number of backups to keep."),
    size: size
      .default("1Gi")
      .describe("Size of the backups' PVC, which holds one more than are kept."),
    s3: s3Schema.prefault({}),
  })
  .describe("Backups of the database.");

export type BackupsSettings = z.output<typeof backupsSchema>;
export type BucketSettings = NonNullable<BackupsSettings["s3"]>;
