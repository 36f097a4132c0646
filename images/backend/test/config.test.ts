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
      host: "0.0.0.0",
      production: false,
      logLevel: "info",
      healthCheckIntervalMs: 30_000,
      allowedOrigins: [],
      openai: undefined,
      databaseUrl: undefined,
      databaseCaFile: undefined,
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
      DATABASE_URL: "postgresql://u:p%40ss@db:5432/todo?sslmode=require",
      JWT_SECRET_KEY: key,
      JWT_SECRET_KEY_PREVIOUS: `${key}-old`,
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
      openai: { apiKey: "sk-1", baseUrl: "http://ollama:11434/v1", model: "llama" },
      databaseUrl: "postgresql://u:p%40ss@db:5432/todo?sslmode=require",
      databaseCaFile: "/certificates/database-ca.pem",
      dataDir: "/data",
      jwtSecretKey: key,
      jwtSecretKeyPrevious: `${key}-old`,
    });
  });

  it("takes an empty variable for one that is not set", () => {
    assert.equal(readConfig({ PORT: "", OPENAI_API_KEY: " ", DATABASE_URL: "" }).port, 8000);
  });

  it("names every fault at once, each with the value and what is allowed", () => {
    const faults = faultsOf({
      PORT: "80000",
      LOG_LEVEL: "loud",
      HEALTH_CHECK_INTERVAL: "30",
      ALLOWED_ORIGINS: "*",
      OPENAI_BASE_URL: "ftp://x",
    });
    assert.deepEqual(faults, [
      'PORT is "80000"; it must be a whole number from 0 to 65535 (default 8000).',
      'LOG_LEVEL is "loud"; it must be one of trace, debug, info, warn, error, fatal, silent.',
      'HEALTH_CHECK_INTERVAL is "30"; it must be a duration from 1s to 1h, like 30s or 2m (default 30s).',
      'ALLOWED_ORIGINS is "*"; it must be a comma-separated list of origins, like https://todo.example.com (no path, no wildcard).',
      'OPENAI_BASE_URL is "ftp://x"; it must be an http or https URL, like https://api.openai.com/v1.',
    ]);
  });

  it("never shows a secret", () => {
    const faults = faultsOf({
      DATABASE_URL: "mysql://root:hunter2@db/x",
      JWT_SECRET_KEY: "hunter3",
      JWT_SECRET_KEY_PREVIOUS: "hunter4",
    });
    assert.equal(faults.length, 3);
    assert.doesNotMatch(faults.join(), /hunter/);
    assert.match(faults.join(), /JWT_SECRET_KEY has 7 characters; it must have at least 32/);
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
