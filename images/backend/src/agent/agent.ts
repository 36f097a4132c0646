import type { TaskChange } from "../tasks/schemas.ts";
import type { ToolCall, ToolInput, Toolbox } from "../tools/tools.ts";

/** One earlier message of a conversation, oldest first in lists. */
export interface PastMessage {
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  /** What the agent wanted to remember with an answer of its own. */
  readonly state: AgentState | null;
}

/** What an answer leaves open, for the next message of the person to settle. */
export type AgentState =
  /** Asked whether to delete these tasks. */
  | { readonly asked: "delete"; readonly ids: readonly string[] }
  /** Asked whether to add these tasks. */
  | { readonly asked: "add"; readonly tasks: readonly ToolInput<"add_task">[] }
  /** Asked which of these tasks was meant, to do this with it. */
  | { readonly asked: "which"; readonly ids: readonly string[]; readonly then: TaskAction };

/** A tool call that lacks only the task. */
export type TaskAction =
  | { readonly tool: "complete_task"; readonly completed: boolean }
  | { readonly tool: "update_task"; readonly change: TaskChange }
  | { readonly tool: "delete_task" };

/** What an agent gets to answer one message. */
export interface Question {
  readonly message: string;
  readonly history: readonly PastMessage[];
  readonly tools: Toolbox;
  /** When the message was sent; "tomorrow" counts from here. */
  readonly now: Date;
  /** IANA name of the person's time zone, e.g. `Europe/Paris`. */
  readonly timeZone: string;
  /** Told of every tool call as it happens. */
  readonly onTool: (call: ToolCall) => void;
  /** Told of every piece of the reply as it comes. */
  readonly onText: (text: string) => void;
}

export interface Answer {
  readonly reply: string;
  readonly toolCalls: readonly ToolCall[];
  readonly agent: AgentName;
  /** True when the language model should have answered but couldn't. */
  readonly degraded: boolean;
  readonly state: AgentState | null;
}

export type AgentName = "openai" | "builtin";

/** Answers messages by calling tools. */
export interface Agent {
  /** @throws DatabaseAway and other faults that are not the person's. */
  answer(question: Question): Promise<Answer>;
}
