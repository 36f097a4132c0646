import { nobody, type Database, type Statement } from "../database/database.ts";

const create: Statement = {
  name: "create account",
  text: "SELECT todo.create_account($1, $2) AS id",
};
const find: Statement = {
  name: "find account",
  text: `SELECT id, password_hash AS "passwordHash" FROM todo.find_account($1)`,
};

/** What signing in needs. */
export interface Account {
  readonly id: string;
  /** PHC string of argon2id. */
  readonly passwordHash: string;
}

const own: Statement = {
  name: "own account",
  text: `SELECT email, password_hash AS "passwordHash", created_at AS "createdAt"
    FROM todo.my_account()`,
};
const setPassword: Statement = {
  name: "set own password",
  text: "SELECT todo.set_my_password($1, $2)",
};
const remove: Statement = {
  name: "delete own account",
  text: "SELECT todo.delete_my_account()",
};

/** An account as its owner sees it. */
export interface OwnAccount {
  readonly email: string;
  /** PHC string of argon2id. */
  readonly passwordHash: string;
  readonly createdAt: string;
}

/** Accounts, accessible only one at a time by e-mail address (in lower case). */
export class AccountStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns the id of the new account; undefined if the address already has one. */
  async create(email: string, passwordHash: string): Promise<string | undefined> {
    const rows = await this.#database.query<{ id: string | null }>(nobody, create, [
      email,
      passwordHash,
    ]);
    return rows[0]?.id ?? undefined;
  }

  async find(email: string): Promise<Account | undefined> {
    return (await this.#database.query<Account>(nobody, find, [email]))[0];
  }

  /** The account of a signed-in user; undefined if it was deleted. */
  async own(userId: string): Promise<OwnAccount | undefined> {
    return (await this.#database.query<OwnAccount>(userId, own))[0];
  }

  /** Sets the password, and ends all sessions and tokens but those of the kept session. */
  async setPassword(userId: string, passwordHash: string, kept: string | undefined): Promise<void> {
    await this.#database.query(userId, setPassword, [passwordHash, kept ?? null]);
  }

  /** Deletes the account with everything that belongs to it. */
  async delete(userId: string): Promise<void> {
    await this.#database.query(userId, remove);
  }
}
