import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { run } from "../../lib/exec.ts";
import { project } from "../../lib/project.ts";
import { temporaryFolder } from "../../lib/temporary.ts";
import { copyRevision } from "./project.ts";

/** Tests of the API through its routes. */
const files = ["auth", "chat", "mcp", "openapi", "tasks"].map((name) => `test/${name}.test.ts`);

/**
 * Runs a release's own tests of its API, with its own code, on a database that this version has migrated.
 *
 * @returns the number of tests that passed
 * @throws RunError with those that failed
 */
export async function runApiTests(revision: string): Promise<number> {
  await using folder = await temporaryFolder();
  await copyRevision(revision, folder.path);
  const backend = join(folder.path, "images", "backend");
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: backend, timeoutMs: 300_000 });

  const database = join(folder.path, "database");
  await run(process.execPath, ["--input-type=module", "--eval", migration(database)]);
  const support = join(backend, "test", "support", "embedded.ts");
  const text = await readFile(support, "utf8");
  const changed = text.replace(
    "PGlite.create()",
    `PGlite.create({ dataDir: ${JSON.stringify(database)} })`,
  );
  if (changed === text) throw new Error(`${support} creates its databases in another way`);
  await writeFile(support, changed);

  const mocha = ["node_modules/mocha/bin/mocha.js", "--no-config", "--timeout", "60000"];
  const options = { cwd: backend, timeoutMs: 300_000 };
  const output = await run(process.execPath, [...mocha, ...files], options);
  return Number(/(\d+) passing/.exec(output)?.[1] ?? 0);
}

/** A program that creates a database with this version's schema in a folder. */
function migration(folder: string): string {
  const source = (name: string) =>
    JSON.stringify(pathToFileURL(join(project, "images/backend/src/database", name)).href);
  return `
    import { migrate } from ${source("migrate.ts")};
    import { EmbeddedDatabase } from ${source("pglite.ts")};
    const store = { folder: ${JSON.stringify(folder)}, address: "a test" };
    const database = await EmbeddedDatabase.open(store);
    await migrate(database);
    await database.close();`;
}
