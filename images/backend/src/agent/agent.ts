import type { Task, TaskChange } from "../tasks/schemas.ts";
import type { ToolCall, ToolInput, Toolbox } from "../tools/tools.ts";

/** An earlier message of a conversation. */
export interface PastMessage {
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  /** State that the agent stored with its answer. */
  readonly state: AgentState | null;
}

/** What the next message can be about. */
export type AgentState =
  | OpenQuestion
  /** Asked nothing, but changed these tasks, which are as they were before. */
  | {
      readonly asked: "nothing";
      readonly was: readonly Task[];
      /** Ids in the order that the numbers in the message meant. */
      readonly order?: readonly string[];
      /** Ids of the tasks that were told about. */
      readonly about?: readonly string[];
    };

/** The open question of an answer, for the user's next message to settle. */
export type OpenQuestion =
  /** Asked whether to delete, or complete, all of these tasks. */
  | { readonly asked: "delete" | "complete"; readonly ids: readonly string[] }
  /** Asked whether to change all of these tasks like that. */
  | { readonly asked: "change"; readonly ids: readonly string[]; readonly change: TaskChange }
  /** Asked whether to add these tasks. */
  | { readonly asked: "add"; readonly tasks: readonly ToolInput<"add_task">[] }
  /** Asked which of these tasks was meant, to run this action on it. */
  | { readonly asked: "which"; readonly ids: readonly string[]; readonly then: TaskAction };

/** A tool call that lacks only the task. */
export type TaskAction =
  | { readonly tool: "complete_task"; readonly completed: boolean }
  | { readonly tool: "update_task"; readonly change: TaskChange }
  | { readonly tool: "delete_task" };

/** The input of an agent for one answer. */
export interface Question {
  readonly message: string;
  readonly history: readonly PastMessage[];
  readonly tools: Toolbox;
  /** When the message was sent; "tomorrow" is relative to it. */
  readonly now: Date;
  /** IANA name of the user's time zone, e.g. `Europe/Paris`. */
  readonly timeZone: string;
  /** Whether the user writes dates like 3/4 with the day first; default false. */
  readonly isDayFirst?: boolean;
  /** Called for every tool call. */
  readonly onTool: (call: ToolCall) => void;
  /** Called with every chunk of the reply. */
  readonly onText: (text: string) => void;
}

export interface Answer {
  readonly reply: string;
  readonly toolCalls: readonly ToolCall[];
  readonly agent: AgentName;
  /** Whether the language model should have answered but couldn't. */
  readonly degraded: boolean;
  readonly state: AgentState | null;
}

export type AgentName = "openai" | "builtin";

/** Answers messages by calling tools. */
export interface Agent {
  /** @throws DatabaseUnavailable and other errors that are not the user's. */
  answer(question: Question): Promise<Answer>;
}
