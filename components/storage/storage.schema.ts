import * as z from "zod";

import { flag, objectName, oneOf, size } from "../../lib/fields.ts";

export const storageSchema = z.strictObject({
  claimName: objectName("the name of a PVC")
    .default("todo-chatbot-data")
    .describe("Name of the database's PVC; it counts at the first deployment only."),
  storageClassName: objectName("the name of a StorageClass")
    .optional()
    .describe("StorageClass of both PVCs; default the cluster's."),
  size: size.default("1Gi").describe("Size of the database's PVC."),
  accessMode: oneOf(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"])
    .default("ReadWriteOnce")
    .describe("Access mode of the database's PVC."),
  protect: flag
    .default(true)
    .describe("Keep the data at destroy: namespace, PVCs and the database's password."),
});

export type StorageSettings = z.output<typeof storageSchema>;
