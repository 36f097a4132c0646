import { hash } from "node:crypto";

import pg from "pg";

import {
  DatabaseUnavailable,
  enterStatement,
  sqlState,
  statementTimeoutMs,
  toIsoTime,
  type Database,
  type OwnerSql,
  type PoolUsage,
  type Row,
  type Statement,
} from "./database.ts";
import { ScopedQuery } from "./scoped-query.ts";

const timestamptz = 1184;

const parserOf = pg.types.getTypeParser as (oid: number, format?: string) => unknown;

const types = {
  getTypeParser: (oid: number, format?: string) =>
    oid === timestamptz ? toIsoTime : parserOf(oid, format),
} as pg.CustomTypesConfig;

/** A migration may wait for another replica's, or build an index. */
const migrationTimeout = { query_timeout: 300_000 };

/** SQLSTATE class of errors after which a connection can be reused. */
const constraintViolation = "23";

/**
 * Name taken or unknown: a pooler in transaction mode ran the transaction on another server
 * connection than the one that the statement was prepared on.
 */
const preparedElsewhere = new Set(["42P05", "26000"]);

/** SQLSTATE of: connection lost, server starting or stopping, too many connections, timeout. */
const unavailableStates = /^(08|53300|57P0|57014)/;

/** SQLSTATE of invalid_password. */
const passwordRefused = "28P01";

/** Error codes of the network and TLS. */
const networkCodes = /^(E[A-Z]{4,}|EAI_AGAIN|SELF_SIGNED_CERT|UNABLE_TO_|CERT_|DEPTH_ZERO)/;

interface PostgresOptions {
  readonly size?: number;
  readonly caFile?: string | undefined;
  readonly onPooler?: () => void;
}

