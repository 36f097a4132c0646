import * as z from "zod";

import {
  certificates,
  contradict,
  defaultMode,
  flag,
  postgresUrl,
  whole,
} from "../../lib/fields.ts";

const poolSize = whole(1, 100)
  .optional()
  .describe("Most connections that a pod of the backend opens; default 10. A rollout adds a pod.");

const runAsUser = whole(1, 65535)
  .default(999)
  .describe("User ID of the postgres user in images.postgres: 999 in Debian's, 70 in Alpine's.");

export const databaseSchema = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: defaultMode("bundled").describe("A Postgres in the cluster"),
      keepBundled: z.literal(false, { error: "false with database.mode bundled" }).default(false),
      poolSize,
      runAsUser,
    }),
    z
      .strictObject({
        mode: z.literal("external").describe("Yours, at url"),
        url: postgresUrl.describe("Connection string of your database."),
        caCertificate: certificates
          .optional()
          .describe("CA bundle (PEM) for sslmode=verify-full in the URL; default the system's."),
        keepBundled: flag
          .default(false)
          .describe("Run the bundled database beside it, as a move between them needs."),
        poolSize,
        runAsUser,
      })
      .superRefine(({ url, caCertificate }, issues) => {
        if (caCertificate !== undefined && !/[?&]sslmode=verify-/.test(url)) {
          contradict(
            issues,
            ["caCertificate"],
            "is set, but database.url does not ask for a check of the server's certificate. End the URL with ?sslmode=verify-full, or remove it.",
          );
        }
        if (
          caCertificate === undefined &&
          /[?&]sslmode=verify-ca(&|$)/.test(url) &&
          !url.includes("sslrootcert=")
        ) {
          contradict(
            issues,
            ["caCertificate"],
            "is missing, but database.url has sslmode=verify-ca, which checks against it alone. Set it to the CA bundle of the server, or end the URL with ?sslmode=verify-full.",
          );
        }
      }),
  ])
  .describe("The database.");

export type DatabaseSettings = z.output<typeof databaseSchema>;
