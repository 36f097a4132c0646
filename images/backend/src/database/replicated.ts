import {
  DatabaseUnavailable,
  type Database,
  type OwnerSql,
  type PoolUsage,
  type Row,
  type Statement,
} from "./database.ts";

/** How long the primary may be silent before a replica is asked too. */
const silentMs = 1000;

/** How long replicas are asked first after they stood in for the primary. */
const awayMs = 1000;

/**
 * A primary with replicas, which answer what only reads while the primary is away or silent. They
 * refuse to write, so any statement can be sent to them. What they answer may lag behind a little.
 */
export class ReplicatedDatabase implements Database {
  readonly #primary: Database;
  readonly #replicas: Database;
  #awayUntil = 0;

  constructor(primary: Database, replicas: Database) {
    this.#primary = primary;
    this.#replicas = replicas;
  }

  async query<R extends object = Row>(
    userId: string,
    statement: Statement,
    values: readonly unknown[] = [],
  ): Promise<readonly R[]> {
    if (performance.now() < this.#awayUntil) {
      const rows = await this.#stood<R>(userId, statement, values);
      if (rows !== undefined) return rows;
    }
    const primary = this.#primary.query<R>(userId, statement, values);
    try {
      return await unlessSilent(primary);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      const rows = await this.#stood<R>(userId, statement, values);
      if (rows === undefined) return primary;
      this.#awayUntil = performance.now() + awayMs;
      return rows;
    }
  }

  asOwner<T>(work: (sql: OwnerSql) => Promise<T>): Promise<T> {
    return this.#primary.asOwner(work);
  }

  listen(...args: Parameters<Database["listen"]>): ReturnType<Database["listen"]> {
    return this.#primary.listen(...args);
  }

  useRole(role: string): void {
    this.#primary.useRole(role);
    this.#replicas.useRole(role);
  }

  usage(): PoolUsage {
    return this.#primary.usage();
  }

  async close(): Promise<void> {
    await Promise.all([this.#primary.close(), this.#replicas.close()]);
  }

  /** What a replica answers; undefined if none does, or the statement writes. */
  #stood<R extends object>(
    userId: string,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly R[] | undefined> {
    return this.#replicas.query<R>(userId, statement, values).catch(() => undefined);
  }
}

/** @throws DatabaseUnavailable when there is no answer within {@link silentMs}, which may still come */
async function unlessSilent<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DatabaseUnavailable(`no response within ${silentMs / 1000} s`));
    }, silentMs);
  });
  // It may fail when nobody waits for it any more.
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
