import assert from "node:assert/strict";

import { toIsoTime } from "../src/database/database.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { TestBackend } from "./support/backend.ts";
import { withPostgres } from "./support/postgres.ts";

describe("times from Postgres", () => {
  for (const [text, iso] of [
    ["2026-05-01 15:00:00+00", "2026-05-01T15:00:00.000Z"],
    ["2026-05-01 15:00:00.5+00", "2026-05-01T15:00:00.500Z"],
    ["2026-05-01 15:00:00.123456+00", "2026-05-01T15:00:00.123Z"],
    ["2026-05-01 20:30:00.123456+05:30", "2026-05-01T15:00:00.123Z"],
    ["2026-05-01 11:00:00.5-04", "2026-05-01T15:00:00.500Z"],
    ["0032-06-15 00:00:00+00", "0032-06-15T00:00:00.000Z"],
    ["1900-01-01 00:09:21+00:09:21", "1900-01-01T00:00:00.000Z"],
  ] as const) {
    it(`are parsed exactly: ${text}`, () => {
      assert.equal(toIsoTime(text), iso);
    });
  }

  for (const text of ["infinity", "0044-03-15 00:00:00+00 BC", "01/05/2026 15:00:00 UTC"]) {
    it(`are not guessed: ${text}`, () => {
      assert.throws(() => toIsoTime(text), /unexpected time/);
    });
  }
});

describe("times from a server with other defaults", function () {
  this.timeout(60_000);
  const server = withPostgres(this);

  it("are the same", async () => {
    const url = await server().createDatabase("elsewhere");
    await server().sql("ALTER DATABASE elsewhere SET DateStyle = 'German'");
    await server().sql("ALTER DATABASE elsewhere SET TimeZone = 'Asia/Kathmandu'");
    const database = new PostgresDatabase(url, () => undefined);
    const backend = await TestBackend.start({ database });
    const ann = await backend.register();
    const task = await backend.addTask(ann, "call", { dueAt: "2026-05-02T17:00:00+02:00" });
    assert.equal(task.dueAt, "2026-05-02T15:00:00.000Z");
    await backend.stop();
  });
});
