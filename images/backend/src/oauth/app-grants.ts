import { createHash, timingSafeEqual } from "node:crypto";

import { nobody, type Database, type Statement } from "../database/database.ts";
import { hashOf, newToken } from "../auth/grant-tokens.ts";
import { OAuthError } from "./errors.ts";

/** How long a code is valid, in seconds. */
const codeSeconds = 60;
/** How long an access token is valid, in seconds. */
export const accessSeconds = 60 * 60;
/** How long an app stays connected without renewing its token, in days. */
const refreshDays = 90;
/**
 * How long a refresh token can be sent again, in seconds: processes of an app that share one renew it
 * at the same time. Later it counts as stolen.
 */
const reuseSeconds = 10;

/** Most connected apps of one user. */
const mostApps = 100;

/** An authorization that a user gave an app. */
export interface AppGrant {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly canWrite: boolean;
  readonly resource: string;
}

/** What a code is bound to. */
export interface CodeDetails {
  readonly redirectUri: string;
  /** PKCE, S256. */
  readonly challenge: string;
}

interface TakenGrant extends AppGrant {
  /** Null for a refresh token. */
  readonly details: CodeDetails | null;
}

/** An authorization to be given. */
export interface NewAppGrant extends CodeDetails {
  readonly clientId: string;
  readonly name: string;
  readonly canWrite: boolean;
  readonly timeZone: string;
  readonly resource: string;
}

/** A connected app, times in ISO 8601. */
export interface ConnectedApp {
  readonly id: string;
  readonly name: string;
  readonly canWrite: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

export interface TokenPair {
  readonly access: string;
  readonly refresh: string;
}

const create: Statement = {
  name: "create app grant",
  text: `WITH grants AS (
      INSERT INTO todo.grants (user_id, kind, name, can_write, time_zone, client_id, resource)
      SELECT $1, 'app', $2, $3, $4, $5, $6
      WHERE (SELECT count(*) < ${mostApps}
        FROM todo.grants WHERE user_id = $1 AND kind = 'app')
      RETURNING id
    )
    INSERT INTO todo.grant_tokens (hash, grant_id, user_id, kind, expires_at, details)
    SELECT $7, id, $1, 'code', now() + interval '${codeSeconds} s', $8 FROM grants
    RETURNING hash`,
};
const take: Statement = {
  name: "take grant token",
  text: `SELECT grant_id AS id, user_id AS "userId", client_id AS "clientId", can_write AS "canWrite",
      resource, details
    FROM todo.take_grant_token($1, $2, make_interval(secs => $3))`,
};
const issue: Statement = {
  name: "issue tokens",
  text: `INSERT INTO todo.grant_tokens (hash, grant_id, user_id, kind, expires_at)
    SELECT hash, id, $1, token.kind, now() + lifetime
    FROM todo.grants, (VALUES
      ($3, 'access', interval '${accessSeconds} s'),
      ($4, 'refresh', interval '${refreshDays} days')
    ) AS token (hash, kind, lifetime)
    WHERE user_id = $1 AND id = $2
    RETURNING hash`,
};
const replaceOthers: Statement = {
  name: "replace app grants",
  text: "DELETE FROM todo.grants WHERE user_id = $1 AND client_id = $2 AND id <> $3",
};
const revoke: Statement = {
  name: "revoke by token",
  text: "SELECT todo.revoke_grant_token($1, $2)",
};
const list: Statement = {
  name: "list apps",
  text: `SELECT id, name, can_write AS "canWrite", created_at AS "createdAt",
      last_used_at AS "lastUsedAt"
    FROM todo.grants WHERE user_id = $1 AND kind = 'app' AND EXISTS (
      SELECT FROM todo.grant_tokens WHERE grant_id = grants.id AND grant_tokens.kind = 'refresh'
    ) ORDER BY created_at DESC, id`,
};

/** What users have allowed apps, with codes and tokens by OAuth 2.1. */
export class AppGrantStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns a code for the app; undefined at the user's limit. */
  async create(userId: string, grant: NewAppGrant): Promise<string | undefined> {
    const code = newToken("code");
    const { name, canWrite, timeZone, clientId, resource, redirectUri, challenge } = grant;
    const details = JSON.stringify({ redirectUri, challenge } satisfies CodeDetails);
    const values = [userId, name, canWrite, timeZone, clientId, resource, hashOf(code), details];
    return (await this.#database.query(userId, create, values)).length > 0 ? code : undefined;
  }

  /**
   * Takes a code, once; a second time ends what the first one gave. The app's earlier grants end.
   *
   * @throws OAuthError invalid_grant if the code is not valid for all of this.
   */
  async redeemCode(
    code: string,
    given: { readonly clientId: string; readonly redirectUri: string; readonly verifier: string },
  ): Promise<AppGrant> {
    const taken = await this.#take(code, "code", 0);
    const isRight =
      taken?.details != null &&
      taken.clientId === given.clientId &&
      taken.details.redirectUri === given.redirectUri &&
      isSame(challengeOf(given.verifier), taken.details.challenge);
    if (!isRight) {
      throw new OAuthError(
        "invalid_grant",
        "The code is unknown, used, older than a minute, or of another client, redirect_uri or " +
          "code_verifier; start over.",
      );
    }
    const { userId, clientId, id } = taken;
    await this.#database.query(userId, replaceOthers, [userId, clientId, id]);
    return taken;
  }

  /**
   * Takes a refresh token. Used again later, it ends the grant.
   *
   * @throws OAuthError invalid_grant if the token is not valid, or another client's.
   */
  async redeemRefresh(token: string, clientId: string): Promise<AppGrant> {
    const taken = await this.#take(token, "refresh", reuseSeconds);
    if (taken?.clientId !== clientId) {
      throw new OAuthError(
        "invalid_grant",
        "The refresh token is unknown, used, revoked or expired; ask the user again.",
      );
    }
    return taken;
  }

  /** Ends the grant of a token, if it is the client's (RFC 7009). */
  async revoke(token: string, clientId: string): Promise<void> {
    await this.#database.query(nobody, revoke, [hashOf(token), clientId]);
  }

  /** Newest first. */
  async list(userId: string): Promise<readonly ConnectedApp[]> {
    return this.#database.query<ConnectedApp>(userId, list, [userId]);
  }

  async #take(
    token: string,
    kind: "code" | "refresh",
    reuse: number,
  ): Promise<TakenGrant | undefined> {
    const values = [hashOf(token), kind, reuse];
    return (await this.#database.query<TakenGrant>(nobody, take, values))[0];
  }

  /** @throws OAuthError invalid_grant if it was revoked meanwhile. */
  async issue({ userId, id }: AppGrant): Promise<TokenPair> {
    const tokens = { access: newToken("access"), refresh: newToken("refresh") };
    const values = [userId, id, hashOf(tokens.access), hashOf(tokens.refresh)];
    const issued = await this.#database.query(userId, issue, values);
    if (issued.length === 0) throw new OAuthError("invalid_grant", "The user has revoked this.");
    return tokens;
  }
}

/** RFC 7636, 4.2. */
function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
