/** A fixed SQL statement with `$1`, `$2` …; the name lets connections prepare it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A result row: column names of the statement to values. Times are ISO 8601 strings in UTC. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs SQL inside one transaction as the database's login role; migrations only. */
export type OwnerSql = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Where the numbers of the connection pool come from. */
export interface PoolUsage {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/**
 * The only way to the data. Every statement runs in a transaction of its own, under the database
 * role of the application (not the owner of the tables) and in the name of one person, so that
 * row-level security holds whatever the statement says.
 */
export interface Database {
  /**
   * Runs one statement in the name of a person.
   *
   * @param userId id of the person, a UUID; `nobody` sees no rows and may only call functions.
   * @throws DatabaseAway when the database can't be reached or doesn't answer in time.
   * @throws pg.DatabaseError or PGlite's DatabaseError, with SQLSTATE in `code`, otherwise.
   */
  query<R extends object = Row>(
    userId: string,
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<readonly R[]>;

  /** Runs `work` in one transaction as the login role; rolled back when it throws. */
  asOwner<T>(work: (sql: OwnerSql) => Promise<T>): Promise<T>;

  /** Tells which role `query` switches to; called once the migrations have made it. */
  useRole(role: string): void;

  usage(): PoolUsage;

  close(): Promise<void>;
}

/** In whose name statements run that belong to no person: signing in, limits, health. */
export const nobody = "";

/** The database can't be reached, refuses connections, or doesn't answer in time. */
export class DatabaseAway extends Error {
  constructor(cause: unknown) {
    super("the database does not answer", { cause });
    this.name = "DatabaseAway";
  }
}

/** SQLSTATE of a database error, e.g. `23505`; undefined for any other value. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  // Node's own codes, EPIPE for one, can have five letters too, but no digit.
  return typeof code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** SQLSTATE of a transaction that may only read, and of a disk that is full. */
const writeRefusals = new Set(["25006", "53100"]);

/** True for a database that reads and does not write: it is read only, or its disk is full. */
export function refusesWrites(error: unknown): boolean {
  return writeRefusals.has(sqlState(error) ?? "");
}

/** Turns what Postgres prints for a timestamptz into ISO 8601 in UTC with milliseconds. */
export function toIsoTime(text: string): string {
  return new Date(text).toISOString();
}

/**
 * Switches the transaction to the application's role and person. `is_local` (true) makes it end
 * with the transaction, so that behind a transaction-mode pooler nobody else gets it.
 */
export function enterStatement(role: string): Statement {
  return {
    name: `enter ${role}`,
    text:
      `SELECT set_config('role', '${role}', true), set_config('app.user_id', $1, true), ` +
      `set_config('statement_timeout', '${statementTimeoutMs}', true)`,
  };
}

/** Longest that one statement may run on the server. */
export const statementTimeoutMs = 5000;
