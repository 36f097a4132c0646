import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { DatabaseUnavailable, nobody, type Database, type Row } from "../src/database/database.ts";
import { ReplicatedDatabase } from "../src/database/replicated.ts";

const statement = { name: "list", text: "SELECT" };

/** A database that answers with its name, or as it is told. */
class Fake {
  asked = 0;
  answer: () => Promise<readonly Row[]>;

  constructor(name: string) {
    this.answer = () => Promise.resolve([{ by: name }]);
  }

  query(): Promise<readonly Row[]> {
    this.asked += 1;
    return this.answer();
  }
}

const away = () => Promise.reject(new DatabaseUnavailable("connect ECONNREFUSED"));
const readOnly = () => Promise.reject(Object.assign(new Error("read-only"), { code: "25006" }));
const never = () => new Promise<never>(() => undefined);

describe("a database with replicas", () => {
  let primary: Fake;
  let replicas: Fake;
  let database: ReplicatedDatabase;
  beforeEach(() => {
    primary = new Fake("primary");
    replicas = new Fake("replica");
    database = new ReplicatedDatabase(
      primary as unknown as Database,
      replicas as unknown as Database,
    );
  });
  const ask = () => database.query(nobody, statement);

  it("asks the primary only, while that answers", async () => {
    assert.deepEqual(await ask(), [{ by: "primary" }]);
    assert.equal(replicas.asked, 0);
  });

  it("is read from a replica at once while the primary is away, and from the primary later", async () => {
    primary.answer = away;
    const start = performance.now();
    for (let count = 0; count < 5; count += 1) assert.deepEqual(await ask(), [{ by: "replica" }]);
    assert.ok(performance.now() - start < 3000);
    assert.equal(primary.asked, 1);

    primary.answer = new Fake("primary").answer;
    await sleep(1050);
    assert.deepEqual(await ask(), [{ by: "primary" }]);
  });

  it("is read from a replica a second after the primary fell silent", async () => {
    primary.answer = never;
    const start = performance.now();
    assert.deepEqual(await ask(), [{ by: "replica" }]);
    const took = performance.now() - start;
    assert.ok(took > 900 && took < 4000, `${took} ms`);
  });

  it("is not written to by a replica: the primary's error is the answer", async () => {
    primary.answer = away;
    replicas.answer = readOnly;
    await assert.rejects(ask(), { name: "DatabaseUnavailable", cause: "connect ECONNREFUSED" });
  });

  it("is written to late by a primary that is slow", async () => {
    primary.answer = () => sleep(1200, [{ by: "primary" }]);
    replicas.answer = readOnly;
    assert.deepEqual(await ask(), [{ by: "primary" }]);
  });

  it("asks no replica about errors of the statement", async () => {
    primary.answer = readOnly;
    await assert.rejects(ask(), { code: "25006" });
    assert.equal(replicas.asked, 0);
  });
});
