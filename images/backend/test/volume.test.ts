import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";

import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend } from "./support/backend.ts";
import { emptyDatabase } from "./support/embedded.ts";
import { withPostgres } from "./support/postgres.ts";
import { skip } from "../../../test/skip.ts";

const figures = "/var/run/postgresql/data-volume";
const isRoot = process.getuid?.() === 0;

const gauges = async (backend: TestBackend) =>
  (await backend.send("GET", "/metrics")).text
    .split("\n")
    .filter((line) => line.startsWith("database_volume_"))
    .sort();

describe("the figures of the data volume", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  // The place is a contract with the disk guard of the chart, so it can't be another one.
  const canWrite = isRoot && !existsSync(figures);
  after(() => {
    if (canWrite) rmSync(figures, { force: true });
  });

  it("are gauges, as the disk guard wrote them down", async function () {
    if (!canWrite) skip(this, `only root can write ${figures}, and only where there is none`);
    const database = new PostgresDatabase(server().url(), () => undefined);
    const backend = await TestBackend.start({ database });
    mkdirSync("/var/run/postgresql", { recursive: true });
    for (const [text, lines] of [
      [
        "1048576 1073741824\n",
        ["database_volume_free_bytes 1048576", "database_volume_size_bytes 1073741824"],
      ],
      ["0 5\n", ["database_volume_free_bytes 0", "database_volume_size_bytes 5"]],
      ["", []],
    ] as const) {
      writeFileSync(figures, text);
      assert.deepEqual(await gauges(backend), lines);
    }
    rmSync(figures);
    assert.deepEqual(await gauges(backend), []);
    await backend.stop();
  });

  it("are absent where the owner may not read files, without an error", async () => {
    await server().sql("CREATE ROLE owner LOGIN CREATEROLE");
    const url = await server().createDatabase("elsewhere", "owner");
    const database = new PostgresDatabase(url, () => undefined);
    const backend = await TestBackend.start({ database });
    assert.equal((await backend.send("GET", "/readyz")).status, 200);
    assert.deepEqual(await gauges(backend), []);
    const rows = await database.query("", { name: "x", text: "SELECT * FROM todo.data_volume()" });
    assert.deepEqual(rows, []);
    await backend.stop();
  });

  it("are absent in an embedded database", async () => {
    const backend = await TestBackend.start({ database: await emptyDatabase() });
    assert.deepEqual(await gauges(backend), []);
    await backend.stop();
  });
});
