import * as z from "zod";

/** Request header of routes that read texts with dates. */
export const languageHeader = {
  "accept-language": z
    .string()
    .optional()
    .describe(
      "Its first language tells whether 3/4 is 3 April (en-GB) or March 4 (en-US, the default)",
    ),
};

/** Whether the first language of an Accept-Language header writes the day before the month. */
export function isDayFirst(acceptLanguage: string | undefined): boolean {
  const language = /^\s*([a-z]{2,3}(?:-[a-z0-9]{2,8})*)/i.exec(acceptLanguage ?? "")?.[1];
  if (language === undefined) return false;
  try {
    const format = new Intl.DateTimeFormat(language, { month: "numeric", day: "numeric" });
    const parts = format.formatToParts().map(({ type }) => type);
    return parts.indexOf("day") < parts.indexOf("month");
  } catch {
    return false;
  }
}
