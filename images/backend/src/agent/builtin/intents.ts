import type { Task, TaskChange, TaskStatus } from "../../tasks/schemas.ts";
import type { ToolInput } from "../../tools/tools.ts";
import type { Shift } from "./shifts.ts";

/** One request of a message, which can have several. */
export type Intent =
  | {
      readonly kind: "add";
      readonly tasks: readonly NewTaskWords[];
      readonly reminder: boolean;
      /** A phrase in a title that looks like a date but can't be read. */
      readonly unread?: string | undefined;
      /** Words in a title that are rather said about the task. */
      readonly stray?: string | undefined;
      /** What to say besides, such as what is left out. */
      readonly notes?: readonly string[];
      readonly said: Wording;
    }
  | {
      readonly kind: "list";
      readonly filter: ListFilter;
      readonly answer: ListAnswer;
      readonly except?: Reference | undefined;
    }
  | { readonly kind: "show"; readonly reference: Reference }
  /** What no filter of a list tells: "what repeats?", "which ones have no date?" */
  | { readonly kind: "which"; readonly tasks: "repeating" | "undated" }
  | {
      readonly kind: "complete";
      readonly reference: Reference;
      readonly completed: boolean;
      readonly doubt?: Doubt;
    }
  | {
      readonly kind: "update";
      readonly reference: Reference;
      readonly doubt?: Doubt;
      readonly change: TaskChange;
      /** What else the words can mean, if there is no such task. */
      readonly otherwise?: Intent;
    }
  /** A change of the due date that depends on the date that the task has. */
  | { readonly kind: "shift"; readonly reference: Reference; readonly by: Shift }
  | { readonly kind: "delete"; readonly reference: Reference; readonly doubt?: Doubt }
  /** "No, the flight", "not the flight but the train": about what was done last. */
  | { readonly kind: "correct"; readonly words: string; readonly instead?: string | undefined }
  /** "And the plants too": do what was done last to another task. */
  | { readonly kind: "too"; readonly words: string }
  | { readonly kind: "undo" }
  /** What day it is. */
  | { readonly kind: "today" }
  /** A command that lacks its object, or what to do with it. */
  | { readonly kind: "incomplete"; readonly reference?: Reference }
  /** Needs only a reply. */
  | {
      readonly kind: "too-long" | "kept" | "greeting" | "thanks" | "help" | "yes" | "no";
    }
  /** Understood, but not supported by the tools. */
  | { readonly kind: "unsupported"; readonly what: keyof typeof unsupported }
  /** A change whose date can't be read. */
  | { readonly kind: "unread"; readonly phrase: string }
  /** Could be a task to add. */
  | { readonly kind: "unclear"; readonly text: string };

/**
 * Where the words of a change may mean something else, so that it is asked about: always, where
 * they give only a part of the title ("forget Anna"), or where that is a name ("Bob is important").
 */
export type Doubt = "always" | "part" | "name";

/**
 * How a new task is said, which tells how sure it is that it is one: "add buy milk", "I need to buy
 * milk", "note that the milk is sour", or just "buy milk", which may be a command instead.
 */
export type Wording = "told" | "wished" | "noted" | "bare";

export type NewTaskWords = ToolInput<"add_task">;

/** How a list is told: its tasks, their number, or where to start. */
export type ListAnswer = "tasks" | "count" | "advice";

/** Which tasks a list, or an action on many, is about. */
export interface ListFilter {
  readonly status: TaskStatus;
  readonly search?: string | undefined;
  readonly priority?: Task["priority"] | undefined;
  readonly dueAfter?: string | undefined;
  readonly dueBefore?: string | undefined;
  /** Label of the dates for headings, e.g. "due today". */
  readonly label?: string | undefined;
}

/** How a message refers to tasks. */
export type Reference =
  /** Numbers in the last list, from 1; -1 is the last one. */
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  /** Words of the title, or alternative ones in `or`; `many` if all matches are meant. */
  | {
      readonly kind: "words";
      readonly words: string;
      readonly many: boolean;
      readonly or?: string;
      /** Of a report that the task is done; the task's own verb may differ. */
      readonly verb?: string;
      readonly except?: Reference | undefined;
    }
  /** All tasks that match a filter. */
  | { readonly kind: "all"; readonly filter: ListFilter; readonly except?: Reference | undefined }
  /** "It" or "them": the tasks mentioned before. */
  | { readonly kind: "previous"; readonly many: boolean; readonly count?: number }
  /** The task that was added last. */
  | { readonly kind: "newest" };

/** Replies to requests that no tool supports. */
export const unsupported = {
  repeat: "I can't repeat tasks within a day; every day is the most often.",
  alarm: "I can't set alarms or timers; I can add a task with a date and time.",
  share: "I can't share tasks or assign them to others; this list is yours alone.",
  organize:
    "I have one list, without tags, folders or subtasks; priorities and due dates I do have.",
  sort: "Lists are always in order of due date, then priority; I can't sort them otherwise.",
  part: 'I can\'t change a part of a title; give me all of it, as in "rename 5 to buy bread".',
  undo: "I can undo only what my last answer did.",
  outside: "I can't do that; I only look after your tasks.",
} as const;
