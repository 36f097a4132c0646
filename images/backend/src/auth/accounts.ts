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
}
