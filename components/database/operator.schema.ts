import * as z from "zod";

import { cpu, memory, objectName, size, whole } from "../../lib/fields.ts";
import { archiveSchema, recoverSchema } from "./archive.schema.ts";

export const operatorDatabaseSchema = z
  .strictObject({
    instances: whole(3, 9)
      .default(3)
      .describe("Number of instances: a primary, and replicas of which one confirms each write."),
    storageClassName: objectName("the name of a StorageClass")
      .optional()
      .describe("StorageClass of the instances' PVCs; default: storage.storageClassName."),
    size: size.optional().describe("Size of each instance's PVC; default: storage.size."),
    resources: z
      .strictObject({
        requests: z
          .strictObject({
            cpu: cpu.default("100m").describe("CPU request of an instance."),
            memory: memory.default("256Mi").describe("Memory request of an instance."),
          })
          .prefault({}),
        limits: z
          .strictObject({
            cpu: cpu.default("1000m").describe("CPU limit of an instance."),
            memory: memory.default("512Mi").describe("Memory limit of an instance."),
          })
          .prefault({}),
      })
      .prefault({}),
    archive: archiveSchema,
    recover: recoverSchema,
  })
  .prefault({})
  .describe("The database that CloudNativePG runs with mode operator.");

export type OperatorDatabaseSettings = z.output<typeof operatorDatabaseSchema>;
