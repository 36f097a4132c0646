import { readFile } from "node:fs/promises";

import * as z from "zod";

/** Mount path of the ConfigMap image-scan, which `npm start` and `npm run todo -- scan` write. */
const scanFile = "/scan/scan.json";

const scanSchema = z.array(
  z.object({
    image: z.string(),
    /** Date of the vulnerability database, ISO 8601. */
    database: z.iso.datetime(),
    /** Number of vulnerabilities with which the image fails. */
    failing: z.int().nonnegative(),
    /** Number of vulnerabilities by severity. */
    counts: z.record(z.string(), z.int().nonnegative()),
  }),
);

/** A deployed image, as it was last scanned. */
export type ScannedImage = z.output<typeof scanSchema>[number];

/** The latest scan of the deployed images, for the metrics; empty if there is none. */
export async function lastScan(file = scanFile): Promise<readonly ScannedImage[]> {
  const text = await readFile(file, "utf8").catch(() => "[]");
  return scanSchema.parse(JSON.parse(text));
}
