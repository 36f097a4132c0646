import * as z from "zod";

import { backupsSchema } from "../components/backups/backups.schema.ts";
import { clusterSchema } from "../components/cluster/cluster.schema.ts";
import { imagesSchema } from "../components/images/images.schema.ts";
import { monitoringSchema } from "../components/monitoring/monitoring.schema.ts";
import { backendSchema, frontendSchema } from "../components/release/apps.schema.ts";
import { databaseSchema } from "../components/release/database.schema.ts";
import { networkSchema } from "../components/release/network.schema.ts";
import { openaiSchema, secretsSchema } from "../components/secrets/secrets.schema.ts";
import { storageSchema } from "../components/storage/storage.schema.ts";

/**
 * Everything a stack file may say under `todo-chatbot:`, with its defaults.
 *
 * Strict, because the engine itself accepts and ignores what Pulumi.yaml doesn't know, down to
 * `replicas: -5`.
 */
export const schema = z.strictObject({
  cluster: clusterSchema.prefault({}),
  images: imagesSchema.prefault({}),
  backend: backendSchema.prefault({}),
  frontend: frontendSchema.prefault({}),
  database: databaseSchema.prefault({}),
  storage: storageSchema
    .extend({ backup: backupsSchema.prefault({}) })
    .prefault({})
    .describe("The database's disk, and backups of it."),
  network: networkSchema.prefault({}),
  monitoring: monitoringSchema.prefault({}),
  secrets: secretsSchema.prefault({}),
  openai: openaiSchema.prefault({}),
});

/** The settings of a stack, every default filled in. Secrets are plain text here. */
export type Settings = z.output<typeof schema>;

/** Groups that are each fine and together are not: the path, and what is said after it. */
export function* contradictions({
  cluster,
  images,
}: Pick<Settings, "cluster" | "images">): Generator<readonly [path: string, sentence: string]> {
  const { registry } = images;
  if (cluster.kind === "remote" && images.mode === "build" && registry === undefined) {
    yield [
      "images.registry",
      "is missing, but a remote cluster pulls its images. Name a registry that you may push to, or set images.mode to prebuilt.",
    ];
  }
  if (cluster.kind !== "remote" && registry !== undefined) {
    yield [
      "images.registry",
      `is "${registry}", but a ${cluster.kind} cluster gets its images from Docker directly. Remove it.`,
    ];
  }
}
