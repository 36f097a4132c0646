import type { AgentName, Answer, PastMessage } from "../agent/agent.ts";
import type { Database, Statement } from "../database/database.ts";

/** A conversation in a list, times in ISO 8601. */
export interface Conversation {
  readonly id: string;
  /** Beginning of the first message. */
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A message as the history shows it. */
export interface Message extends Omit<PastMessage, "state"> {
  readonly id: string;
  /** Null for messages of the person. */
  readonly agent: AgentName | null;
  readonly createdAt: string;
}

/** Conversations that a list shows, the last used first; older ones stay reachable by id. */
const listed = 100;
/** Bytes that the messages of a history may have together. */
export const mostShownBytes = 512 * 1024;
/** Messages that a history shows: the last ones. */
const shown = { messages: 500, bytes: mostShownBytes };

const list: Statement = {
  name: "list conversations",
  text: `SELECT id, title, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM todo.conversations WHERE user_id = $1 ORDER BY updated_at DESC, id LIMIT ${listed}`,
};
const remove: Statement = {
  name: "delete conversation",
  text: "DELETE FROM todo.conversations WHERE user_id = $1 AND id = $2 RETURNING id",
};
const messages: Statement = {
  name: "list messages",
  text: `SELECT id, role, content, "toolCalls", agent, "createdAt", state FROM (
      SELECT id, role, content, tool_calls AS "toolCalls", agent, created_at AS "createdAt", state,
        position, row_number() OVER newest AS number,
        sum(octet_length(to_json(content)::text) + octet_length(tool_calls::text)) OVER newest AS bytes
      FROM todo.messages WHERE user_id = $1 AND conversation_id = $2
      WINDOW newest AS (ORDER BY position DESC)
      ORDER BY position DESC LIMIT $3
    ) AS last WHERE bytes <= $4 OR number <= 2 ORDER BY position`,
};
/** One statement, so that a conversation never exists without its messages. */
const append: Statement = {
  name: "append messages",
  text: `WITH conversation AS (
      INSERT INTO todo.conversations (user_id, id, title, created_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (id) DO UPDATE SET updated_at = now()
    )
    INSERT INTO todo.messages
      (user_id, conversation_id, role, content, created_at, tool_calls, agent, state)
    VALUES
      ($1, $2, 'user', $5, $4, '[]', NULL, NULL),
      ($1, $2, 'assistant', $6, now(), $7, $8, $9)`,
};

/** The conversations of one person at a time. */
export class ConversationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The {@link listed} conversations that were used last. */
  async list(userId: string): Promise<readonly Conversation[]> {
    return this.#database.query<Conversation>(userId, list, [userId]);
  }

  /** False when there is no such conversation. */
  async delete(userId: string, id: string): Promise<boolean> {
    return (await this.#database.query(userId, remove, [userId, id])).length > 0;
  }

  /**
   * The last messages, oldest first; empty when there is no such conversation.
   *
   * @param last most messages, and most bytes that they may have together; the last exchange is given always.
   */
  async messages(
    userId: string,
    id: string,
    last = shown,
  ): Promise<readonly (Message & PastMessage)[]> {
    return this.#database.query<Message & PastMessage>(userId, messages, [
      userId,
      id,
      last.messages,
      last.bytes,
    ]);
  }

  /**
   * Keeps a message and its answer, both or none; begins the conversation if need be.
   *
   * @param id id of the conversation; a new one is made up by the caller.
   */
  async append(userId: string, id: string, { message, sentAt, answer }: Exchange): Promise<void> {
    await this.#database.query(userId, append, [
      userId,
      id,
      shorten(message),
      sentAt,
      message,
      storable(answer.reply),
      JSON.stringify(answer.toolCalls),
      answer.agent,
      answer.state && JSON.stringify(answer.state),
    ]);
  }
}

/** A message of the person and what was answered. */
export interface Exchange {
  readonly message: string;
  readonly sentAt: Date;
  readonly answer: Answer;
}

/** What a model writes can have characters that Postgres has no text for. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\u{FFFD}");
}

const longestTitle = 60;

function shorten(message: string): string {
  const characters = [...message.replaceAll(/\s+/g, " ")];
  if (characters.length <= longestTitle) return characters.join("");
  return `${characters.slice(0, longestTitle - 1).join("")}…`;
}
