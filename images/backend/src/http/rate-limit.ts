import { createHash } from "node:crypto";

import { nobody, type Database, type Statement } from "../database/database.ts";
import { HttpProblem } from "./problem.ts";

/** A bucket with places that free up again one after the other. */
export interface Limit {
  /** Told apart from other limits by this name, e.g. `login by account`. */
  readonly name: string;
  /** Places in an empty bucket: how many requests may come at once. */
  readonly burst: number;
  /** Seconds until one place is free again. */
  readonly refillSeconds: number;
  /** What the person reads who is told to wait. */
  readonly message: string;
}

const take: Statement = {
  name: "take place",
  text: "SELECT todo.take_place($1, $2, make_interval(secs => $3)) AS wait",
};
const giveBack: Statement = {
  name: "give place back",
  text: "SELECT todo.give_place_back($1, make_interval(secs => $2))",
};
const forget: Statement = {
  name: "forget empty buckets",
  text: "SELECT todo.forget_empty_buckets()",
};

/** Limits that hold across replicas, because they are counted in the database. */
export class RateLimiter {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Counts one request.
   *
   * @param subject whose bucket it is; kept as a hash, since it may be an address or an e-mail.
   * @throws HttpProblem 429 with Retry-After when the bucket is full.
   */
  async take(limit: Limit, subject: string): Promise<void> {
    const [row] = await this.#database.query<{ wait: number }>(nobody, take, [
      bucket(limit, subject),
      limit.burst,
      limit.refillSeconds,
    ]);
    const wait = row?.wait ?? 0;
    if (wait > 0) {
      throw new HttpProblem(429, limit.message, { retryAfterSeconds: Math.ceil(wait) });
    }
  }

  /** Undoes one `take`, for requests that turned out not to be what the limit is for. */
  async giveBack(limit: Limit, subject: string): Promise<void> {
    await this.#database.query(nobody, giveBack, [bucket(limit, subject), limit.refillSeconds]);
  }

  /** Removes buckets that are empty again; called now and then. */
  async tidy(): Promise<void> {
    await this.#database.query(nobody, forget);
  }
}

function bucket({ name }: Limit, subject: string): string {
  return `${name}:${createHash("sha256").update(subject).digest("base64url")}`;
}
