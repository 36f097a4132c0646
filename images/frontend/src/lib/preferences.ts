/**
 * How this browser shows and reads dates. Kept in the browser: devices differ, and what is automatic
 * fits nearly always.
 */
import { readStored, watchStored, writeStored } from "./storage.ts";

export const dateOrders = ["auto", "day", "month"] as const;
export const weekStarts = ["auto", "monday", "saturday", "sunday"] as const;

export interface Preferences {
  /** Of the parts of dates like 3/4. */
  readonly dateOrder: (typeof dateOrders)[number];
  readonly weekStart: (typeof weekStarts)[number];
  /** IANA name, or "auto" for the browser's. */
  readonly timeZone: string;
}

const automatic: Preferences = { dateOrder: "auto", weekStart: "auto", timeZone: "auto" };
const storedAs = "preferences";

let current = read();
const listeners = new Set<() => void>();
if (typeof addEventListener === "function") watchStored(storedAs, adopt);

function read(): Preferences {
  const { dateOrder, weekStart, timeZone } = (readStored(storedAs) ?? {}) as Partial<Preferences>;
  return {
    dateOrder: dateOrders.find((known) => known === dateOrder) ?? "auto",
    weekStart: weekStarts.find((known) => known === weekStart) ?? "auto",
    timeZone: timeZone !== undefined && isTimeZone(timeZone) ? timeZone : "auto",
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function adopt(): void {
  current = read();
  for (const listener of listeners) listener();
}

export function preferences(): Preferences {
  return current;
}

export function setPreferences(change: Partial<Preferences>): void {
  const next = { ...current, ...change };
  writeStored(storedAs, JSON.stringify(next) === JSON.stringify(automatic) ? undefined : next);
  current = next;
  for (const listener of listeners) listener();
}

export function watchPreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The page is in English, so its dates are too. */
export function pageLocale(languages: readonly string[]): string {
  return languages.find((language) => /^en\b/i.test(language)) ?? "en-GB";
}

/** The locale of dates; that of times is always the browser's. */
export function dateLocale(languages = navigator.languages): string {
  return { auto: pageLocale(languages), day: "en-GB", month: "en-US" }[current.dateOrder];
}

/** What to ask the server for; undefined for what the browser sends by itself. */
export function acceptedLanguage(): string | undefined {
  return current.dateOrder === "auto" ? undefined : dateLocale();
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function timeZone(): string {
  return current.timeZone === "auto" ? browserZone() : current.timeZone;
}

/** What TypeScript doesn't know yet. */
interface WeekInfo {
  readonly getWeekInfo: () => { readonly firstDay: number };
}

/** The first day of the week, 0 for Sunday. */
export function firstWeekday(languages = navigator.languages): number {
  if (current.weekStart !== "auto") return { sunday: 0, monday: 1, saturday: 6 }[current.weekStart];
  try {
    const locale = new Intl.Locale(languages[0] ?? "en-GB") as Intl.Locale & WeekInfo;
    // From 1 for Monday to 7 for Sunday.
    return locale.getWeekInfo().firstDay % 7;
  } catch {
    // An older browser.
    return 1;
  }
}
