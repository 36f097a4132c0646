import assert from "node:assert/strict";

import {
  connectionKeys,
  connectionStringFaults,
} from "../../images/backend/src/database/connection-string.ts";
import { postgresUrlFault, queryKeys } from "../../lib/postgres-url.ts";

const base = "postgresql://todo:hunter2@db.example.org:5433/todo";

describe("the URL of a database", () => {
  for (const url of [
    base,
    "postgres://u@h",
    "postgresql://h/d",
    "postgresql://u:p%40s%23s%2F%3F%25@h/d",
    "postgresql://u:p@10.0.0.1/d",
    "postgresql://u:p@[fd00::1]:5432/d",
    "postgresql://u:p@ep-cool-1-pooler.eu.example.org/d?sslmode=require&channel_binding=require",
    `${base}?sslmode=verify-full&sslrootcert=system`,
    `${base}?application_name=todo&options=-c%20search_path%3Dtodo&connect_timeout=3`,
    ...["disable", "allow", "prefer", "require", "verify-ca"].map(
      (mode) => `${base}?sslmode=${mode}`,
    ),
  ]) {
    it(`may be ${url}`, () => {
      assert.equal(postgresUrlFault(url), undefined);
      assert.deepEqual(connectionStringFaults(url, true), []);
    });
  }

  it("has the query keys that the backend takes", () => {
    assert.deepEqual(queryKeys, connectionKeys);
  });

  for (const key of [
    "pgbouncer=true",
    "connection_limit=1",
    "schema=public",
    "uselibpqcompat=true",
  ]) {
    it(`is refused with ${key}, which only other clients know, by the name of the key`, () => {
      const fault = postgresUrlFault(`${base}?sslmode=require&${key}`);
      assert.match(fault ?? "", new RegExp(`^has ${key.split("=")[0]!} in its query`));
    });
  }

  for (const key of ["host", "hostaddr", "port", "user", "password", "dbname"]) {
    it(`is refused with ${key} in its query, which would lead elsewhere`, () => {
      assert.match(
        postgresUrlFault(`${base}?${key}=x`) ?? "",
        new RegExp(`^has ${key} in its query`),
      );
    });
  }

  for (const [what, rest, fault] of [
    ["an sslmode of another client", "?sslmode=no-verify", /one of disable, allow, .*verify-full/],
    ["a misspelt sslmode", "?sslmode=required", /one of disable, allow, .*verify-full/],
    ["an empty sslmode", "?sslmode=", /one of disable, allow, .*verify-full/],
    ["ssl in place of sslmode", "?ssl=require", /Write sslmode=require to encrypt/],
    ["a misspelt key", "?sslmod=require", /Did you mean sslmode\?/],
    ["a key without a value", "?sslmode", /not key=value/],
    ["two values in one", "?options=a=b", /not key=value/],
    [
      "system CAs that are not checked",
      "?sslmode=require&sslrootcert=system",
      /requires sslmode=verify-full/,
    ],
    ["a key that nobody knows", "?hunter2=1", /has a key in its query .* Remove it\./],
  ] as const) {
    it(`is refused with ${what}`, () => {
      const message = postgresUrlFault(`${base}${rest}`) ?? "";
      assert.match(message, fault);
      assert.doesNotMatch(message, /hunter2/);
    });
  }

  for (const [what, url] of [
    ["a # in its password", "postgresql://todo:s3cr#hunter2@host/todo"],
    ["a # at the end of its user", "postgresql://todo#:hunter2@host/todo"],
    ["a / in its password", "postgresql://todo:1/hunter2@host/todo"],
    ["a ? in its password", "postgresql://todo:1?hunter2@host/todo"],
    ["an @, a #, a / and a % in its password", "postgresql://u:p@ss#hunter2/rd%1@host/todo"],
    ["a % in its password", "postgresql://u:hunter2%1@host/todo"],
    ["a slash in its database", "postgresql://u:hunter2@host/todo/more"],
    ["no host", "postgresql:///todo"],
    ["a socket for a host", "postgresql://%2Fvar%2Frun%2Fpostgresql/todo"],
    ["a port that is none", "postgresql://u:hunter2@host:99999/todo"],
    ["port 0", "postgresql://u:hunter2@host:0/todo"],
    ["an open bracket", "postgresql://u:hunter2@[::1:5432/todo"],
  ] as const) {
    it(`is refused with ${what}`, () => {
      const message = postgresUrlFault(url) ?? "";
      assert.match(message, /^can't be parsed into .* Percent-encode/);
      assert.doesNotMatch(message, /hunter2|rd%1/);
    });
  }

  for (const url of [
    "postgresql://u:hunter2@one.example.org,two.example.org/todo",
    "postgresql://u:hunter2@one.example.org:5432,two.example.org:5432/todo",
  ]) {
    it(`is refused with two hosts: ${url.replace(/\/\/.*@/, "//")}`, () => {
      const message = postgresUrlFault(url) ?? "";
      assert.match(message, /^names several hosts/);
      assert.doesNotMatch(message, /hunter2/);
    });
  }

  for (const url of ["mysql://u:hunter2@h/d", "hunter2", "postgresql://u:hunter 2@h/d", ""]) {
    it(`is refused when it is ${JSON.stringify(url)}`, () => {
      const message = postgresUrlFault(url) ?? "";
      assert.match(message, /it must be a postgresql:\/\/ URL/);
      assert.doesNotMatch(message, /hunter/);
    });
  }
});
