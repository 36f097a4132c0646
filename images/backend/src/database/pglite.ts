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
import { lockFolder, type FolderLock } from "./folder-lock.ts";

const timestamptz = 1184;

/** Postgres inside this process, for development and tests: the same SQL, roles and policies. */
export class EmbeddedDatabase implements Database {
  readonly #postgres: PGlite;
  readonly #lock: FolderLock | undefined;
  #enter: Statement | undefined;

  private constructor(postgres: PGlite, lock: FolderLock | undefined) {
    this.#postgres = postgres;
    this.#lock = lock;
  }

  /**
   * @param store folder for the data, and the address of this process, to name it to others who want
   * the same folder; undefined for in memory.
   * @param template a dumped data folder to start from, which is faster than initializing one.
   * @throws FolderInUse if another process uses the folder: two would overwrite each other's data.
   */
  static async open(
    store: { readonly folder: string; readonly address: string } | undefined,
    template?: Blob,
  ): Promise<EmbeddedDatabase> {
    const folder = store?.folder;
    let lock: FolderLock | undefined;
    if (store !== undefined) {
      lock = lockFolder(store.folder, store.address);
      await mkdir(store.folder, { recursive: true });
    }
    const { PGlite } = await import("@electric-sql/pglite");
    const postgres = await PGlite.create({
      ...(folder !== undefined && { dataDir: folder }),
      ...(template !== undefined && { loadDataDir: template }),
      parsers: { [timestamptz]: toIsoTime },
    });
    return new EmbeddedDatabase(postgres, lock);
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

  async listen(
    channel: string,
    onNotification: (payload: string) => void,
  ): Promise<() => Promise<void>> {
    return this.#postgres.listen(channel, onNotification);
  }

  useRole(role: string): void {
    this.#enter = enterStatement(role);
  }

  usage(): PoolUsage {
    return { total: 1, idle: 1, waiting: 0 };
  }

  async close(): Promise<void> {
    await this.#postgres.close();
    this.#lock?.release();
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
