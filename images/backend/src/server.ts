import { setTimeout as sleep } from "node:timers/promises";

import { pino } from "pino";

import type { Agent } from "./agent/agent.ts";
import { BuiltinAgent } from "./agent/builtin/agent.ts";
import { buildApp } from "./app.ts";
import { developmentKey } from "./auth/key-file.ts";
import { TokenAuthority } from "./auth/token.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { lastBackup } from "./database/backups.ts";
import { EmbeddedDatabase } from "./database/pglite.ts";
import type { Database } from "./database/database.ts";
import { DatabaseHealth } from "./database/health.ts";
import { PostgresDatabase } from "./database/postgres.ts";
import { volumeUsage } from "./database/volume.ts";
import { RateLimiter } from "./http/rate-limit.ts";
import { loggerOptions } from "./logging.ts";
import { Metrics } from "./metrics.ts";
import { TaskCounter } from "./tasks/counter.ts";

/** After SIGTERM, requests that are still on their way are served for this long. */
const drainMs = 3000;
/** Answers that take longer than this to finish are cut off. */
const closeMs = 15_000;

/** Pause between two clean-ups of the rate limits. */
const tidyMs = 10 * 60_000;

const config = configOrExit();
const logger = pino(loggerOptions(config.logLevel));
// Node would print warnings as plain text between the lines of the log.
process.removeAllListeners("warning").on("warning", (warning) => {
  logger.warn({ err: warning }, "Node warns");
});
const database = await openDatabase(config);
const health = new DatabaseHealth(database, logger, config.healthCheckIntervalMs);
const limiter = new RateLimiter(database);
const counter = new TaskCounter(database);
const metrics = new Metrics({
  pool: () => database.usage(),
  databaseUp: () => health.up,
  volumeUsage: () => volumeUsage(database),
  taskCounts: () => counter.counts(),
  lastBackup: () => lastBackup(database),
});
let stopping = false;

const app = buildApp({
  database,
  health,
  limiter,
  tokens: new TokenAuthority(
    config.jwtSecretKey ?? (await developmentKey(config.dataDir)),
    config.jwtSecretKeyPrevious,
  ),
  agent: await chooseAgent(config),
  metrics,
  logger,
  allowedOrigins: config.allowedOrigins,
  isStopping: () => stopping,
});

// Process 1 of a container has no default handlers: without these, every rollout would wait for the
// grace period and then kill.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));

setInterval(() => {
  limiter.tidy().catch((error: unknown) => {
    logger.warn({ err: error }, "empty rate limits could not be removed");
  });
}, tidyMs).unref();

try {
  // Listening comes first: an unready pod that answers is not restarted while the database is away.
  await app.listen({ host: config.host, port: config.port });
} catch (error) {
  const where = `port ${config.port}${config.host && ` of ${config.host}`}`;
  logger.fatal({ err: error }, `${where} can't be opened; choose another with PORT or HOST`);
  process.exit(1);
}
await health.watch();

function configOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

async function openDatabase(config: Config): Promise<Database> {
  const { databaseUrl, databaseCaFile: caFile, databasePoolSize: size, dataDir } = config;
  if (databaseUrl === undefined) return EmbeddedDatabase.open(`${dataDir}/postgres`);
  const onIdleError = (error: Error) => {
    logger.warn({ err: error }, "an idle connection to the database broke");
  };
  const onPooler = () => {
    logger.info("a pooler in transaction mode is in front of the database: nothing is prepared");
  };
  return new PostgresDatabase(databaseUrl, onIdleError, { size, caFile, onPooler });
}

async function chooseAgent({ openai }: Config): Promise<Agent> {
  const builtin = new BuiltinAgent();
  if (openai === undefined) return builtin;
  // Loaded when needed: without a key the client would only cost memory and time to start.
  const { OpenAiAgent } = await import("./agent/openai/agent.ts");
  return new OpenAiAgent(openai, builtin, metrics.openai, logger);
}

/** Readiness goes down first, then no request is lost: serve what still comes, finish, close. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, "stopping");
  // A development instance that restarts at every edit has nobody to wait for.
  if (signal === "SIGTERM" && config.production) await sleep(drainMs);
  health.stop();
  await Promise.race([app.close(), sleep(closeMs, undefined, { ref: false })]);
  await Promise.race([database.close(), sleep(1000, undefined, { ref: false })]);
  logger.info("stopped");
  process.exit(0);
}
