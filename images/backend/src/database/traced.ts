import { inSpan } from "../telemetry/tracing.ts";
import type { Database, OwnerSql, PoolUsage, Row, Statement } from "./database.ts";

/** A database with a span for each statement: its name and text, never its values. */
export class TracedDatabase implements Database {
  readonly #inner: Database;

  constructor(inner: Database) {
    this.#inner = inner;
  }

  async query<R extends object = Row>(
    userId: string,
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<readonly R[]> {
    const attributes = { "db.system.name": "postgresql", "db.query.text": statement.text };
    return inSpan(statement.name, "client", attributes, () =>
      this.#inner.query<R>(userId, statement, values),
    );
  }

  async asOwner<T>(work: (sql: OwnerSql) => Promise<T>): Promise<T> {
    return this.#inner.asOwner(work);
  }

  async listen(
    ...args: Parameters<Database["listen"]>
  ): Promise<Awaited<ReturnType<Database["listen"]>>> {
    return this.#inner.listen(...args);
  }

  useRole(role: string): void {
    this.#inner.useRole(role);
  }

  usage(): PoolUsage {
    return this.#inner.usage();
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}
