import type { Changes } from "../changes/changes.ts";
import {
  ifWritable,
  nobody,
  refusesWrites,
  type Database,
  type Statement,
} from "../database/database.ts";
import { sessionLifetimeSeconds, type Claims } from "./token.ts";
import { ValidTokens } from "./valid-tokens.ts";

/** A signed-in client, times in ISO 8601. */
export interface Session {
  readonly id: string;
  /** What the client says it is: its User-Agent. */
  readonly client: string;
  readonly createdAt: string;
  /** When a token was last issued or renewed. */
  readonly lastUsedAt: string;
}

/** Most sessions of one user; a new one ends the one that was not used for longest. */
const mostSessions = 50;

const create: Statement = {
  name: "create session",
  text: `WITH oldest AS (
      DELETE FROM todo.sessions WHERE id IN (
        SELECT id FROM todo.sessions WHERE user_id = $1
        ORDER BY last_used_at DESC OFFSET ${mostSessions - 1}
      )
    )
    INSERT INTO todo.sessions (user_id, client) VALUES ($1, $2) RETURNING id`,
};
const isAlive: Statement = {
  name: "is session alive",
  text: `SELECT todo.is_session_alive($1, $2, make_interval(secs => ${sessionLifetimeSeconds})) AS alive`,
};
const touch: Statement = {
  name: "touch session",
  text: "UPDATE todo.sessions SET last_used_at = now() WHERE user_id = $1 AND id = $2",
};
const list: Statement = {
  name: "list sessions",
  text: `SELECT id, client, created_at AS "createdAt", last_used_at AS "lastUsedAt"
    FROM todo.sessions WHERE user_id = $1 ORDER BY last_used_at DESC, id`,
};
const remove: Statement = {
  name: "end session",
  text: "DELETE FROM todo.sessions WHERE user_id = $1 AND id = $2 RETURNING id",
};
const removeOthers: Statement = {
  name: "end other sessions",
  text: "DELETE FROM todo.sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
};
const endOldTokens: Statement = {
  name: "end old tokens",
  text: "SELECT todo.end_my_old_tokens()",
};
const forget: Statement = {
  name: "forget sessions",
  text: `SELECT todo.forget_sessions(make_interval(secs => ${sessionLifetimeSeconds}))`,
};

/** The sessions of users. One that ends is refused at once by all replicas. */
export class SessionStore {
  readonly #database: Database;
  readonly #alive: ValidTokens<true>;

  constructor(database: Database, changes: Changes) {
    this.#database = database;
    this.#alive = new ValidTokens(changes);
  }

  /** Returns the new session's id; undefined if the database is read-only. */
  async create(userId: string, client: string): Promise<string | undefined> {
    try {
      const [row] = await this.#database.query<{ id: string }>(userId, create, [
        userId,
        client.slice(0, 200),
      ]);
      return row?.id;
    } catch (error) {
      if (refusesWrites(error)) return undefined;
      throw error;
    }
  }

  /** Whether a token's session has not ended. */
  async isAlive({ userId, sessionId, issuedAt }: Claims): Promise<boolean> {
    const alive = await this.#alive.find(sessionId ?? `${userId} ${issuedAt}`, async () => {
      const values = [sessionId ?? null, issuedAt];
      const [row] = await this.#database.query<{ alive: boolean }>(userId, isAlive, values);
      return row?.alive === true ? { value: true } : undefined;
    });
    return alive === true;
  }

  async touch({ userId, sessionId }: Claims): Promise<void> {
    await ifWritable(this.#database.query(userId, touch, [userId, sessionId]));
  }

  /** Last used first. */
  async list(userId: string): Promise<readonly Session[]> {
    return this.#database.query<Session>(userId, list, [userId]);
  }

  /** Returns false if there is no such session. */
  async end(userId: string, id: string): Promise<boolean> {
    return (await this.#database.query(userId, remove, [userId, id])).length > 0;
  }

  /** Ends the session of a token, with the token. */
  async endThis({ userId, sessionId }: Claims): Promise<void> {
    if (sessionId === undefined) await this.#database.query(userId, endOldTokens);
    else await this.end(userId, sessionId);
  }

  /** Ends all sessions but that of a token. */
  async endOthers({ userId, sessionId }: Claims): Promise<void> {
    await this.#database.query(userId, removeOthers, [userId, sessionId ?? null]);
    if (sessionId !== undefined) await this.#database.query(userId, endOldTokens);
  }

  /** Forgets sessions that have not been used for long; to be called periodically. */
  async tidy(): Promise<void> {
    await this.#database.query(nobody, forget);
  }
}
