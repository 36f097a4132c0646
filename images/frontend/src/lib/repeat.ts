/** Rules by which tasks repeat, as the backend writes them (RRULE of RFC 5545). */

const weekdays: Readonly<Record<string, string>> = {
  ...{ MO: "Monday", TU: "Tuesday", WE: "Wednesday", TH: "Thursday", FR: "Friday" },
  ...{ SA: "Saturday", SU: "Sunday" },
};
const units: Readonly<Record<string, string>> = {
  ...{ DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" },
};
const months = [
  ...["January", "February", "March", "April", "May", "June", "July", "August"],
  ...["September", "October", "November", "December"],
];
const workWeek = "MO,TU,WE,TH,FR";

/** What a form offers; the day is that of the due date. */
export const repeatChoices: readonly (readonly [rule: string, label: string])[] = [
  ["", "Never"],
  ["FREQ=DAILY", "Every day"],
  [`FREQ=WEEKLY;BYDAY=${workWeek}`, "Every weekday"],
  ["FREQ=WEEKLY", "Every week"],
  ["FREQ=WEEKLY;INTERVAL=2", "Every 2 weeks"],
  ["FREQ=MONTHLY", "Every month"],
  ["FREQ=YEARLY", "Every year"],
];

/** Such as `Every 2 weeks on Friday`. */
export function describeRepeat(rule: string): string {
  const given = new Map(rule.split(";").map((part) => part.split("=") as [string, string]));
  const interval = given.get("INTERVAL");
  const unit = units[given.get("FREQ") ?? ""] ?? "time";
  const every = interval === undefined ? `Every ${unit}` : `Every ${interval} ${unit}s`;
  const byDay = given.get("BYDAY");
  const days = byDay?.split(",").map(nameOf) ?? [];
  if (byDay === workWeek && interval === undefined) return "Every weekday";
  if (days.length > 0 && unit === "week" && interval === undefined) return `Every ${join(days)}`;
  if (days.length > 0) return `${every} on ${join(days)}`;
  const [month, date] = [given.get("BYMONTH"), given.get("BYMONTHDAY")];
  if (month !== undefined) return `${every} on ${date ?? ""} ${months[Number(month) - 1] ?? ""}`;
  if (date === undefined) return every;
  return `${every} on the ${date === "-1" ? "last day" : ordinal(date)}`;
}

function nameOf(day: string): string {
  const [, place = "", name = ""] = /^(-?\d*)(\w\w)$/.exec(day) ?? [];
  const weekday = weekdays[name] ?? "";
  return place === "" ? weekday : `the ${place === "-1" ? "last" : ordinal(place)} ${weekday}`;
}

function ordinal(number: string): string {
  const ending = /1[123]$/.test(number) ? "th" : ["th", "st", "nd", "rd"][Number(number) % 10];
  return `${number}${ending ?? "th"}`;
}

function join(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " and $1");
}
