import { hash } from "node:crypto";

import * as z from "zod";

import { nobody, type Database, type Statement } from "../database/database.ts";
import { HttpProblem } from "./problem.ts";

/** How long a repeated request is recognized, in hours; the tidying may take ten minutes more. */
export const rememberedHours = 24;

/** A request that must take effect once, however often it arrives. */
export interface Once {
  /** Chosen by the client, unique among its requests. */
  readonly key: string;
  /** Fingerprint of the request, to tell a repeated one from another with the same key. */
  readonly request: string;
}

/** Request header of the routes that create something. */
export const onceHeader = {
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, { error: "must be 1 to 100 visible ASCII characters" })
    .optional()
    .describe(
      "A random value of the client. A repeated request with the same value gets the result of the " +
        `first, for ${rememberedHours} hours: 422 if its body differs, 409 while the first is running`,
    ),
};

/**
 * The key and fingerprint of a request; undefined if it has no key.
 *
 * @param body the parsed body.
 */
export function onceOf(
  headers: { readonly "idempotency-key"?: string | undefined },
  route: string,
  body: unknown,
): Once | undefined {
  const key = headers["idempotency-key"];
  return key === undefined
    ? undefined
    : { key, request: hash("sha256", JSON.stringify([route, body])) };
}

const begin: Statement = {
  name: "begin request",
  text: `INSERT INTO todo.requests (user_id, key, request) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING RETURNING key`,
};
const find: Statement = {
  name: "find request",
  text: "SELECT request, result FROM todo.requests WHERE user_id = $1 AND key = $2",
};
const finish: Statement = {
  name: "finish request",
  text: "UPDATE todo.requests SET result = $3 WHERE user_id = $1 AND key = $2",
};
const abandon: Statement = {
  name: "abandon request",
  text: "DELETE FROM todo.requests WHERE user_id = $1 AND key = $2 AND result IS NULL",
};

const forget: Statement = {
  name: "forget requests",
  text: "SELECT todo.forget_requests(make_interval(hours => $1))",
};

/** Requests with an idempotency key, across replicas; each belongs to one user. */
export class RequestStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Claims a key. True if the request is new: it must `finish`, or `abandon` without an effect.
   */
  async begin(userId: string, { key, request }: Once): Promise<boolean> {
    return (await this.#database.query(userId, begin, [userId, key, request])).length > 0;
  }

  /**
   * The result of the earlier request with this key; undefined if there was none.
   *
   * @throws HttpProblem 422 if that was another request, 409 if it has no result yet.
   */
  async resultOf(userId: string, { key, request }: Once): Promise<unknown> {
    const [earlier] = await this.#database.query<{ request: string; result: unknown }>(
      userId,
      find,
      [userId, key],
    );
    if (earlier === undefined) return undefined;
    if (earlier.request !== request) {
      throw new HttpProblem(
        422,
        "This Idempotency-Key was sent with another request; use a new one.",
      );
    }
    if (earlier.result === null) {
      throw new HttpProblem(
        409,
        "The request with this Idempotency-Key is still running, or was interrupted. Look at what " +
          "was done before you send it with a new key.",
        { retryAfterSeconds: 2 },
      );
    }
    return earlier.result;
  }

  async finish(userId: string, { key }: Once, result: unknown): Promise<void> {
    await this.#database.query(userId, finish, [userId, key, JSON.stringify(result)]);
  }

  async abandon(userId: string, { key }: Once): Promise<void> {
    await this.#database.query(userId, abandon, [userId, key]);
  }

  /** Forgets old requests; to be called periodically. */
  async tidy(): Promise<void> {
    await this.#database.query(nobody, forget, [rememberedHours]);
  }
}
