import { PGlite } from "@electric-sql/pglite";

import { EmbeddedDatabase } from "../../src/database/pglite.ts";

let template: Promise<Blob> | undefined;

/** An embedded database in memory with nothing in it; copied, because making one takes seconds. */
export async function emptyDatabase(): Promise<EmbeddedDatabase> {
  template ??= makeTemplate();
  return EmbeddedDatabase.open(undefined, await template);
}

async function makeTemplate(): Promise<Blob> {
  const postgres = await PGlite.create();
  const dump = await postgres.dumpDataDir("none");
  await postgres.close();
  return dump;
}
