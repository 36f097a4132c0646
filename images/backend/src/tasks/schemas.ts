import * as z from "zod";

import { parseRepeat } from "../dates/repeat.ts";
import { text } from "../http/text.ts";

export const priorities = ["low", "medium", "high"] as const;

const title = text({ min: 1, max: 200 }).describe("What is to be done, on one line");
const description = text({ max: 2000 }).describe("Details; empty when there are none");
const completed = z.boolean().describe("True once it is done");
const priority = z.enum(priorities);
const dueOn = z.iso
  .date({ error: "must be a day, like 2026-05-01", abort: true })
  .refine(isPlausible, { error: "must be in the years 1900 to 2200" })
  .nullable()
  .describe(
    "The day on which it is due, like 2026-05-01, in the years 1900 to 2200, if it has no time: " +
      "the same day in every time zone; null for no due date",
  );
const dueAt = z.iso
  .datetime({
    offset: true,
    error: "must be an ISO 8601 time with offset, like 2026-05-01T17:00:00Z",
    abort: true,
  })
  .refine(isPlausible, { error: "must be in the years 1900 to 2200" })
  .nullable()
  .describe(
    "The time at which it is due, ISO 8601 with offset, in the years 1900 to 2200; null for no " +
      "due date. Use dueOn instead for a day without a time",
  );

/** Each of both replaces the other. */
export function hasOneDue(due: {
  readonly dueOn?: string | null | undefined;
  readonly dueAt?: string | null | undefined;
}): boolean {
  return due.dueOn == null || due.dueAt == null;
}
export const bothDues = {
  error: "must have either dueOn, a day, or dueAt, a time, not both; leave out the other",
};

const repeat = z
  .string()
  .max(100)
  .refine((rule) => parseRepeat(rule) !== undefined, {
    error:
      "must be a rule like FREQ=DAILY, FREQ=WEEKLY;INTERVAL=2;BYDAY=FR, FREQ=MONTHLY;BYMONTHDAY=1 " +
      "or FREQ=MONTHLY;BYDAY=-1FR",
  })
  .nullable()
  .describe(
    "How it repeats, as an RRULE of RFC 5545 (FREQ, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH); null if it " +
      "doesn't. Completing it adds the next one. Without a due date the first day is used",
  );

export const taskId = z.uuid().describe("Id of a task");

/** A task in responses; times are ISO 8601 in UTC. */
export const task = z.object({
  id: taskId,
  title: z.string(),
  description: z.string(),
  completed,
  priority,
  dueOn: z.iso.date().nullable().describe("The day on which it is due, if it has no time"),
  dueAt: z.iso
    .datetime()
    .nullable()
    .describe("When it is due; with dueOn, the last minute of that day where it was set"),
  repeat: z.string().nullable().describe("The rule by which it repeats (RRULE)"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  version: z.int().describe("Counts changes; the ETag is this number in quotes"),
});
export type Task = z.output<typeof task>;

/** SQL of the columns of a task. */
export const columns = `id, title, description, completed, priority, due_on::text AS "dueOn", due_at AS "dueAt",
  repeat, created_at AS "createdAt", updated_at AS "updatedAt", version`;

/** SQL of the bytes of a text in JSON. */
export const sizeOf = (text: string): string => `octet_length(to_json(${text})::text)`;

/** How much of the limits a user's tasks take. */
export const taskUsage = z.object({
  pending: z.int().describe("Number of pending tasks"),
  completed: z.int().describe("Number of completed tasks"),
  maximumTasks: z.int().describe("Most tasks, pending and completed"),
  textBytes: z.int().describe("Bytes of all titles and descriptions, as JSON"),
  maximumTextBytes: z.int().describe("Most bytes of them"),
});
export type TaskUsage = z.output<typeof taskUsage>;

/** A new task; only the title is required. */
export const newTask = z
  .strictObject({
    title,
    description: description.default(""),
    priority: priority.default("medium"),
    dueOn: dueOn.default(null),
    dueAt: dueAt.default(null),
    repeat: repeat.default(null),
  })
  .refine(hasOneDue, bothDues);
export type NewTask = z.output<typeof newTask>;

/** Changes to a task; at least one field. */
export const taskChange = z
  .strictObject({ title, description, completed, priority, dueOn, dueAt, repeat })
  .partial()
  .refine((change) => Object.keys(change).length > 0, {
    error:
      "must name at least one of title, description, completed, priority, dueOn, dueAt, repeat",
  })
  .refine(hasOneDue, bothDues);
export type TaskChange = z.output<typeof taskChange>;

const noTag = 'must be * or a list of ETags of tasks, like "3"';

/** Request headers of a change; `if-match` becomes the versions that it may be based on. */
export const changeHeaders = z.looseObject({
  "if-match": z
    .string()
    .regex(/^(?:\*|(?:W\/)?"\d{1,9}"(?:\s*,\s*(?:W\/)?"\d{1,9}")*)$/, { error: noTag })
    .transform((tags) => (tags === "*" ? undefined : (tags.match(/\d+/g) ?? []).map(Number)))
    .optional()
    .describe("ETag of the task that the change is based on; 409 if it has changed since"),
});

export const taskStatus = z.enum(["all", "pending", "completed"]);
export type TaskStatus = z.output<typeof taskStatus>;

/** Other years are typing errors, such as the year 26. */
function isPlausible(date: string): boolean {
  const year = Number(date.slice(0, 4));
  return year >= 1900 && year <= 2200;
}
