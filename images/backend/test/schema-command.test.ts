import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { migrations } from "../src/database/migrations.ts";
import { withPostgres } from "./support/postgres.ts";

const run = promisify(execFile);
const newest = migrations.length;

describe("the command about the schema", function () {
  this.timeout(60_000);
  const server = withPostgres(this);

  /** What it prints, with the environment of a pod. */
  async function command(args: readonly string[], url: string): Promise<string> {
    const program = new URL("../src/database/schema-command.ts", import.meta.url).pathname;
    const env = { ...process.env, DATABASE_URL: url, JWT_SECRET_KEY: "k".repeat(32) };
    const { stdout } = await run(process.execPath, [program, ...args], { env });
    return stdout.trim();
  }

  it("migrates the database of a drill, and tells its version, backups and proof", async () => {
    const url = await server().createDatabase("drilled");
    assert.equal(
      await command(["migrate", url], ""),
      `migrated: schema version ${newest}, ${newest} migrations applied`,
    );
    const empty = { version: newest, oldestBuild: 0, backups: [] };
    assert.deepEqual(JSON.parse(await command([], url)), empty);

    await server().sql(
      `INSERT INTO todo.backups VALUES ('todo-20261128T030000Z.dump', '2026-11-28T03:00:05Z', 7);
       INSERT INTO todo.proofs VALUES ('todo-20261128T030000Z.dump', '2026-11-28T04:30:00Z')`,
      "drilled",
    );
    assert.deepEqual(JSON.parse(await command([], url)), {
      ...{ ...empty, backups: ["todo-20261128T030000Z.dump"] },
      lastBackup: "2026-11-28T03:00:05.000Z",
      lastProof: "2026-11-28T04:30:00.000Z",
    });
  });
});
