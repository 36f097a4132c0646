import { nobody, type Database, type Statement } from "./database.ts";

/** A backup that the backup job made and verified. */
export interface LastBackup {
  readonly finishedAt: Date;
  readonly bytes: number;
}

const last: Statement = {
  name: "last backup",
  text: "SELECT finished_at, bytes::float8 FROM todo.last_backup()",
};

const proof: Statement = {
  name: "last proof",
  text: "SELECT proven_at FROM todo.last_proof()",
};

/** When the drill last restored and compared a backup, for the metrics; undefined if never. */
export async function lastProof(database: Database): Promise<Date | undefined> {
  const [row] = await database.query<{ proven_at: string }>(nobody, proof);
  return row && new Date(row.proven_at);
}

/** The latest backup, for the metrics; undefined if there is none. */
export async function lastBackup(database: Database): Promise<LastBackup | undefined> {
  const [row] = await database.query<{ finished_at: string; bytes: number }>(nobody, last);
  return row && { finishedAt: new Date(row.finished_at), bytes: row.bytes };
}