/** A pool of connections to a Postgres server. */
export class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #connection: pg.ClientConfig;
  readonly #size: number;
  readonly #onPooler: () => void;
  /** Connections that are checked out. */
  #busy = 0;
  /** When each connection was opened, and when one was last silent: those from before may be as dead. */
  readonly #openedAt = new WeakMap<pg.PoolClient, number>();
  #silentAt = 0;
  #enter: Statement | undefined;
  #prepares = true;

  /**
   * @param url connection string, `postgres://user:password@host:port/database?sslmode=…`. sslmode
   * means the same as for psql and pg_dump: `require` encrypts, `verify-full` also verifies the
   * server.
   * @param onIdleError called when an idle connection is lost, e.g. after a restart of the server.
   * @param options.size most open connections, besides one that listens; default 10.
   * @param options.caFile CA bundle (PEM) to verify the server with if the URL's sslmode asks for
   * it, like psql's PGSSLROOTCERT; default the public CAs.
   * @param options.onPooler called once, when a pooler in transaction mode is detected.
   */
  constructor(
    url: string,
    onIdleError: (error: Error) => void,
    { size = 10, caFile, onPooler = () => undefined }: PostgresOptions = {},
  ) {
    this.#size = size;
    this.#onPooler = onPooler;
    this.#connection = {
      connectionString: withLibpqModes(url, caFile),
      application_name: "todo-chatbot-backend",
      connectionTimeoutMillis: 3000,
      // The server's own timeout fires first; this one is for a network that drops packets.
      query_timeout: statementTimeoutMs + 1000,
      keepAlive: true,
      // Without it, the system would notice after two hours that the server's node is gone.
      keepAliveInitialDelayMillis: 5000,
      types,
    };
    this.#pool = new pg.Pool({ ...this.#connection, max: size, idleTimeoutMillis: 60_000 });
    // Without a listener, a restart of the server would end this process (node-postgres#2762).
    this.#pool.on("error", onIdleError);
    this.#pool.on("connect", (client) => {
      this.#pool.options.max = this.#size;
      this.#openedAt.set(client, performance.now());
    });
    this.#pool.on("acquire", () => {
      this.#busy++;
    });
    this.#pool.on("release", () => {
      this.#busy--;
    });
  }

  async query<R extends object = Row>(
    userId: string,
    statement: Statement,
    values: readonly unknown[] = [],
  ): Promise<readonly R[]> {
    const enter = this.#enter;
    if (enter === undefined) throw new DatabaseUnavailable("the migrations have not run yet");
    if (this.#prepares) {
      try {
        return await this.#run<R>(userId, prepared(enter), prepared(statement), values);
      } catch (error) {
        if (!preparedElsewhere.has(sqlState(error) ?? "")) throw error;
        this.#stopPreparing();
      }
    }
    return this.#run<R>(userId, unnamed(enter), unnamed(statement), values);
  }

  async asOwner<T>(work: (sql: OwnerSql) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      const sql: OwnerSql = async (text, values = []) =>
        (await client.query<Row>({ text, values: [...values], ...migrationTimeout })).rows;
      await sql("BEGIN");
      try {
        const result = await work(sql);
        await sql("COMMIT");
        return result;
      } catch (error) {
        await sql("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  async listen(
    channel: string,
    onNotification: (payload: string) => void,
    onEnd: () => void,
  ): Promise<() => Promise<void>> {
    const client = new pg.Client(this.#connection);
    client.on("notification", ({ payload = "" }) => {
      onNotification(payload);
    });
    client.on("error", onEnd);
    client.on("end", onEnd);
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    return () => client.end();
  }

  useRole(role: string): void {
    this.#enter = enterStatement(role);
  }

  usage(): PoolUsage {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #run<R extends object>(
    userId: string,
    enter: Statement,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly R[]> {
    return this.#withClient(
      (client) =>
        new Promise((resolve, reject) => {
          client.query(
            new ScopedQuery<R>(enter, userId, statement, values, (error, result) => {
              if (error) reject(error);
              else resolve(result.rows);
            }),
          );
        }),
    );
  }

  /** For good. The failed transaction had no effect, so it can be retried. */
  #stopPreparing(): void {
    if (this.#prepares) this.#onPooler();
    this.#prepares = false;
  }

  /**
   * After a rotation of the password, a pod from before it opens no more connections. It serves with
   * those that it has, and requests wait for one, until the rollout replaces it.
   */
  async #connect(): Promise<pg.PoolClient> {
    for (;;) {
      try {
        const client = await this.#pool.connect();
        if ((this.#openedAt.get(client) ?? 0) >= this.#silentAt) return client;
        client.release(true);
      } catch (error) {
        // Without those that are being opened: requests that wait for one another's never end.
        const { idleCount, options } = this.#pool;
        const open = idleCount + this.#busy;
        if (sqlState(error) !== passwordRefused || open === 0) throw error;
        options.max = open;
      }
    }
  }

  /** Checks a connection out; after any error but a violated constraint it is not reused. */
  async #withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#connect();
    } catch (error) {
      throw new DatabaseUnavailable(error);
    }
    // A connection that breaks while checked out emits the error to its query and again to the
    // client.
    const ignore = (): void => undefined;
    client.on("error", ignore);
    let reusable = true;
    try {
      return await work(client);
    } catch (error) {
      const state = sqlState(error);
      reusable = state?.startsWith(constraintViolation) ?? false;
      // The server's node may be gone: one after the other would have to time out.
      if (isSilence(error)) this.#silentAt = performance.now();
      throw isUnavailable(error) ? new DatabaseUnavailable(error) : error;
    } finally {
      client.off("error", ignore);
      client.release(!reusable);
    }
  }
}

const preparedAs = new WeakMap<Statement, Statement>();

/** Behind a pooler, pods of another release may have prepared another text under the same name. */
function prepared(statement: Statement): Statement {
  const known = preparedAs.get(statement);
  if (known !== undefined) return known;
  const { name, text } = statement;
  const unique = { name: `${name} ${hash("sha1", text).slice(0, 8)}`, text };
  preparedAs.set(statement, unique);
  return unique;
}

function unnamed({ text }: Statement): Statement {
  return { name: "", text };
}

/**
 * Without this, pg treats every mode as `verify-full`, and a URL that works for pg_dump fails here.
 */
function withLibpqModes(url: string, caFile: string | undefined): string {
  const parsed = new URL(url);
  const query = parsed.searchParams;
  if (query.get("sslrootcert") === "system") {
    query.delete("sslrootcert");
    query.set("sslmode", "verify-full");
  } else if (caFile !== undefined && query.has("sslmode")) {
    query.set("sslrootcert", caFile);
  }
  if (!query.has("sslmode")) return url;
  // pg doesn't know "allow"; with "prefer", unlike libpq, it never falls back to plaintext.
  if (query.get("sslmode") === "allow") query.set("sslmode", "prefer");
  query.set("uselibpqcompat", "true");
  return parsed.href;
}

/** Whether a query timed out on this side, before the server's own timeout. */
const isSilence = (error: unknown): boolean => /^Query read timeout/.test(messageOf(error));

const messageOf = (error: unknown): string =>
  String((error as { message?: unknown } | undefined)?.message);

function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return unavailableStates.test(state);
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return networkCodes.test(code);
  return /^(Query read timeout|Connection terminated|Client has encountered)/.test(
    messageOf(error),
  );
}
