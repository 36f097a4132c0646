import * as z from "zod";

const zone = z
  .string()
  .refine(isTimeZone, { error: "must be an IANA time zone, like Europe/Paris" });
const meaning = "IANA time zone in which days begin and end, and words like tomorrow are read";

/** Request header with the user's time zone; default UTC. */
export const zoneHeader = { "x-timezone": zone.default("UTC").describe(meaning) };
/** The same where there may be another default. */
export const optionalZoneHeader = { "x-timezone": zone.optional().describe(meaning) };

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
