import { randomUUID } from "node:crypto";

import type { Agent, Answer } from "../agent/agent.ts";
import type { Once, RequestStore } from "../http/idempotency.ts";
import { HttpProblem } from "../http/problem.ts";
import type { TaskStore } from "../tasks/store.ts";
import { Toolbox, type ToolCall, type ToolEvent } from "../tools/tools.ts";
import type { ConversationStore } from "./conversations.ts";

/** Limits of the history for agents, which has the last messages. */
const remembered = { messages: 40, bytes: 128 * 1024 };

/** A user's request. */
export interface ChatRequest {
  readonly message: string;
  readonly conversationId?: string | undefined;
  /** IANA name of the user's time zone. */
  readonly timeZone: string;
  /** Whether the user writes dates like 3/4 with the day first; default false. */
  readonly isDayFirst?: boolean;
  /** Recognizes a repeated request, which gets the first one's answer. */
  readonly once?: Once | undefined;
}

/** Receives the events of an answer as they happen. */
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

/** Counts events for the metrics. */
export interface ChatObserver {
  onToolCall(event: ToolEvent): void;
  onAnswer(agent: Answer["agent"] | "none", outcome: "ok" | "fallback" | "error"): void;
}

/** Answers messages and stores the conversations. */
export class ChatService {
  readonly #agent: Agent;
  readonly #tasks: TaskStore;
  readonly #conversations: ConversationStore;
  readonly #requests: RequestStore;
  readonly #observer: ChatObserver;

  constructor(
    agent: Agent,
    tasks: TaskStore,
    conversations: ConversationStore,
    requests: RequestStore,
    observer: ChatObserver,
  ) {
    this.#agent = agent;
    this.#tasks = tasks;
    this.#conversations = conversations;
    this.#requests = requests;
    this.#observer = observer;
  }

  /**
   * Answers one message. Finishes even after the client has disconnected, so that the history has
   * what was done.
   *
   * @throws HttpProblem 404 if the user has no such conversation; for a repeated request 422 if the
   * first was another, 409 if it has no answer.
   */
  async answer(userId: string, request: ChatRequest, listener: ChatListener): Promise<ChatAnswer> {
    const { once } = request;
    if (once === undefined) return this.#answer(userId, request, listener);
    if (!(await this.#requests.begin(userId, once))) {
      const earlier = await this.#requests.resultOf(userId, once);
      if (earlier !== undefined) return repeat(earlier as ChatAnswer, listener);
    }
    const called: ToolCall[] = [];
    const onTool = (call: ToolCall) => {
      called.push(call);
      listener.onTool(call);
    };
    try {
      const answer = await this.#answer(userId, request, { ...listener, onTool });
      await this.#requests.finish(userId, once, answer);
      return answer;
    } catch (error) {
      if (called.length === 0) await this.#requests.abandon(userId, once).catch(() => undefined);
      throw error;
    }
  }

  async #answer(userId: string, request: ChatRequest, listener: ChatListener): Promise<ChatAnswer> {
    const { message, timeZone, isDayFirst = false } = request;
    const sentAt = new Date();
    const conversationId = request.conversationId ?? randomUUID();
    const history =
      request.conversationId === undefined
        ? []
        : await this.#conversations.messages(userId, conversationId, remembered);
    if (request.conversationId !== undefined && history.length === 0) {
      throw new HttpProblem(
        404,
        "There is no such conversation; omit conversationId to start a new one.",
      );
    }
    listener.onStart(conversationId);
    try {
      const answer = await this.#agent.answer({
        message,
        history,
        tools: new Toolbox(this.#tasks, userId, timeZone, this.#observer.onToolCall),
        now: sentAt,
        timeZone,
        isDayFirst,
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

/** Sends a stored answer as if it were new. */
function repeat(answer: ChatAnswer, listener: ChatListener): ChatAnswer {
  listener.onStart(answer.conversationId);
  for (const call of answer.toolCalls) listener.onTool(call);
  listener.onText(answer.reply);
  return answer;
}
