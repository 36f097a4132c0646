import * as z from "zod";

import { flag, objectName, oneOf, size } from "../../lib/fields.ts";

export const storageSchema = z.strictObject({
  claimName: objectName("the name of a PVC")
    .default("todo-chatbot-data")
    .describe("Name of the database's PVC; only used at the first deployment."),
  storageClassName: objectName("the name of a StorageClass")
    .optional()
    .describe("StorageClass of both PVCs; default: the cluster's."),
  size: size.default("1Gi").describe("Size of the database's PVC."),
  accessMode: oneOf(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"])
    .default("ReadWriteOnce")
    .describe("Access mode of the database's PVC."),
  protect: flag
    .default(true)
    .describe("Keep the namespace, PVCs and the database's password on destroy."),
});

export type StorageSettings = z.output<typeof storageSchema>;
