import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

import { migrate } from "../src/database/migrate.ts";
import { PostgresDatabase } from "../src/database/postgres.ts";
import { withPostgres } from "./support/postgres.ts";

describe("encrypted connections to Postgres", function () {
  this.timeout(60_000);
  const server = withPostgres(this);
  let certificate = "";
  let folder = "";
  before(async () => {
    certificate = await server().useTls();
    folder = mkdtempSync(join(tmpdir(), "todo-authority-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (text: string) => {
    const path = join(folder, "ca.pem");
    writeFileSync(path, text);
    return path;
  };

  async function isEncrypted(query: string, caFile?: string): Promise<unknown> {
    const url = server().url() + query;
    const database = new PostgresDatabase(url, () => undefined, { caFile });
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

  it("are made with sslmode=allow and prefer, which promise nothing more", async () => {
    assert.deepEqual(await isEncrypted("?sslmode=allow"), { ssl: true });
    assert.deepEqual(await isEncrypted("?sslmode=prefer"), { ssl: true });
  });

  it("are made with sslmode=verify-full when the given authority has signed the certificate", async () => {
    assert.deepEqual(await isEncrypted("?sslmode=verify-full", file(certificate)), { ssl: true });
  });

  it("are refused with sslrootcert=system, whoever else is given", async () => {
    await assert.rejects(isEncrypted("?sslrootcert=system", file(certificate)), {
      name: "DatabaseUnavailable",
    });
  });

  for (const [what, text, host] of [
    ["nobody is given who signed it", undefined, "127.0.0.1"],
    ["another authority is given", rootCertificates[0], "127.0.0.1"],
    ["it is for another name", "its own", "localhost"],
  ] as const) {
    it(`are refused with sslmode=verify-full when ${what}`, async () => {
      const ca = text && file(text === "its own" ? certificate : text);
      const attempt = isEncrypted(`?sslmode=verify-full&host=${host}`, ca);
      await assert.rejects(attempt, (error: Error) => {
        assert.equal(error.name, "DatabaseUnavailable");
        assert.equal(
          (error.cause as { code: string }).code,
          host === "localhost" ? "ERR_TLS_CERT_ALTNAME_INVALID" : "DEPTH_ZERO_SELF_SIGNED_CERT",
        );
        return true;
      });
    });
  }
});
