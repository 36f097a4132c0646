import { createHash } from "node:crypto";

import { nobody, refusesWrites, type Database, type Statement } from "../database/database.ts";
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
  /** True where the request itself only reads, so that it works in a database that is read only. */
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
 * Limits that hold across replicas, because they are counted in the database. While it is read only,
 * this process counts the requests that only read by itself.
 */
export class RateLimiter {
  readonly #database: Database;
  /** When each bucket is empty again, in milliseconds of the epoch. */
  readonly #ownBuckets = new Map<string, number>();

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
    const wait = await this.#take(limit, bucket(limit, subject));
    if (wait > 0) {
      throw new HttpProblem(429, limit.message, { retryAfterSeconds: Math.ceil(wait) });
    }
  }

  /** Seconds until there is a place; 0 when it was taken. */
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

  /** Undoes one `take`, for requests that turned out not to be what the limit is for. */
  async giveBack(limit: Limit, subject: string): Promise<void> {
    const key = bucket(limit, subject);
    const own = this.#ownBuckets.get(key);
    if (own !== undefined) this.#ownBuckets.set(key, own - limit.refillSeconds * 1000);
    else {
      await this.#database
        .query(nobody, giveBack, [key, limit.refillSeconds])
        .catch((error: unknown) => {
          // It became read only since the place was taken.
          if (!refusesWrites(error)) throw error;
        });
    }
  }

  /** Removes buckets that are empty again; called now and then. */
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
