import pg from "pg";

import type { Statement } from "./database.ts";

/** What pg's Query uses of a connection and its own internals, missing in its types. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Record<string, string | undefined>;
  parse(message: { text: string; name: string }): void;
  bind(message: { portal: string; statement: string; values: readonly unknown[] }): void;
  execute(message: { portal: string; rows: number }): void;
}
interface QueryParts {
  requiresPreparation(): boolean;
  prepare(wire: Wire): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
}
const parts = pg.Query.prototype as unknown as QueryParts;

/**
 * Two statements in one round trip and one transaction: `enter` sets role and user, then the
 * statement runs; without a name it is parsed each time. Postgres ends the transaction of an
 * extended query at its Sync message, and only one is sent, after both. BEGIN, SET, statement and
 * COMMIT would be four round trips.
 */
export class ScopedQuery<R extends object>
  extends pg.Query<R>
  implements Pick<QueryParts, keyof QueryParts>
{
  readonly #enter: Statement;
  readonly #userId: string;
  #entered = false;

  constructor(
    enter: Statement,
    userId: string,
    statement: Statement,
    values: readonly unknown[],
    callback: (error: Error | undefined, result: { readonly rows: R[] }) => void,
  ) {
    super({ name: statement.name, text: statement.text, values: [...values] }, callback);
    this.#enter = enter;
    this.#userId = userId;
  }

  /**
   * Otherwise pg sends a statement without name and values by itself, and so as the tables' owner.
   */
  requiresPreparation(): boolean {
    return true;
  }

  /** Called by pg on a corked socket, so that all messages go out in one packet. */
  prepare(wire: Wire): void {
    const { name, text } = this.#enter;
    if (wire.parsedStatements[name] !== text) wire.parse({ name, text });
    if (name !== "") wire.parsedStatements[name] = text;
    wire.bind({ portal: "", statement: name, values: [this.#userId] });
    wire.execute({ portal: "", rows: 0 });
    parts.prepare.call(this, wire);
  }

  handleDataRow(message: unknown): void {
    if (this.#entered) parts.handleDataRow.call(this, message);
  }

  handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#entered) parts.handleCommandComplete.call(this, message, wire);
    this.#entered = true;
  }
}
