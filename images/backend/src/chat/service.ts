import { randomUUID } from "node:crypto";

import type { Agent, Answer } from "../agent/agent.ts";
import { HttpProblem } from "../http/problem.ts";
import type { TaskStore } from "../tasks/store.ts";
import { Toolbox, type ToolCall, type ToolEvent } from "../tools/tools.ts";
import type { ConversationStore } from "./conversations.ts";

/** Messages of a conversation that an agent gets to see, the last ones, and their size. */
const remembered = { messages: 40, bytes: 128 * 1024 };

/** What a person sends. */
export interface ChatRequest {
  readonly message: string;
  readonly conversationId?: string | undefined;
  /** IANA name of the person's time zone. */
  readonly timeZone: string;
}

/** What happens while a message is answered, as it happens. */
export interface ChatListener {
  onStart(conversationId: string): void;
  onTool(call: ToolCall): void;
  onText(text: string): void;
}

export interface ChatAnswer {
  readonly conversationId: string;
  readonly reply: string;
  readonly toolCalls: readonly ToolCall[];
  readonly agent: Answer["agent"];
}

/** Told of what the metrics count. */
export interface ChatObserver {
  onToolCall(event: ToolEvent): void;
  onAnswer(agent: Answer["agent"] | "none", outcome: "ok" | "fallback" | "error"): void;
}

/** Answers messages and keeps the conversations. */
export class ChatService {
  readonly #agent: Agent;
  readonly #tasks: TaskStore;
  readonly #conversations: ConversationStore;
  readonly #observer: ChatObserver;

  constructor(
    agent: Agent,
    tasks: TaskStore,
    conversations: ConversationStore,
    observer: ChatObserver,
  ) {
    this.#agent = agent;
    this.#tasks = tasks;
    this.#conversations = conversations;
    this.#observer = observer;
  }

  /**
   * Answers one message. Goes on to its end even if nobody listens any more, so that the history
   * tells what was done.
   *
   * @throws HttpProblem 404 when the person has no such conversation.
   */
  async answer(userId: string, request: ChatRequest, listener: ChatListener): Promise<ChatAnswer> {
    const { message, timeZone } = request;
    const sentAt = new Date();
    const conversationId = request.conversationId ?? randomUUID();
    const history =
      request.conversationId === undefined
        ? []
        : await this.#conversations.messages(userId, conversationId, remembered);
    if (request.conversationId !== undefined && history.length === 0) {
      throw new HttpProblem(
        404,
        "There is no such conversation; leave conversationId out to begin one.",
      );
    }
    listener.onStart(conversationId);
    try {
      const answer = await this.#agent.answer({
        message,
        history,
        tools: new Toolbox(this.#tasks, userId, this.#observer.onToolCall),
        now: sentAt,
        timeZone,
        onTool: listener.onTool,
        onText: listener.onText,
      });
      await this.#conversations.append(userId, conversationId, { message, sentAt, answer });
      const { reply, toolCalls, agent, degraded } = answer;
      this.#observer.onAnswer(agent, degraded ? "fallback" : "ok");
      return { conversationId, reply, toolCalls, agent };
    } catch (error) {
      this.#observer.onAnswer("none", "error");
      throw error;
    }
  }
}
