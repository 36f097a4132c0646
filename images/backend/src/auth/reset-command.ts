// Run by an administrator in a backend pod: node /app/reset-password.mjs <e-mail address>
// Prints the path of a one-time link to set a new password.
import { readConfig } from "../config.ts";
import { PostgresDatabase } from "../database/postgres.ts";
import { PasswordResets } from "./password-resets.ts";

const [email = ""] = process.argv.slice(2);
const { databaseUrl, databaseCaFile: caFile } = readConfig(process.env);

if (databaseUrl === undefined) fail("DATABASE_URL is not set; run this in a backend pod.");
else {
  const database = new PostgresDatabase(databaseUrl, () => undefined, { size: 1, caFile });
  const token = await new PasswordResets(database).create(email);
  await database.close();
  if (token === undefined) fail(`There is no account with the address "${email}".`);
  else console.log(`/#reset=${token}`);
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}
