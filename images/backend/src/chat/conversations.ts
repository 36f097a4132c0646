import type { AgentName, Answer, PastMessage } from "../agent/agent.ts";
import type { Database, Statement } from "../database/database.ts";

/** A conversation in a list, times in ISO 8601. */
export interface Conversation {
  readonly id: string;
  /** Beginning of the first message, unless the user has renamed it. */
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A message as the history shows it. */
export interface Message extends Omit<PastMessage, "state"> {
  readonly id: string;
  /** Null for messages of the user. */
  readonly agent: AgentName | null;
  readonly createdAt: string;
}

/** Most conversations in a list, last used first; older ones are still accessible by id. */
const listed = 100;
/** Most bytes of all messages of a history. */
export const maxShownBytes = 512 * 1024;
/** Limits of a history, which has the last messages. */
const shown = { messages: 500, bytes: maxShownBytes };

const list: Statement = {
  name: "list conversations",
  text: `SELECT id, title, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM todo.conversations AS conversation
    WHERE user_id = $1 AND ($2 = '' OR strpos(lower(title), $2) > 0 OR EXISTS (
      SELECT FROM todo.messages
      WHERE user_id = $1 AND conversation_id = conversation.id AND strpos(lower(content), $2) > 0
    ))
    ORDER BY updated_at DESC, id LIMIT ${listed}`,
};
/** Keeps `updated_at`, by which the list is ordered. */
const rename: Statement = {
  name: "rename conversation",
  text: `UPDATE todo.conversations SET title = $3 WHERE user_id = $1 AND id = $2
    RETURNING id, title, created_at AS "createdAt", updated_at AS "updatedAt"`,
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
const nextConversations: Statement = {
  name: "next conversations",
  text: `SELECT id, title, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM todo.conversations
    WHERE user_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT 100`,
};
const nextMessages: Statement = {
  name: "next messages",
  text: `SELECT id, role, content, tool_calls AS "toolCalls", agent, created_at AS "createdAt",
      position::text AS place
    FROM todo.messages
    WHERE user_id = $1 AND conversation_id = $2 AND position > $3::bigint
    ORDER BY position LIMIT 5`,
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

/** The conversations of one user at a time. */
export class ConversationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The last used {@link listed} conversations.
   *
   * @param q words that the title or a message has, in this order; empty for all.
   */
  async list(userId: string, q = ""): Promise<readonly Conversation[]> {
    return this.#database.query<Conversation>(userId, list, [userId, q.toLowerCase()]);
  }

  /** Returns undefined if there is no such conversation. */
  async rename(userId: string, id: string, title: string): Promise<Conversation | undefined> {
    return (await this.#database.query<Conversation>(userId, rename, [userId, id, title]))[0];
  }

  /** Returns false if there is no such conversation. */
  async delete(userId: string, id: string): Promise<boolean> {
    return (await this.#database.query(userId, remove, [userId, id])).length > 0;
  }

  /**
   * The last messages, oldest first; empty if there is no such conversation.
   *
   * @param last most messages, and most bytes of all of them; always includes the last exchange.
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

  /** All conversations, without an order. */
  async *all(userId: string): AsyncGenerator<Conversation, void> {
    for (let after: string | undefined; ;) {
      const values = [userId, after ?? null];
      const page = await this.#database.query<Conversation>(userId, nextConversations, values);
      yield* page;
      after = page.at(-1)?.id;
      if (after === undefined) return;
    }
  }

  /** All messages of a conversation, oldest first. */
  async *allMessages(userId: string, id: string): AsyncGenerator<Message, void> {
    for (let after = "0"; ;) {
      const values = [userId, id, after];
      const page = await this.#database.query<Message & { place: string }>(
        userId,
        nextMessages,
        values,
      );
      for (const { place, ...message } of page) {
        yield message;
        after = place;
      }
      if (page.length === 0) return;
    }
  }

  /**
   * Stores a message and its answer atomically; creates the conversation if needed.
   *
   * @param id id of the conversation; the caller generates a new one.
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

/** A message of the user and its answer. */
export interface Exchange {
  readonly message: string;
  readonly sentAt: Date;
  readonly answer: Answer;
}

/** Removes characters from a model's text that Postgres can't store. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\u{FFFD}");
}

const longestTitle = 60;

function shorten(message: string): string {
  const characters = [...message.replaceAll(/\s+/g, " ")];
  if (characters.length <= longestTitle) return characters.join("");
  return `${characters.slice(0, longestTitle - 1).join("")}…`;
}
