import { run } from "../lib/exec.ts";
import { databaseDate } from "../lib/grype.ts";
import { messageOf, Problem } from "../lib/problem.ts";
import { step } from "./terminal.ts";
import { ensureTool } from "./toolchain.ts";

/**
 * Ensures that Grype can be run, and updates its vulnerability database. Without a network, the database
 * from before is used.
 *
 * @throws Problem when Grype or a database is missing and can't be downloaded
 */
export async function ensureScanner(): Promise<void> {
  await ensureTool("grype");
  try {
    await run("grype", ["db", "update", "--quiet"], { timeoutMs: 900_000 });
  } catch (error) {
    const date = await databaseDate();
    if (date === undefined) {
      throw new Problem(`The vulnerability database can't be downloaded: ${messageOf(error)}`);
    }
    step(`The vulnerability database can't be updated; using the one of ${date.slice(0, 10)}`);
  }
}
