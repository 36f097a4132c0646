import assert from "node:assert/strict";

import { ConfigError, readConfig } from "../src/config.ts";

const key = "0123456789abcdef0123456789abcdef";

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
}

describe("the configuration", () => {
  it("needs nothing for development", () => {
    assert.deepEqual(readConfig({}), {
      port: 8000,
      host: "",
      production: false,
      logLevel: "info",
      healthCheckIntervalMs: 30_000,
      allowedOrigins: [],
      openai: undefined,
      smtp: undefined,
      databaseUrl: undefined,
      databaseReplicaHost: undefined,
      databaseCaFile: undefined,
      databasePoolSize: 10,
      dataDir: "./data",
      jwtSecretKey: undefined,
      jwtSecretKeyPrevious: undefined,
    });
  });

  it("reads every variable", () => {
    const config = readConfig({
      PORT: "9000",
      HOST: "127.0.0.1",
      NODE_ENV: "production",
      LOG_LEVEL: "DEBUG",
      HEALTH_CHECK_INTERVAL: "2m",
      ALLOWED_ORIGINS: "https://a.example, http://localhost:3000",
      OPENAI_API_KEY: "sk-1",
      OPENAI_BASE_URL: "http://ollama:11434/v1/",
      OPENAI_MODEL: "llama",
      OPENAI_FIRST_BYTE_TIMEOUT: "2m",
      DATABASE_URL: "postgresql://u:p%40ss@db:5432/todo?sslmode=require",
      JWT_SECRET_KEY: key,
      JWT_SECRET_KEY_PREVIOUS: `${key}-old`,
      DATABASE_POOL_SIZE: "4",
      DATABASE_REPLICA_HOST: "db-ro",
      SMTP_HOST: "smtp.example.com",
      SMTP_PORT: "2525",
      SMTP_TLS: "implicit",
      SMTP_USER: "todo",
      SMTP_PASSWORD: "hunter2",
      SMTP_FROM: "Todo <todo@example.com>",
      SMTP_CA_CERTIFICATE: "-----BEGIN CERTIFICATE-----",
      PUBLIC_URL: "https://todo.example.com/",
      PGSSLROOTCERT: "/certificates/database-ca.pem",
      DATA_DIR: "/data",
    });
    assert.deepEqual(config, {
      port: 9000,
      host: "127.0.0.1",
      production: true,
      logLevel: "debug",
      healthCheckIntervalMs: 120_000,
      allowedOrigins: ["https://a.example", "http://localhost:3000"],
      openai: {
        apiKey: "sk-1",
        baseUrl: "http://ollama:11434/v1",
        model: "llama",
        firstByteMs: 120_000,
      },
      smtp: {
        host: "smtp.example.com",
        port: 2525,
        tls: "implicit",
        user: "todo",
        password: "hunter2",
        from: "Todo <todo@example.com>",
        caCertificate: "-----BEGIN CERTIFICATE-----",
        publicUrl: "https://todo.example.com",
      },
      databaseUrl: "postgresql://u:p%40ss@db:5432/todo?sslmode=require",
      databaseReplicaHost: "db-ro",
      databaseCaFile: "/certificates/database-ca.pem",
      databasePoolSize: 4,
      dataDir: "/data",
      jwtSecretKey: key,
      jwtSecretKeyPrevious: `${key}-old`,
    });
  });

  it("says what a mail server lacks, without its password", () => {
    const mail = { SMTP_HOST: "h", SMTP_FROM: "a@example.com", PUBLIC_URL: "https://t.example" };
    assert.deepEqual(faultsOf({ SMTP_FROM: "a@example.com" }), [
      "SMTP_FROM is set, but SMTP_HOST is not. Set the host of the mail server.",
    ]);
    assert.deepEqual(faultsOf({ SMTP_HOST: "h" }), [
      "SMTP_FROM is not set, but SMTP_HOST is. Set the address that mails come from.",
      "PUBLIC_URL is not set, but SMTP_HOST is. Set the URL of the web UI, for links in mails.",
    ]);
    assert.deepEqual(faultsOf({ ...mail, SMTP_TLS: "none", SMTP_PASSWORD: "hunter2" }), [
      "SMTP_USER is not set, but SMTP_PASSWORD is. Set both, or neither.",
      "SMTP_TLS is none, which would send SMTP_PASSWORD in clear text. Set starttls or implicit.",
    ]);
    for (const from of ["todo", "a@b, c@d", "a@b\r\nBcc: c@d", "<a@b>"]) {
      const [fault] = faultsOf({ ...mail, SMTP_FROM: from });
      assert.match(String(fault), /^SMTP_FROM is ".*"; it must be an address, like Todo </s);
    }
    assert.equal(readConfig(mail).smtp?.port, 587);
    assert.equal(readConfig({ ...mail, SMTP_TLS: "implicit" }).smtp?.port, 465);
    // An existing Secret may have the password before the rest is set.
    assert.equal(readConfig({ SMTP_PASSWORD: "hunter2" }).smtp, undefined);
  });

  it("takes an empty variable for one that is not set", () => {
    assert.equal(readConfig({ PORT: "", OPENAI_API_KEY: " ", DATABASE_URL: "" }).port, 8000);
  });

  it("gives a model a minute to begin", () => {
    assert.equal(readConfig({ OPENAI_API_KEY: "sk-1" }).openai?.firstByteMs, 60_000);
  });

  it("names every fault at once, each with the value and what is allowed", () => {
    const faults = faultsOf({
      PORT: "80000",
      LOG_LEVEL: "loud",
      HEALTH_CHECK_INTERVAL: "30",
      ALLOWED_ORIGINS: "*",
      OPENAI_BASE_URL: "ftp://x",
      OPENAI_FIRST_BYTE_TIMEOUT: "6m",
      DATABASE_POOL_SIZE: "0",
    });
    assert.deepEqual(faults, [
      'PORT is "80000"; it must be a whole number from 0 to 65535 (default 8000).',
      'LOG_LEVEL is "loud"; it must be one of trace, debug, info, warn, error, fatal, silent.',
      'HEALTH_CHECK_INTERVAL is "30"; it must be a duration from 1s to 1h, like 30s or 2m (default 30s).',
      'ALLOWED_ORIGINS is "*"; it must be a comma-separated list of origins, like https://todo.example.com (no path, no wildcard).',
      'DATABASE_POOL_SIZE is "0"; it must be a whole number from 1 to 100 (default 10).',
      'OPENAI_BASE_URL is "ftp://x"; it must be an http or https URL without user and password, like https://api.openai.com/v1.',
      'OPENAI_FIRST_BYTE_TIMEOUT is "6m"; it must be a duration from 1s to 5m, like 90s or 2m (default 60s).',
    ]);
  });

  it("never shows a secret", () => {
    const faults = faultsOf({
      DATABASE_URL: "mysql://root:hunter2@db/x",
      JWT_SECRET_KEY: "hunter3",
      JWT_SECRET_KEY_PREVIOUS: "hunter4",
      OPENAI_BASE_URL: "https://root:hunter5@proxy.example.com/v1",
      ALLOWED_ORIGINS: "https://root:hunter6@todo.example.com",
    });
    assert.equal(faults.length, 5);
    assert.doesNotMatch(faults.join(), /hunter/);
    assert.match(faults.join(), /JWT_SECRET_KEY has 7 characters; it must have at least 32/);
  });

  const urlFaults = (url: string, env = {}) =>
    faultsOf({ DATABASE_URL: url, JWT_SECRET_KEY: key, ...env });

  for (const url of [
    "postgres://u:p%40s%23s@db:5432/todo",
    "postgresql://u@[fd00::5]:5432/todo",
    "postgres://u:p:w@db",
    "postgres://db/todo?",
    "postgresql://u:p@ep-x-pooler.neon.tech/todo?sslmode=require&channel_binding=require",
    "postgres://u@db/todo?sslmode=verify-full&sslrootcert=system",
    "postgres://u@db/todo?options=-c%20search_path%3Dtodo&application_name=todo&connect_timeout=10",
    ...["disable", "allow", "prefer", "require", "verify-full"].map(
      (mode) => `postgres://u@db/todo?sslmode=${mode}`,
    ),
  ]) {
    it(`takes ${url}`, () => {
      assert.deepEqual(urlFaults(url), []);
    });
  }

  for (const [url, expected] of [
    ["mysql://u:hunter2@db/todo", /is not a connection string/],
    ["hunter2", /is not a connection string/],
    ["postgres:///todo", /can't be parsed/],
    ["postgres://u:hunter2#x@db/todo", /# is %23/],
    ["postgres://u:hunter2/x@db/todo", /can't be parsed/],
    ["postgres://u:12?hunter2=x@db/todo", /can't be parsed/],
    ["postgres://u:hunt@er2@db/todo", /can't be parsed/],
    ["postgres://u:hunter2%1@db/todo", /can't be parsed/],
    ["postgres://u:hunter2%00@db/todo", /can't be parsed/],
    ["postgres://u:hunt er2@db/todo", /can't be parsed/],
    ["postgres://u:hunter2@db/todo?sslmode=%zz", /can't be parsed/],
    ["postgres://u:hunter2@one:5432,two:5432/todo", /names several hosts/],
    ["postgres://u:hunter2@db:99999/todo", /no valid host or port/],
    ["postgres://u:hunter2@db:0/todo", /no valid host or port/],
    ["postgres://u:hunter2@[fd00::5/todo", /no valid host or port/],
    ["postgres://u:hunter2@db:port/todo", /no valid host or port/],
    ["postgres://u@db/todo?hunter2", /is not key=value; within a value, = is %3D/],
    ["postgres://u@db/todo?options=endpoint=hunter2", /is not key=value/],
    [
      "postgres://u@db/todo?pgbouncer=true",
      /the key "pgbouncer", .*poolers are detected automatically/,
    ],
    ["postgres://u@db/todo?connection_limit=1", /the key "connection_limit", .*; remove it\./],
    ["postgres://u@db/todo?schema=public", /the key "schema", .*their own schema/],
    ["postgres://u@db/todo?uselibpqcompat=true", /the key "uselibpqcompat", .*; remove it\./],
    ["postgres://u@db/todo?ssl=require", /the key "ssl", .*use sslmode=require/],
    ["postgres://u@db/todo?password=hunter2", /the key "password", .*before the "\?"/],
    ["postgres://u@db/todo?host=other", /the key "host", .*before the "\?"/],
    [
      "postgres://u@db/todo?sslmode=no-verify",
      /the sslmode "no-verify"; it must be one of disable,/,
    ],
    ["postgres://u@db/todo?sslmode=required", /the sslmode "required"; it must be one of/],
    ["postgres://u@db/todo?sslmode=", /the sslmode ""/],
    ["postgres://u@db/todo?sslmode=require&sslrootcert=system", /requires sslmode=verify-full/],
    ["postgres://u@db/todo?sslmode=verify-ca", /set PGSSLROOTCERT/],
  ] as const) {
    it(`refuses ${url}`, () => {
      const [fault = "", ...more] = urlFaults(url);
      assert.match(fault, /^DATABASE_URL \(not shown, it is secret\) (is|has|names|can't) /);
      assert.match(fault, expected);
      assert.doesNotMatch(fault, /hunt/);
      assert.deepEqual(more, []);
    });
  }

  it("names every wrong key of a connection string at once", () => {
    const url = "postgres://u@db/todo?pgbouncer=true&connection_limit=1&sslmode=on";
    assert.equal(urlFaults(url).length, 3);
  });

  it("takes sslmode=verify-ca with certificates to check against", () => {
    const url = "postgres://u@db/todo?sslmode=verify-ca";
    assert.deepEqual(urlFaults(url, { PGSSLROOTCERT: "/certificates/ca.pem" }), []);
  });

  it("asks for a signing key as soon as there is a database to share", () => {
    assert.match(
      faultsOf({ DATABASE_URL: "postgres://u@db/x" }).join(),
      /^JWT_SECRET_KEY is not set/,
    );
  });

  it("refuses to run on the embedded database in production", () => {
    const faults = faultsOf({ NODE_ENV: "production", JWT_SECRET_KEY: key });
    assert.match(faults.join(), /^DATABASE_URL is not set; in production/);
  });
});
