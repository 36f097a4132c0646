import * as z from "zod";

import { backupsSchema } from "../components/backups/backups.schema.ts";
import { clusterSchema } from "../components/cluster/cluster.schema.ts";
import { imagesSchema } from "../components/images/images.schema.ts";
import { monitoringSchema } from "../components/monitoring/monitoring.schema.ts";
import { backendSchema, frontendSchema } from "../components/release/apps.schema.ts";
import { databaseSchema } from "../components/release/database.schema.ts";
import { networkSchema } from "../components/release/network.schema.ts";
import { podsSchema } from "../components/release/pods.schema.ts";
import { telemetrySchema } from "../components/release/telemetry.schema.ts";
import { openaiSchema, secretsSchema, smtpSchema } from "../components/secrets/secrets.schema.ts";
import { storageSchema } from "../components/storage/storage.schema.ts";

/**
 * All settings of a stack file under `todo-chatbot:`, with their defaults.
 *
 * Strict, because the engine ignores keys that Pulumi.yaml does not declare, and accepts `replicas: -5`.
 */
export const schema = z.strictObject({
  cluster: clusterSchema.prefault({}),
  images: imagesSchema.prefault({}),
  backend: backendSchema.prefault({}),
  frontend: frontendSchema.prefault({}),
  database: databaseSchema.prefault({}),
  pods: podsSchema.prefault({}),
  storage: storageSchema
    .extend({ backup: backupsSchema.prefault({}) })
    .prefault({})
    .describe("Storage and backups of the database."),
  network: networkSchema.prefault({}),
  monitoring: monitoringSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
  secrets: secretsSchema.prefault({}),
  openai: openaiSchema.prefault({}),
  smtp: smtpSchema.prefault({}),
});

/** The settings of a stack, with all defaults. Secrets are plain text here. */
export type Settings = z.output<typeof schema>;
