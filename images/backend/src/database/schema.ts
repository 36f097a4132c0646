import type { OwnerSql } from "./database.ts";

/** The schema in a database. */
export interface Schema {
  /** Newest migration; 0 when there is none. */
  readonly version: number;
  /** Builds that know an older version than this one can't work with it; 0: all can. */
  readonly oldestBuild: number;
  /** When the migration ran that `oldestBuild` is from; undefined when there is none. */
  readonly since?: string;
}

/** Reads the schema's version. Up to version 11 the table has no column for the oldest build. */
export async function readSchema(sql: OwnerSql): Promise<Schema> {
  const [row] = await sql(`
    SELECT max(version) OVER () AS version, oldest, applied_at AS since
      FROM todo.migrations AS m, coalesce((to_jsonb(m) ->> 'oldest_build')::int, 0) AS oldest
      ORDER BY oldest DESC, version LIMIT 1
  `);
  const oldestBuild = Number(row?.["oldest"] ?? 0);
  return {
    version: Number(row?.["version"] ?? 0),
    oldestBuild,
    ...(oldestBuild > 0 && { since: String(row?.["since"]) }),
  };
}
