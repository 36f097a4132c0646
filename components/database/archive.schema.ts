import * as z from "zod";

import { flag, moment, objectName, repeatedCron, text, whole } from "../../lib/fields.ts";

const server = objectName("the name of a database in the bucket, in lowercase letters");

export const archiveSchema = z
  .strictObject({
    enabled: flag
      .default(false)
      .describe(
        "Copy every change to the bucket of storage.backup.s3, to go back to any moment; not encrypted for its recipients.",
      ),
    server: server
      .optional()
      .describe(
        "Name of this database in the bucket, which no other may have had; default: the namespace.",
      ),
    schedule: repeatedCron
      .default("0 2 * * *")
      .describe("Schedule of base backups, in UTC, from which a recovery begins."),
    keepDays: whole(1, 365).default(7).describe("Days that a recovery can go back."),
  })
  .prefault({})
  .describe("Continuous archive by CloudNativePG's Barman Cloud plugin.");

export const recoverSchema = z
  .strictObject({
    server: server.describe("Name in the bucket of the database whose data a new one begins with."),
    prefix: text("a key prefix, like todo/", /^[^/\s]\S*$/)
      .optional()
      .describe("storage.backup.s3.prefix of the stack that archived it; default: none."),
    time: moment
      .optional()
      .describe("Moment whose data it begins with; default: the last that is archived."),
  })
  .optional()
  .describe("Archive that a new database begins from; default: it begins empty.");

export type ArchiveSettings = z.output<typeof archiveSchema>;
export type RecoverSettings = NonNullable<z.output<typeof recoverSchema>>;

/** Name of a stack's own database in the bucket. */
export const archiveServer = ({ server }: Pick<ArchiveSettings, "server">, namespace: string) =>
  server ?? namespace;
