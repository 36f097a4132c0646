// Run in a backend pod, before an update to an older build and by doctor: node /app/schema.mjs
// Prints the version of the database's schema and the recorded backups, as JSON.
// Run by the drill, on a database of its own without a password: node /app/schema.mjs migrate <URL>
import { readConfig } from "../config.ts";
import { migrate } from "./migrate.ts";
import { PostgresDatabase } from "./postgres.ts";
import { readSchema } from "./schema.ts";

const [command, throwaway] = process.argv.slice(2);
const isDrill = command === "migrate";
const { databaseUrl, databaseCaFile: caFile } = isDrill
  ? { databaseUrl: throwaway, databaseCaFile: undefined }
  : readConfig(process.env);
if (databaseUrl === undefined) {
  console.error("DATABASE_URL is not set; run this in a backend pod.");
  process.exit(1);
}
const database = new PostgresDatabase(databaseUrl, () => undefined, { size: 1, caFile });
if (isDrill) {
  const { applied, version } = await migrate(database);
  console.log(`migrated: schema version ${version}, ${applied.length} migrations applied`);
} else {
  const found = await database.asOwner(async (sql) => {
    const schema = await readSchema(sql);
    const backups = await sql("SELECT name, finished_at FROM todo.backups ORDER BY name DESC");
    const [proof] = await sql("SELECT proven_at FROM todo.last_proof()");
    const [volume] = await sql(
      "SELECT free_bytes::float8 AS free, size_bytes::float8 AS size FROM todo.data_volume()",
    );
    return {
      ...schema,
      ...(volume && { freeBytes: volume["free"], sizeBytes: volume["size"] }),
      backups: backups.map(({ name }) => String(name)),
      ...(backups[0] && { lastBackup: String(backups[0]["finished_at"]) }),
      ...(proof && { lastProof: String(proof["proven_at"]) }),
    };
  });
  console.log(JSON.stringify(found));
}
await database.close();
