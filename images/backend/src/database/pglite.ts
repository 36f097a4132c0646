import { mkdir } from "node:fs/promises";

import type { PGlite, Transaction } from "@electric-sql/pglite";

import {
  DatabaseUnavailable,
  enterStatement,
  toIsoTime,
  type Database,
  type OwnerSql,
  type PoolUsage,
  type Row,
  type Statement,
} from "./database.ts";

const timestamptz = 1184;

/** Postgres inside this process, for development and tests: the same SQL, roles and policies. */
export class EmbeddedDatabase implements Database {
  readonly #postgres: PGlite;
  #enter: Statement | undefined;

  private constructor(postgres: PGlite) {
    this.#postgres = postgres;
  }

  /**
   * @param folder where to store the data; undefined for in memory.
   * @param template a dumped data folder to start from, which is faster than initializing one.
   */
  static async open(folder: string | undefined, template?: Blob): Promise<EmbeddedDatabase> {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
    const { PGlite } = await import("@electric-sql/pglite");
    const postgres = await PGlite.create({
      ...(folder !== undefined && { dataDir: folder }),
      ...(template !== undefined && { loadDataDir: template }),
      parsers: { [timestamptz]: toIsoTime },
    });
    return new EmbeddedDatabase(postgres);
  }

  async query<R extends object = Row>(
    userId: string,
    statement: Statement,
    values: readonly unknown[] = [],
  ): Promise<readonly R[]> {
    const enter = this.#enter;
    if (enter === undefined) throw new DatabaseUnavailable("the migrations have not run yet");
    return this.#postgres.transaction(async (transaction) => {
      await transaction.query(enter.text, [userId]);
      return (await transaction.query<R>(statement.text, [...values])).rows;
    });
  }

  async asOwner<T>(work: (sql: OwnerSql) => Promise<T>): Promise<T> {
    return this.#postgres.transaction((transaction) => work(ownerSql(transaction)));
  }

  useRole(role: string): void {
    this.#enter = enterStatement(role);
  }

  usage(): PoolUsage {
    return { total: 1, idle: 1, waiting: 0 };
  }

  async close(): Promise<void> {
    await this.#postgres.close();
  }
}

/** A migration has several statements in one text, which only `exec` accepts. */
function ownerSql(transaction: Transaction): OwnerSql {
  return async (text, values) => {
    if (values !== undefined) return (await transaction.query<Row>(text, [...values])).rows;
    const results = await transaction.exec(text);
    return results.at(-1)?.rows ?? [];
  };
}
