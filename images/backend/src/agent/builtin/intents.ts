import type { Task, TaskChange, TaskStatus } from "../../tasks/schemas.ts";
import type { ToolInput } from "../../tools/tools.ts";

/** One thing that a message asks for; a message can ask for several. */
export type Intent =
  | { readonly kind: "add"; readonly tasks: readonly NewTaskWords[]; readonly reminder: boolean }
  | { readonly kind: "list"; readonly filter: ListFilter; readonly count: boolean }
  | { readonly kind: "show"; readonly reference: Reference }
  | { readonly kind: "complete"; readonly reference: Reference; readonly completed: boolean }
  | { readonly kind: "update"; readonly reference: Reference; readonly change: TaskChange }
  | { readonly kind: "delete"; readonly reference: Reference }
  | { readonly kind: "undo" }
  /** Nothing to do but to answer; "incomplete" is a command without its object. */
  | { readonly kind: "incomplete" | "too-long" | "greeting" | "thanks" | "help" | "yes" | "no" }
  /** Understood, but not something that the tools can do. */
  | { readonly kind: "unsupported"; readonly what: keyof typeof unsupported }
  /** Could be a task that is to be added. */
  | { readonly kind: "unclear"; readonly text: string };

export type NewTaskWords = ToolInput<"add_task">;

/** Which tasks a list, or an action on many, is about. */
export interface ListFilter {
  readonly status: TaskStatus;
  readonly search?: string | undefined;
  readonly priority?: Task["priority"] | undefined;
  readonly dueAfter?: string | undefined;
  readonly dueBefore?: string | undefined;
  /** How a heading calls the dates, e.g. "due today". */
  readonly label?: string | undefined;
}

/** How a person points at tasks. */
export type Reference =
  /** As numbered in the list that was shown last, from 1; -1 is the last one. */
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  /** By words of the title, or else by these; `many` when the person means all that match. */
  | {
      readonly kind: "words";
      readonly words: string;
      readonly many: boolean;
      readonly or?: string;
    }
  /** Every task of a kind. */
  | { readonly kind: "all"; readonly filter: ListFilter }
  /** "It", or "them": what was talked about before. */
  | { readonly kind: "previous"; readonly many: boolean }
  /** The task that was added last. */
  | { readonly kind: "newest" };

/** What people ask for that there is no tool for, and the honest answer. */
export const unsupported = {
  repeat: "I can't repeat tasks; give me one date and I'll add it once.",
  share: "I can't share tasks or assign them to others; this list is yours alone.",
  organize:
    "I have one list without tags, folders or subtasks; priorities and due dates I do have.",
  sort: "Lists are always in order of due date, then priority; I can't sort them otherwise.",
  outside: "I can't do that; I only look after your tasks.",
} as const;
