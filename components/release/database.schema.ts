import * as z from "zod";

import {
  certificates,
  contradict,
  defaultMode,
  flag,
  postgresUrl,
  whole,
} from "../../lib/fields.ts";
import { operatorDatabaseSchema } from "../database/operator.schema.ts";
import { workloadPods } from "./pods.schema.ts";

const poolSize = whole(1, 100)
  .optional()
  .describe("Maximum connections per backend pod; default: 10. A rollout runs one more pod.");

const runAsUser = whole(1, 65535)
  .default(999)
  .describe(
    "User ID of the postgres user in images.postgres: 999 in Debian's, 70 in Alpine's, 26 in CloudNativePG's.",
  );

const keepBundled = flag
  .default(false)
  .describe("Also run the bundled database, for a move between them.");

const keepOperator = flag
  .default(false)
  .describe("Also run the operator's database, for a move between them.");

const common = { poolSize, runAsUser, pods: workloadPods, operator: operatorDatabaseSchema };

export const databaseSchema = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: defaultMode("bundled").describe("A Postgres in the cluster"),
      keepBundled: z.literal(false, { error: "false with database.mode bundled" }).default(false),
      keepOperator,
      ...common,
    }),
    z
      .strictObject({
        mode: z.literal("external").describe("Your own, at url"),
        url: postgresUrl
          .optional()
          .describe(
            "Connection string of your database; required unless secrets.existing.database has it.",
          ),
        port: whole(1, 65535)
          .optional()
          .describe(
            "Port of your database, for the NetworkPolicies, if secrets.existing.database has its URL; default: 5432.",
          ),
        caCertificate: certificates
          .optional()
          .describe("CA bundle (PEM) for sslmode=verify-full in the URL; default: the system's."),
        keepBundled,
        keepOperator,
        ...common,
      })
      .superRefine(({ url, port, caCertificate }, issues) => {
        if (url === undefined) return;
        if (port !== undefined) {
          contradict(
            issues,
            ["port"],
            `is ${port}, but database.url is set too, which has the port. Remove it.`,
          );
        }
        if (caCertificate !== undefined && !/[?&]sslmode=verify-/.test(url)) {
          contradict(
            issues,
            ["caCertificate"],
            "is set, but database.url does not verify the server's certificate. End the URL with ?sslmode=verify-full, or remove it.",
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
            "is missing, but database.url has sslmode=verify-ca, which requires it. Set it to the server's CA bundle, or end the URL with ?sslmode=verify-full.",
          );
        }
      }),
    z.strictObject({
      mode: z.literal("operator").describe("Several instances, run by an installed CloudNativePG"),
      keepBundled,
      keepOperator: z.literal(false, { error: "false with database.mode operator" }).default(false),
      ...common,
    }),
  ])
  .describe("The database.");

/** Whether the application uses the database that CloudNativePG runs, or runs beside it. */
export type OperatorUse = "used" | "unused";

/** What the database that CloudNativePG runs is for; undefined: there is none. */
export function operatorUse({
  mode,
  keepOperator,
}: Pick<DatabaseSettings, "mode" | "keepOperator">): OperatorUse | undefined {
  if (mode === "operator") return "used";
  return keepOperator ? "unused" : undefined;
}

export type DatabaseSettings = z.output<typeof databaseSchema>;
