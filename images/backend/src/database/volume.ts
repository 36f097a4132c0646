import { nobody, type Database, type Statement } from "./database.ts";

/** The file system that the data is on, in bytes. */
export interface VolumeUsage {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

const ask: Statement = {
  name: "ask data volume",
  text: "SELECT free_bytes::float8 AS free, size_bytes::float8 AS size FROM todo.data_volume()",
};

/** How full the volume of a bundled database is; undefined for any other, and while it is away. */
export async function volumeUsage(database: Database): Promise<VolumeUsage | undefined> {
  const rows = await database
    .query<{ free: number; size: number }>(nobody, ask)
    .catch(() => undefined);
  const [row] = rows ?? [];
  return row && { freeBytes: row.free, sizeBytes: row.size };
}
