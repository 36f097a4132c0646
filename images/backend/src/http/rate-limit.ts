import { createHash } from "node:crypto";

import {
  ifWritable,
  nobody,
  refusesWrites,
  type Database,
  type Statement,
} from "../database/database.ts";
import { HttpProblem } from "./problem.ts";

/** A leaky bucket. */
export interface Limit {
  /** Unique name, e.g. `login by account`. */
  readonly name: string;
  /** Capacity: how many requests may come at once. */
  readonly burst: number;
  /** Seconds until room for one more request is free again. */
  readonly refillSeconds: number;
  /** Error message for the user. */
  readonly message: string;
  /** True if the request itself only reads, so that it works with a read-only database. */
  readonly onlyReads?: boolean;
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

/**
 * Rate limits across replicas, counted in the database. While that is read-only, each process
 * counts its own requests that only read.
 */
export class RateLimiter {
  readonly #database: Database;
  /** When each bucket will be empty, in milliseconds since 1970. */
  readonly #ownBuckets = new Map<string, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Counts one request.
   *
   * @param subject key of the bucket; stored as a hash, since it may be an IP or e-mail address.
   * @throws HttpProblem 429 with Retry-After if the bucket is full.
   */
  async take(limit: Limit, subject: string): Promise<void> {
    const wait = await this.#take(limit, bucket(limit, subject));
    if (wait > 0) {
      throw new HttpProblem(429, limit.message, { retryAfterSeconds: Math.ceil(wait) });
    }
  }

  /** Counts one request; false if the bucket is full. */
  async admits(limit: Limit, subject: string): Promise<boolean> {
    return (await this.#take(limit, bucket(limit, subject))) <= 0;
  }

  /** Seconds until there is room; 0 if the request was counted. */
  async #take({ burst, refillSeconds, onlyReads }: Limit, key: string): Promise<number> {
    try {
      const [row] = await this.#database.query<{ wait: number }>(nobody, take, [
        key,
        burst,
        refillSeconds,
      ]);
      return row?.wait ?? 0;
    } catch (error) {
      if (!onlyReads || !refusesWrites(error)) throw error;
      const now = Date.now();
      const emptyAt = Math.max(this.#ownBuckets.get(key) ?? 0, now);
      const wait = (emptyAt - now) / 1000 - refillSeconds * (burst - 1);
      if (wait <= 0) this.#ownBuckets.set(key, emptyAt + refillSeconds * 1000);
      return wait;
    }
  }

  /** Undoes one `take`, for requests that the limit is not meant for. */
  async giveBack(limit: Limit, subject: string): Promise<void> {
    const key = bucket(limit, subject);
    const own = this.#ownBuckets.get(key);
    if (own !== undefined) this.#ownBuckets.set(key, own - limit.refillSeconds * 1000);
    else {
      // The database may have become read-only since `take`.
      await ifWritable(this.#database.query(nobody, giveBack, [key, limit.refillSeconds]));
    }
  }

  /** Removes empty buckets; to be called periodically. */
  async tidy(): Promise<void> {
    for (const [key, emptyAt] of this.#ownBuckets) {
      if (emptyAt < Date.now()) this.#ownBuckets.delete(key);
    }
    await this.#database.query(nobody, forget);
  }
}

function bucket({ name }: Limit, subject: string): string {
  return `${name}:${createHash("sha256").update(subject).digest("base64url")}`;
}
