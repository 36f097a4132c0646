import { connectionStringFaults } from "./database/connection-string.ts";
import { readSmtp, type SmtpConfig } from "./mail/smtp-config.ts";

/** The backend's configuration, validated. */
export interface Config {
  /** TCP port to listen on; default 8000. */
  readonly port: number;
  /** Address to listen on; default empty, for all, IPv6 and IPv4. */
  readonly host: string;
  /** True when NODE_ENV is `production`: no embedded database, no generated signing key. */
  readonly production: boolean;
  /** Lowest level to log; default `info`. */
  readonly logLevel: LogLevel;
  /** Interval of the background health check of the database, in milliseconds; default 30 000. */
  readonly healthCheckIntervalMs: number;
  /** Other origins that may call the API from a browser (CORS); default none. */
  readonly allowedOrigins: readonly string[];
  /** The language model; undefined for the built-in agent. */
  readonly openai: OpenAiConfig | undefined;
  /** The mail server; undefined for none. */
  readonly smtp: SmtpConfig | undefined;
  /** Connection string of Postgres; undefined for the embedded one in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Host of replicas, which read while the primary is away; undefined for none. */
  readonly databaseReplicaHost: string | undefined;
  /** File with the CA bundle of the database; undefined for the public CAs. */
  readonly databaseCaFile: string | undefined;
  /** Most open connections to Postgres; default 10. */
  readonly databasePoolSize: number;
  /** Folder of the embedded Postgres and of a generated signing key; default `./data`. */
  readonly dataDir: string;
  /** Key that signs tokens, at least 32 characters; undefined for a generated one in `dataDir`. */
  readonly jwtSecretKey: string | undefined;
  /** The key before the last rotation: verifies tokens until they expire, but signs none. */
  readonly jwtSecretKeyPrevious: string | undefined;
}

/** An OpenAI-compatible endpoint for chat completions. */
export interface OpenAiConfig {
  readonly apiKey: string;
  /** Default `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Default `gpt-4o-mini`. */
  readonly model: string;
  /** Timeout for the model's first byte, in milliseconds; default 60 000. */
  readonly firstByteMs: number;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Lists every invalid variable, without the values of secrets. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    const list = faults.map((fault) => `  - ${fault}`).join("\n");
    super(`The backend's environment is invalid:\n${list}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

const minimumKeyLength = 32;

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @throws ConfigError with all faults, not only the first.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = (name: string): string | undefined => env[name]?.trim() || undefined;

  /** Parses one variable; records a fault and returns the default, so that all faults are found. */
  function parse<T>(
    name: string,
    fallback: T,
    wanted: string,
    parser: (text: string) => T | undefined,
  ): T {
    const text = read(name);
    if (text === undefined) return fallback;
    const value = parser(text);
    if (value !== undefined) return value;
    faults.push(`${name} is "${withoutUser(text)}"; it must be ${wanted}.`);
    return fallback;
  }

  const jwtKey = (name: string): string | undefined => {
    const key = read(name);
    if (key !== undefined && key.length < minimumKeyLength) {
      faults.push(
        `${name} has ${key.length} characters; it must have at least ${minimumKeyLength}. ` +
          "Generate one with `openssl rand -hex 32`.",
      );
    }
    return key;
  };

  const production = read("NODE_ENV") === "production";
  const databaseUrl = read("DATABASE_URL");
  const databaseCaFile = read("PGSSLROOTCERT");
  if (databaseUrl !== undefined) {
    for (const fault of connectionStringFaults(databaseUrl, databaseCaFile !== undefined)) {
      faults.push(`DATABASE_URL (not shown, it is secret) ${fault}`);
    }
  }
  if (databaseUrl === undefined && production) {
    faults.push(
      "DATABASE_URL is not set; in production (NODE_ENV) it must name a Postgres database, like " +
        "postgres://user:password@host:5432/database.",
    );
  }

  const jwtSecretKey = jwtKey("JWT_SECRET_KEY");
  if (jwtSecretKey === undefined && (databaseUrl !== undefined || production)) {
    faults.push(
      "JWT_SECRET_KEY is not set; with DATABASE_URL or in production every replica needs the same " +
        `key of at least ${minimumKeyLength} characters. Generate one with \`openssl rand -hex 32\`.`,
    );
  }

  const config: Config = {
    port: parse("PORT", 8000, "a whole number from 0 to 65535 (default 8000)", (text) =>
      parseWhole(text, 0, 65_535),
    ),
    host: read("HOST") ?? "",
    production,
    logLevel: parse("LOG_LEVEL", "info", `one of ${logLevels.join(", ")}`, (text) =>
      logLevels.find((level) => level === text.toLowerCase()),
    ),
    healthCheckIntervalMs: parse(
      "HEALTH_CHECK_INTERVAL",
      30_000,
      "a duration from 1s to 1h, like 30s or 2m (default 30s)",
      parseDurationMs,
    ),
    allowedOrigins: parse(
      "ALLOWED_ORIGINS",
      [],
      "a comma-separated list of origins, like https://todo.example.com (no path, no wildcard)",
      parseOrigins,
    ),
    openai: undefined,
    smtp: readSmtp({ read, parse, faults }, (text) => parseWhole(text, 1, 65_535), parseHttpUrl),
    databaseUrl,
    databaseReplicaHost: read("DATABASE_REPLICA_HOST"),
    databaseCaFile,
    databasePoolSize: parse(
      "DATABASE_POOL_SIZE",
      10,
      "a whole number from 1 to 100 (default 10)",
      (text) => parseWhole(text, 1, 100),
    ),
    dataDir: read("DATA_DIR") ?? "./data",
    jwtSecretKey,
    jwtSecretKeyPrevious: jwtKey("JWT_SECRET_KEY_PREVIOUS"),
  };

  const baseUrl = parse(
    "OPENAI_BASE_URL",
    "https://api.openai.com/v1",
    "an http or https URL without user and password, like https://api.openai.com/v1",
    parseHttpUrl,
  );
  const firstByteMs = parse(
    "OPENAI_FIRST_BYTE_TIMEOUT",
    60_000,
    "a duration from 1s to 5m, like 90s or 2m (default 60s)",
    parseFirstByteTimeout,
  );
  const apiKey = read("OPENAI_API_KEY");
  const model = read("OPENAI_MODEL") ?? "gpt-4o-mini";
  const openai = apiKey && { apiKey, baseUrl, model, firstByteMs };

  if (faults.length > 0) throw new ConfigError(faults);
  return { ...config, openai: openai || undefined };
}

function parseWhole(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return /^\d{1,5}$/.test(text) && value >= min && value <= max ? value : undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const ms = Number(amount) * (unitMs[unit] ?? Number.NaN);
  return ms >= 1000 && ms <= 3_600_000 ? ms : undefined;
}

/** At most 5 minutes, the timeout of Node's fetch. */
function parseFirstByteTimeout(text: string): number | undefined {
  const ms = parseDurationMs(text);
  return ms !== undefined && ms <= 300_000 ? ms : undefined;
}

function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text
    .split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
  return origins.every((origin) => URL.parse(origin)?.origin === origin) ? origins : undefined;
}

function parseHttpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const bare = url?.username === "" && url.password === "";
  return bare && /^https?:$/.test(url.protocol) ? text.replace(/\/+$/, "") : undefined;
}

/** Removes a URL's user and password, which must not be logged. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//…@");
}
