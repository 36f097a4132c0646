/** A fixed SQL statement with `$1`, `$2` …; the name lets connections prepare it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A result row by column name. Times are ISO 8601 strings in UTC. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs SQL inside one transaction as the database's login role; migrations only. */
export type OwnerSql = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Usage of the connection pool. */
export interface PoolUsage {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
}

/**
 * The only access to the data. Every statement runs in its own transaction, with the application's
 * database role (not the owner of the tables) and on behalf of one user, so that row-level security
 * holds whatever the statement is.
 */
export interface Database {
  /**
   * Runs one statement on behalf of a user.
   *
   * @param userId id of the user, a UUID; `nobody` sees no rows and may only call functions.
   * @throws DatabaseUnavailable if the database can't be reached or doesn't respond in time.
   * @throws pg.DatabaseError or PGlite's DatabaseError, with SQLSTATE in `code`, for other errors.
   */
  query<R extends object = Row>(
    userId: string,
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<readonly R[]>;

  /** Runs `work` in one transaction as the login role; rolled back when it throws. */
  asOwner<T>(work: (sql: OwnerSql) => Promise<T>): Promise<T>;

  /**
   * Receives the notifications of a channel, on a connection of its own.
   *
   * @param onEnd called when the connection is lost.
   * @returns the function that closes the connection.
   * @throws Error if the database can't be reached.
   */
  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onEnd: () => void,
  ): Promise<() => Promise<void>>;

  /** Sets the role that `query` switches to; called once the migrations have created it. */
  useRole(role: string): void;

  usage(): PoolUsage;

  close(): Promise<void>;
}

/** The user id of statements that belong to no user: sign-in, rate limits, health. */
export const nobody = "";

/** The database can't be reached, refuses connections, or doesn't respond in time. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super("the database is unavailable", { cause });
    this.name = "DatabaseUnavailable";
  }
}

/** SQLSTATE of a database error, e.g. `23505`; undefined for any other value. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  // Node's own codes, such as EPIPE, may have five letters too, but no digit.
  return typeof code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** SQLSTATE of read_only_sql_transaction and disk_full. */
const writeRefusals = new Set(["25006", "53100"]);

/** Whether the database refused a write: it is read-only, or its disk is full. */
export function refusesWrites(error: unknown): boolean {
  return writeRefusals.has(sqlState(error) ?? "");
}

/** Waits for a write that may be left out: it is while the database refuses writes. */
export async function ifWritable(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!refusesWrites(error)) throw error;
  });
}

/** As a server in UTC sends it; a list has up to three of these for each task. */
const utcTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/;
const isoTime =
  /^(\d{4})-(\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/**
 * Converts Postgres's text format of a timestamptz (DateStyle ISO) to ISO 8601 in UTC with
 * milliseconds. `new Date(text)` would guess: it takes the year 32 for 2032.
 *
 * @throws Error for other formats, years before 1 or after 9999, and infinity.
 */
export function toIsoTime(text: string): string {
  if (utcTime.test(text)) {
    const milliseconds = text.slice(20, -3).padEnd(3, "0").slice(0, 3);
    return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
  }
  const [, year, day, time, fraction = "", sign, hours, minutes = 0, seconds = 0] =
    isoTime.exec(text) ?? [];
  if (hours === undefined) throw new Error(`Postgres sent an unexpected time: ${text}`);
  const local = Date.parse(`${year}-${day}T${time}${fraction}Z`);
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return new Date(local - (sign === "-" ? -offset : offset) * 1000).toISOString();
}

/**
 * Switches the transaction to the application's role and the user. `is_local` (true) limits it to
 * the transaction, so that behind a transaction-mode pooler it doesn't leak to others.
 */
export function enterStatement(role: string): Statement {
  return {
    name: `enter ${role}`,
    text:
      `SELECT set_config('role', '${role}', true), set_config('app.user_id', $1, true), ` +
      `set_config('statement_timeout', '${statementTimeoutMs}', true), ` +
      // The server's own may be any; times are parsed in this one.
      "set_config('DateStyle', 'ISO', true)",
  };
}

/** Longest time that a statement may run on the server. */
export const statementTimeoutMs = 5000;
