import type { Changes } from "../changes/changes.ts";
import { ifWritable, nobody, type Database, type Statement } from "../database/database.ts";
import { hashOf, newToken } from "./grant-tokens.ts";
import { ValidTokens } from "./valid-tokens.ts";

/** What a grant allows; `write` includes `read`. */
export const scopes = ["read", "write"] as const;
export type Scope = (typeof scopes)[number];

export function scopesOf(canWrite: boolean): Scope[] {
  return scopes.filter((scope) => scope === "read" || canWrite);
}

/** What a token stands for. */
export interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly kind: "personal" | "app";
  readonly canWrite: boolean;
  /** IANA name, of the user who made it. */
  readonly timeZone: string;
  /** URL that all requests must begin with; null for any. */
  readonly resource: string | null;
}

/** A personal access token without the token itself, times in ISO 8601. */
export interface PersonalToken {
  readonly id: string;
  readonly name: string;
  readonly canWrite: boolean;
  readonly createdAt: string;
  /** Within a minute; null before the first use. */
  readonly lastUsedAt: string | null;
  readonly expiresAt: string;
}

/** A personal access token to be created. */
export interface NewPersonalToken {
  readonly name: string;
  readonly canWrite: boolean;
  readonly timeZone: string;
  readonly days: number;
}

/** Most personal access tokens of one user. */
export const mostPersonalTokens = 50;

const personalColumns = `grants.id, name, can_write AS "canWrite", created_at AS "createdAt",
  last_used_at AS "lastUsedAt"`;
const find: Statement = {
  name: "find grant",
  text: `SELECT id, user_id AS "userId", kind, can_write AS "canWrite", time_zone AS "timeZone",
      resource, seconds_left AS "secondsLeft", is_stale AS "isStale"
    FROM todo.find_grant($1)`,
};
const touch: Statement = {
  name: "touch grant",
  text: "UPDATE todo.grants SET last_used_at = now() WHERE user_id = $1 AND id = $2",
};
const createPersonal: Statement = {
  name: "create personal token",
  text: `WITH grants AS (
      INSERT INTO todo.grants (user_id, kind, name, can_write, time_zone)
      SELECT $1, 'personal', $2, $3, $4
      WHERE (SELECT count(*) < ${mostPersonalTokens}
        FROM todo.grants WHERE user_id = $1 AND kind = 'personal')
      RETURNING *
    ), token AS (
      INSERT INTO todo.grant_tokens (hash, grant_id, user_id, kind, expires_at)
      SELECT $5, id, $1, 'access', now() + make_interval(days => $6) FROM grants
      RETURNING expires_at
    )
    SELECT ${personalColumns}, expires_at AS "expiresAt" FROM grants, token`,
};
const listPersonal: Statement = {
  name: "list personal tokens",
  text: `SELECT ${personalColumns}, expires_at AS "expiresAt"
    FROM todo.grants JOIN todo.grant_tokens ON grant_id = grants.id
    WHERE grants.user_id = $1 AND grants.kind = 'personal' ORDER BY created_at DESC, grants.id`,
};
const revoke: Statement = {
  name: "revoke grant",
  text: "DELETE FROM todo.grants WHERE user_id = $1 AND kind = $2 AND id = $3 RETURNING id",
};
const forget: Statement = { name: "forget grants", text: "SELECT todo.forget_grants()" };

/** Records that a grant is used. */
export async function touchGrant(
  database: Database,
  { userId, id }: Pick<Grant, "userId" | "id">,
): Promise<void> {
  await ifWritable(database.query(userId, touch, [userId, id]));
}

/**
 * What users let others do on their behalf; the database has hashes of the tokens only. One that
 * ends is refused at once by all replicas, in the same way as sessions.
 */
export class GrantStore {
  readonly #database: Database;
  readonly #valid: ValidTokens<Grant>;

  constructor(database: Database, changes: Changes) {
    this.#database = database;
    this.#valid = new ValidTokens(changes);
  }

  /** The grant of an access token; undefined if it is unknown, expired or revoked. */
  async find(token: string): Promise<Grant | undefined> {
    const hash = hashOf(token);
    return this.#valid.find(hash, async () => {
      const [row] = await this.#database.query<
        Grant & { readonly secondsLeft: number; readonly isStale: boolean }
      >(nobody, find, [hash]);
      if (row === undefined) return undefined;
      const { secondsLeft, isStale, ...grant } = row;
      if (isStale) await touchGrant(this.#database, grant);
      return { value: grant, forMs: secondsLeft * 1000 };
    });
  }

  /** Returns the token with what is listed of it; undefined at the user's limit. */
  async createPersonal(
    userId: string,
    { name, canWrite, timeZone, days }: NewPersonalToken,
  ): Promise<(PersonalToken & { readonly token: string }) | undefined> {
    const token = newToken("personal");
    const values = [userId, name, canWrite, timeZone, hashOf(token), days];
    const [created] = await this.#database.query<PersonalToken>(userId, createPersonal, values);
    return created && { ...created, token };
  }

  /** Newest first. */
  async listPersonal(userId: string): Promise<readonly PersonalToken[]> {
    return this.#database.query<PersonalToken>(userId, listPersonal, [userId]);
  }

  /** Ends a grant with all its tokens; false if there is none of this kind. */
  async revoke(userId: string, kind: Grant["kind"], id: string): Promise<boolean> {
    return (await this.#database.query(userId, revoke, [userId, kind, id])).length > 0;
  }

  /** Forgets what has expired; to be called periodically. */
  async tidy(): Promise<void> {
    await this.#database.query(nobody, forget);
  }
}
