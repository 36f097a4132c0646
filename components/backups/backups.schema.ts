import * as z from "zod";

import {
  certificates,
  contradict,
  cron,
  httpUrl,
  listOf,
  secret,
  size,
  text,
  whole,
} from "../../lib/fields.ts";
import { recipient } from "./recipient.ts";

const key = secret(text("a key of the bucket, encrypted"));

/** Keys may be set before the rest, because each is set by a command of its own. */
const s3Schema = z
  .strictObject({
    endpoint: httpUrl.optional().describe("URL of an S3-compatible server; default: no copies."),
    bucket: text("the name of a bucket", /^[\w.-]+$/)
      .optional()
      .describe("Bucket that each backup is copied to."),
    prefix: text("a key prefix, like todo/", /^[^/\s]\S*$/)
      .optional()
      .describe("Prefix of each object's key, like todo/."),
    region: text("a region, like eu-central-1", /^[\w-]+$/)
      .default("us-east-1")
      .describe("Region of the bucket."),
    caCertificate: certificates
      .optional()
      .describe("CA bundle (PEM) of the server; default: the system's."),
    recipients: listOf(recipient, "public keys of age, age1…")
      .default([])
      .describe(
        "Public keys (age) that each copy is encrypted for; default: copies are not encrypted.",
      ),
    accessKeyId: key.optional().describe("Access key ID for the bucket."),
    secretAccessKey: key.optional().describe("Secret access key for the bucket."),
  })
  .superRefine(({ endpoint, ...s3 }, issues) => {
    if (endpoint === undefined && s3.bucket !== undefined) {
      contradict(
        issues,
        ["bucket"],
        `is "${s3.bucket}", but storage.backup.s3.endpoint is not set. Set the server's URL, or remove it.`,
      );
    }
    if (s3.caCertificate !== undefined && endpoint?.startsWith("https:") !== true) {
      contradict(
        issues,
        ["caCertificate"],
        "is set, but storage.backup.s3.endpoint is not an https URL. Remove it, or set an https URL.",
      );
    }
    if (endpoint === undefined && s3.recipients.length > 0) {
      contradict(
        issues,
        ["recipients"],
        "is set, but storage.backup.s3.endpoint is not set: only copies in a bucket are encrypted. Set the server's URL, or remove it.",
      );
    }
    if (endpoint === undefined) return;
    if (s3.bucket === undefined) {
      contradict(
        issues,
        ["bucket"],
        "is missing, but storage.backup.s3.endpoint is set. Set the name of the bucket.",
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
  // Defined means enabled.
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
    schedule: cron.default("0 3 * * *").describe("Schedule of backups, in UTC."),
    keep: whole(1, 365).default(7).describe("Number of newest backups to keep."),
    keepDaily: whole(0, 366)
      .default(0)
      .describe("Days, of each of which the last of the older backups is kept too."),
    keepWeekly: whole(0, 520).default(0).describe("The same of weeks, from Monday to Sunday."),
    keepMonthly: whole(0, 240).default(0).describe("The same of months."),
    size: size
      .default("1Gi")
      .describe(
        "Size of the backups' PVC; it must hold two more than are kept, three if copies are encrypted.",
      ),
    drill: z
      .strictObject({
        schedule: cron
          .default("30 4 * * *")
          .describe("Schedule of the drill, in UTC; with backups by hand alone there is none."),
      })
      .prefault({})
      .describe("Restores the newest backup into a throwaway database, and compares every table."),
    s3: s3Schema.prefault({}),
  })
  .describe("Backups of the database.");

export type BackupsSettings = z.output<typeof backupsSchema>;
export type BucketSettings = NonNullable<BackupsSettings["s3"]>;
