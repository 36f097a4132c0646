import { nobody, type Database, type Statement } from "../database/database.ts";
import { hashOf, newToken } from "../auth/grant-tokens.ts";
import { touchGrant } from "../auth/grants.ts";

/** When a feed's address was created and used, in ISO 8601. */
export interface CalendarFeed {
  readonly createdAt: string;
  /** Within a minute; null before the first use. */
  readonly lastUsedAt: string | null;
}

/** Whose feed a token opens. */
export interface FeedOwner {
  readonly id: string;
  readonly userId: string;
  /** IANA name, of the user who made it. */
  readonly timeZone: string;
  /** A text that changes with the user's tasks. */
  readonly state: string;
}

const columns = `created_at AS "createdAt", last_used_at AS "lastUsedAt"`;
const create: Statement = {
  name: "create calendar feed",
  text: `WITH old AS (DELETE FROM todo.grants WHERE user_id = $1 AND kind = 'calendar'),
    grants AS (
      INSERT INTO todo.grants (user_id, kind, name, can_write, time_zone)
      VALUES ($1, 'calendar', 'Calendar', false, $2) RETURNING *
    ), token AS (
      INSERT INTO todo.grant_tokens (hash, grant_id, user_id, kind, expires_at)
      SELECT $3, id, $1, 'calendar', now() + interval '100 years' FROM grants
    )
    SELECT ${columns} FROM grants`,
};
const own: Statement = {
  name: "own calendar feed",
  text: `SELECT ${columns} FROM todo.grants WHERE user_id = $1 AND kind = 'calendar'`,
};
const remove: Statement = {
  name: "revoke calendar feed",
  text: "DELETE FROM todo.grants WHERE user_id = $1 AND kind = 'calendar' RETURNING id",
};
const find: Statement = {
  name: "find calendar feed",
  text: `SELECT id, user_id AS "userId", time_zone AS "timeZone", is_stale AS "isStale", state
    FROM todo.find_calendar($1)`,
};

/** One secret address per user at which calendars read the due dates; the database has its hash. */
export class CalendarFeeds {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns a new token, in place of the one before. */
  async create(
    userId: string,
    timeZone: string,
  ): Promise<CalendarFeed & { readonly token: string }> {
    const token = newToken("calendar");
    const values = [userId, timeZone, hashOf(token)];
    const [created] = await this.#database.query<CalendarFeed>(userId, create, values);
    if (created === undefined) throw new Error("the database created no feed");
    return { ...created, token };
  }

  async own(userId: string): Promise<CalendarFeed | undefined> {
    return (await this.#database.query<CalendarFeed>(userId, own, [userId]))[0];
  }

  /** False if there was none. */
  async revoke(userId: string): Promise<boolean> {
    return (await this.#database.query(userId, remove, [userId])).length > 0;
  }

  /** Undefined if the token is unknown, replaced or revoked. */
  async find(token: string): Promise<FeedOwner | undefined> {
    const [found] = await this.#database.query<FeedOwner & { readonly isStale: boolean }>(
      nobody,
      find,
      [hashOf(token)],
    );
    if (found?.isStale) await touchGrant(this.#database, found);
    return found;
  }
}
