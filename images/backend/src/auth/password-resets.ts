import { createHash, randomBytes } from "node:crypto";

import { nobody, type Database, type Statement } from "../database/database.ts";

/** Minutes for which a link is valid. */
export const validMinutes = 60;

const find: Statement = {
  name: "find password reset",
  text: "SELECT id, email FROM todo.account_of_reset($1)",
};
const use: Statement = {
  name: "use password reset",
  text: "SELECT todo.reset_password($1, $2) AS done",
};

/** The account that a link belongs to. */
export interface ResetAccount {
  readonly id: string;
  readonly email: string;
}

/** One-time links to set a new password; the database has their hashes only. */
export class PasswordResets {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Creates a link, as the database's login role: the application itself may only use one.
   *
   * @returns its token; undefined if there is no account with this address.
   */
  async create(email: string): Promise<string | undefined> {
    const token = randomBytes(32).toString("base64url");
    const created = await this.#database.asOwner(async (sql) => {
      await sql("DELETE FROM todo.password_resets WHERE expires_at < now()");
      return sql(
        `INSERT INTO todo.password_resets (token_hash, user_id, expires_at)
         SELECT $1, id, now() + make_interval(mins => $3) FROM todo.accounts WHERE email = $2
         RETURNING user_id`,
        [hashOf(token), email.trim().toLowerCase(), validMinutes],
      );
    });
    return created.length > 0 ? token : undefined;
  }

  /** The account of a valid link. */
  async find(token: string): Promise<ResetAccount | undefined> {
    return (await this.#database.query<ResetAccount>(nobody, find, [hashOf(token)]))[0];
  }

  /** Sets the password and ends all sessions; false if the link is not valid any more. */
  async use(token: string, passwordHash: string): Promise<boolean> {
    const values = [hashOf(token), passwordHash];
    return (await this.#database.query<{ done: boolean }>(nobody, use, values))[0]?.done === true;
  }
}

/** Without a salt: a token is too long to be guessed. */
function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
