/** Types of the backend's API; /api/openapi.json is the full reference. */

export type Priority = "low" | "medium" | "high";

export interface Task {
  readonly id: string;
  readonly title: string;
  /** Empty when there is none. */
  readonly description: string;
  readonly completed: boolean;
  readonly priority: Priority;
  /** The day on which it is due, if it has no time; undefined in old conversations. */
  readonly dueOn?: string | null;
  /** ISO 8601, or null for no due date; with a day, its last minute where it was set. */
  readonly dueAt: string | null;
  /** The rule by which it repeats, like `FREQ=DAILY`; undefined in old conversations. */
  readonly repeat?: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Counts the changes. */
  readonly version: number;
}

export const taskSorts = ["due", "priority", "title", "created"] as const;

/** Which tasks to list, and in which order. */
export interface TaskView {
  readonly status: "all" | "pending" | "completed";
  /** Words to search for; empty for all tasks. */
  readonly q: string;
  readonly sort: (typeof taskSorts)[number];
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** Cursor of the next page. */
  readonly next: string | undefined;
}

/** How much of the limits the tasks take. */
export interface TaskUsage {
  readonly pending: number;
  readonly completed: number;
  readonly maximumTasks: number;
  readonly textBytes: number;
  readonly maximumTextBytes: number;
}

/** The editable fields of a task. */
export interface TaskFields {
  readonly title: string;
  readonly description: string;
  readonly priority: Priority;
  /** At most one of both is not null. */
  readonly dueOn: string | null;
  readonly dueAt: string | null;
  readonly repeat: string | null;
}

export const lineParts = ["due", "repeat", "priority"] as const;
export type LinePart = (typeof lineParts)[number];

/** A new task as one types it: "pay rent tomorrow 9am !high". */
export interface TaskLine {
  readonly text: string;
  /** What is not meant; its words stay in the title. */
  readonly keep: readonly LinePart[];
}

/** What the server reads in a line. */
export interface ReadLine extends Pick<TaskFields, "title" | "dueOn" | "dueAt" | "repeat"> {
  readonly priority: Priority | null;
}

export type TaskPatch = Partial<TaskFields & { readonly completed: boolean }>;

export interface ToolCall {
  readonly name: string;
  readonly arguments: unknown;
  readonly result: unknown;
}

export type Agent = "openai" | "builtin";

export interface ChatAnswer {
  readonly conversationId: string;
  readonly reply: string;
  readonly toolCalls: readonly ToolCall[];
  readonly agent: Agent;
}

export interface Conversation {
  readonly id: string;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface StoredMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly toolCalls: readonly ToolCall[] | null;
  readonly agent: Agent | null;
  readonly createdAt: string;
}

export interface User {
  readonly id: string;
  readonly email: string;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Of an earlier sign-in in this browser, so that others can't lock it out. */
  readonly device?: string | undefined;
}

/** A signed-in browser, app or script. */
export interface ClientSession {
  readonly id: string;
  /** Its User-Agent. */
  readonly client: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly isThis: boolean;
}

/** What signing in offers. */
export interface AuthOptions {
  /** Whether the server mails links to set a new password. */
  readonly resetByMail: boolean;
}

export interface SignedIn {
  readonly token: string;
  readonly user: User;
  readonly device?: string;
}

/** RFC 9457. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Finds the request in the server's log. */
  readonly requestId?: string;
  /** The task as it is now, when a change was based on an older version. */
  readonly current?: Task;
}

/** What was changed, here or elsewhere. */
export interface Change {
  readonly tasks: boolean;
  /** Ids, or "any". */
  readonly conversations: readonly string[] | "any";
}

/** A piece of a streamed answer. */
export type ChatEvent =
  | { readonly type: "start"; readonly conversationId: string }
  | { readonly type: "tool"; readonly call: ToolCall }
  | { readonly type: "delta"; readonly text: string }
  | { readonly type: "done"; readonly answer: ChatAnswer }
  | { readonly type: "error"; readonly problem: Problem };
