import { nobody, type Database, type Statement } from "../database/database.ts";

const count: Statement = {
  name: "count tasks",
  text: "SELECT completed, number::int FROM todo.count_tasks()",
};

/** Counting reads all tasks, so its result is cached for this long. */
const freshMs = 60_000;

/** Counts the tasks of all users, for the metrics. */
export class TaskCounter {
  readonly #database: Database;
  #last: { readonly at: number; readonly pending: number; readonly completed: number } | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Pending and completed tasks, at most a minute old. */
  async counts(): Promise<{ readonly pending: number; readonly completed: number }> {
    if (this.#last !== undefined && Date.now() - this.#last.at < freshMs) return this.#last;
    const rows = await this.#database.query<{ completed: boolean; number: number }>(nobody, count);
    const numberOf = (completed: boolean): number =>
      rows.find((row) => row.completed === completed)?.number ?? 0;
    this.#last = { at: Date.now(), pending: numberOf(false), completed: numberOf(true) };
    return this.#last;
  }
}
