import type { ToolInput } from "../../src/tools/tools.ts";

/** A tool call as the tables write it; tasks are named by their titles, dates by the wall clock. */
export type ExpectedCall =
  | readonly ["add", string, Expected?]
  | readonly ["list", Partial<ToolInput<"list_tasks">>]
  | readonly ["complete" | "reopen" | "delete", string]
  | readonly ["update", string, Expected];

/** Attributes of a task; `due` is `YYYY-MM-DD` or `YYYY-MM-DD HH:MM` in Berlin. */
export interface Expected {
  readonly title?: string;
  readonly description?: string;
  readonly priority?: "low" | "medium" | "high";
  readonly due?: string | null;
  readonly repeat?: string | null;
}

/** What a person says in one message, and the calls that it must lead to, in order. */
export interface Phrasing {
  readonly says: string;
  readonly calls: readonly ExpectedCall[];
  /** Part of the reply, where there is more to check than the calls. */
  readonly reply?: RegExp;
  /** Messages sent before in the same conversation. */
  readonly after?: readonly string[];
}

/** Shorthand for the tables. */
export function say(says: string, ...calls: readonly ExpectedCall[]): Phrasing {
  return { says, calls };
}

/** A message that must call nothing, because it asks back or can't be done. */
export function ask(says: string, reply: RegExp, ...after: readonly string[]): Phrasing {
  return { says, calls: [], reply, after };
}

/** A message whose meaning depends on those before it. */
export function then(
  after: readonly string[],
  says: string,
  ...calls: readonly ExpectedCall[]
): Phrasing {
  return { says, calls, after };
}

/** Wednesday, 10:30 in Berlin. */
export const now = new Date("2026-03-04T09:30:00Z");
export const timeZone = "Europe/Berlin";

/** The list that every phrasing meets, in the order of lists: numbers 1 to 8 are open. */
export const startingTasks: readonly (Expected & {
  readonly title: string;
  readonly done?: true;
})[] = [
  { title: "submit tax forms", due: "2026-03-02 12:00", priority: "high" },
  { title: "pay rent", due: "2026-03-05", priority: "high" },
  { title: "call the dentist", due: "2026-03-06 17:00" },
  { title: "buy milk" },
  { title: "email Anna" },
  { title: "email Bob about the budget" },
  { title: "write the report" },
  { title: "water the plants", priority: "low" },
  { title: "clean the kitchen", done: true },
  { title: "send invoice", done: true },
];
