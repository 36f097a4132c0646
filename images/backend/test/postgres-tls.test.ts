import assert from "node:assert/strict";

import { migrate } from "../src/database/migrate.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { withPostgres } from "./support/postgres.ts";

describe("encrypted connections to Postgres", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  before(() => server().useTls());

  async function isEncrypted(query: string): Promise<unknown> {
    const database = new PostgresDatabase(server().url() + query, () => undefined);
    try {
      await migrate(database);
      const rows = await database.asOwner((sql) =>
        sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
      );
      return rows[0];
    } finally {
      await database.close();
    }
  }

  it("are made with sslmode=require, whoever signed the certificate, as by psql", async () => {
    assert.deepEqual(await isEncrypted("?sslmode=require"), { ssl: true });
  });

  it("are not made without", async () => {
    assert.deepEqual(await isEncrypted(""), { ssl: false });
    assert.deepEqual(await isEncrypted("?sslmode=disable"), { ssl: false });
  });

  it("are refused with sslmode=verify-full when the certificate proves nothing", async () => {
    await assert.rejects(isEncrypted("?sslmode=verify-full"), (error: Error) => {
      assert.equal(error.name, "DatabaseAway");
      assert.equal((error.cause as { code: string }).code, "DEPTH_ZERO_SELF_SIGNED_CERT");
      return true;
    });
  });
});
