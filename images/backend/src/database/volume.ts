import { nobody, type Database, type Statement } from "./database.ts";

/** The file system of the data, in bytes. */
export interface VolumeUsage {
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

const ask: Statement = {
  name: "ask data volume",
  text: "SELECT free_bytes::float8 AS free, size_bytes::float8 AS size FROM todo.data_volume()",
};

/** Usage of a bundled database's volume; undefined for an external one, or while unavailable. */
export async function volumeUsage(database: Database): Promise<VolumeUsage | undefined> {
  const rows = await database
    .query<{ free: number; size: number }>(nobody, ask)
    .catch(() => undefined);
  const [row] = rows ?? [];
  return row && { freeBytes: row.free, sizeBytes: row.size };
}
