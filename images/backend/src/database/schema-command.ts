// Run in a backend pod before an update to an older build, and by hand: node /app/schema.mjs
// Prints the version of the database's schema, and the recorded backups, as JSON.
import { readConfig } from "../config.ts";
import { PostgresDatabase } from "./postgres.ts";
import { readSchema } from "./schema.ts";

const { databaseUrl, databaseCaFile: caFile } = readConfig(process.env);
if (databaseUrl === undefined) {
  console.error("DATABASE_URL is not set; run this in a backend pod.");
  process.exit(1);
}
const database = new PostgresDatabase(databaseUrl, () => undefined, { size: 1, caFile });
const found = await database.asOwner(async (sql) => {
  const schema = await readSchema(sql);
  const backups = await sql("SELECT name FROM todo.backups ORDER BY name DESC");
  return { ...schema, backups: backups.map(({ name }) => String(name)) };
});
await database.close();
console.log(JSON.stringify(found));
