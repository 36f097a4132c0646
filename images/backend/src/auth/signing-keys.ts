import { hash } from "node:crypto";

import { nobody, type Database, type Statement } from "../database/database.ts";

const see: Statement = {
  name: "see signing key",
  text: "SELECT todo.see_signing_key($1) AS age",
};

/**
 * Records that a signing key is in use.
 *
 * @returns seconds since a pod first used it; Infinity when it is the only one that the database has seen
 */
export async function seeSigningKey(database: Database, key: string): Promise<number> {
  const [row] = await database.query<{ age: number }>(nobody, see, [hash("sha256", key)]);
  return Number(row?.age);
}
