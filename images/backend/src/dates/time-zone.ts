import * as z from "zod";

/** Request header with the user's time zone; default UTC. */
export const zoneHeader = {
  "x-timezone": z
    .string()
    .refine(isTimeZone, { error: "must be an IANA time zone, like Europe/Paris" })
    .default("UTC")
    .describe("IANA time zone in which days begin and end, and words like tomorrow are read"),
};

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
