import * as z from "zod";

import { flag, listOf, oneOf, text } from "../../lib/fields.ts";

/** Days without a newer vulnerability database until a scan says nothing any more. */
export const maxDatabaseDays = 5;

const acceptSchema = z.strictObject({
  id: text("the ID of a vulnerability, like CVE-2026-1234", /^[A-Za-z]+-[\w:.-]+$/).describe(
    "ID of a vulnerability, of its advisory or of the CVE.",
  ),
  until: text("a date, like 2026-12-31", /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/).describe(
    "Last day, in UTC, on which it does not count.",
  ),
  reason: text("the reason").describe("Why it may wait."),
});

export const scanSchema = z
  .strictObject({
    mode: oneOf(["report", "enforce", "off"])
      .default("report")
      .describe(
        "What to do with what Grype finds: report it in the outputs, also refuse the update (enforce), or don't scan (off).",
      ),
    failOn: oneOf(["critical", "high", "medium", "low"])
      .default("high")
      .describe("Lowest severity with which an image fails."),
    onlyFixed: flag
      .default(false)
      .describe("Whether only vulnerabilities count that a newer version fixes."),
    accept: listOf(acceptSchema, "a list of vulnerabilities, each with id, until and reason")
      .default([])
      .describe("Vulnerabilities that don't count until a date."),
  })
  .describe("Scan of all images for known vulnerabilities, with Grype.");

export type ScanSettings = z.output<typeof scanSchema>;
