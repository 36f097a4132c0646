/** The state of a conversation: a pure reducer. */
import type { Agent, ChatAnswer, StoredMessage, ToolCall } from "../api/types.ts";
import type { UnsentMessage } from "./session.ts";

export interface ChatMessage {
  readonly key: string;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  readonly agent: Agent | undefined;
  /** When it was stored, in ISO 8601; undefined if it was sent since the page was opened. */
  readonly storedAt: string | undefined;
  /**
   * `unsent`: the server never received it. `cut`: the answer was interrupted. `stopped`: the
   * user stopped it. A `cut` answer may have changed tasks, so it is never retried automatically.
   */
  readonly status: "pending" | "complete" | "unsent" | "cut" | "stopped";
  /** Why it is `unsent` or `cut`. */
  readonly reason?: string;
}

export interface ChatState {
  readonly conversationId: string | undefined;
  readonly messages: readonly ChatMessage[];
  readonly phase: "idle" | "loading" | "answering" | "failed";
  /** The conversation was deleted elsewhere; the next message starts a new one. */
  readonly isGone: boolean;
}

export type ChatAction =
  | { readonly type: "opened"; readonly conversationId: string | undefined }
  | { readonly type: "loaded"; readonly messages: readonly StoredMessage[] }
  | { readonly type: "loadFailed" }
  /** Messages from before a reload. */
  | { readonly type: "recalled"; readonly unsent: readonly UnsentMessage[] }
  /** The messages of a conversation that was continued elsewhere. */
  | {
      readonly type: "synced";
      readonly conversationId: string;
      readonly messages: readonly StoredMessage[];
    }
  | { readonly type: "gone"; readonly conversationId: string }
  | { readonly type: "sent"; readonly key: string; readonly text: string }
  | { readonly type: "started"; readonly conversationId: string }
  | { readonly type: "tool"; readonly call: ToolCall }
  | { readonly type: "delta"; readonly text: string }
  | { readonly type: "done"; readonly answer: ChatAnswer }
  | { readonly type: "broke"; readonly reason: string }
  | { readonly type: "stopped" }
  | { readonly type: "dropped"; readonly key: string };

export const emptyChat: ChatState = {
  conversationId: undefined,
  messages: [],
  phase: "idle",
  isGone: false,
};

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case "opened":
      return {
        conversationId: action.conversationId,
        messages: [],
        phase: action.conversationId === undefined ? "idle" : "loading",
        isGone: false,
      };
    case "loaded":
      return { ...state, phase: "idle", messages: action.messages.map(fromStored) };
    case "loadFailed":
      return { ...state, phase: "failed" };
    case "recalled":
      return {
        ...state,
        messages: [...state.messages, ...action.unsent.map(fromUnsent)],
      };
    case "sent": {
      const question = message(action.key, "user", action.text);
      const messages = state.isGone ? [] : state.messages;
      return { ...state, phase: "answering", isGone: false, messages: [...messages, question] };
    }
    case "synced": {
      if (state.conversationId !== action.conversationId || state.phase !== "idle") return state;
      // An answer that was cut has its own way on, which the server's messages would take away.
      if (state.messages.at(-1)?.status === "cut") return state;
      const messages = merge(state.messages, action.messages);
      return messages === state.messages ? state : { ...state, messages };
    }
    case "gone":
      if (state.conversationId !== action.conversationId) return state;
      return { ...state, conversationId: undefined, isGone: true };
    case "started":
      return withAnswer({ ...state, conversationId: action.conversationId }, (answer) => answer);
    case "tool":
      return withAnswer(state, (answer) => ({
        ...answer,
        toolCalls: [...answer.toolCalls, action.call],
      }));
    case "delta":
      return withAnswer(state, (answer) => ({ ...answer, content: answer.content + action.text }));
    case "done": {
      const { reply, toolCalls, agent, conversationId } = action.answer;
      const done = withAnswer(state, (answer) => ({
        ...answer,
        content: reply,
        toolCalls,
        agent,
        status: "complete",
      }));
      return { ...done, conversationId, phase: "idle" };
    }
    case "broke":
      return settle(state, { status: isTaken(state) ? "cut" : "unsent", reason: action.reason });
    case "stopped":
      return settle(state, { status: "stopped" });
    case "dropped":
      return { ...state, messages: state.messages.filter(({ key }) => key !== action.key) };
  }
}

/** Whether the server has started to answer the last message. */
function isTaken(state: ChatState): boolean {
  return state.messages.at(-1)?.role === "assistant";
}

function message(key: string, role: ChatMessage["role"], content: string): ChatMessage {
  return {
    key,
    role,
    content,
    toolCalls: [],
    agent: undefined,
    storedAt: undefined,
    status: "pending",
  };
}

function fromStored(stored: StoredMessage): ChatMessage {
  return {
    key: stored.id,
    role: stored.role,
    content: stored.content,
    toolCalls: stored.toolCalls ?? [],
    agent: stored.agent ?? undefined,
    storedAt: stored.createdAt,
    status: "complete",
  };
}

function fromUnsent({ key, text }: UnsentMessage): ChatMessage {
  const reason = "The page was closed before it arrived.";
  return { ...message(key, "user", text), status: "unsent", reason };
}

/** What is shown, with what was said elsewhere after it, and unsent messages at the end. */
function merge(
  shown: readonly ChatMessage[],
  stored: readonly StoredMessage[],
): readonly ChatMessage[] {
  const isUnsent = ({ status }: ChatMessage) => status === "unsent";
  const sent = shown.filter((message) => !isUnsent(message));
  const isKnown = sent.every(({ role, content, status }, index) => {
    const same = stored[index];
    // The server's list may be from before the last messages, when the network is slow.
    if (same === undefined) return true;
    return role === same.role && (content === same.content || status === "stopped");
  });
  // Messages of this page keep their buttons.
  const known = isKnown ? sent : [];
  const news = stored.slice(known.length).map(fromStored);
  return news.length === 0 ? shown : [...known, ...news, ...shown.filter(isUnsent)];
}

/** Updates the pending answer; its first chunk marks the message as sent. */
function withAnswer(state: ChatState, change: (answer: ChatMessage) => ChatMessage): ChatState {
  const last = state.messages.at(-1);
  if (last === undefined) return state;
  if (last.role === "assistant") {
    return { ...state, messages: [...state.messages.slice(0, -1), change(last)] };
  }
  const answer = message(`${last.key}-answer`, "assistant", "");
  const question: ChatMessage = { ...last, status: "complete" };
  return { ...state, messages: [...state.messages.slice(0, -1), question, change(answer)] };
}

function settle(state: ChatState, end: Pick<ChatMessage, "status" | "reason">): ChatState {
  const last = state.messages.at(-1);
  if (state.phase !== "answering" || last === undefined) return state;
  return {
    ...state,
    phase: "idle",
    messages: [...state.messages.slice(0, -1), { ...last, ...end }],
  };
}
