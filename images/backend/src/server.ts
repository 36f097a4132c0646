import { setTimeout as sleep } from "node:timers/promises";

import { pino } from "pino";

import type { Agent } from "./agent/agent.ts";
import { BuiltinAgent } from "./agent/builtin/agent.ts";
import { buildApp } from "./app.ts";
import { developmentKey } from "./auth/key-file.ts";
import { GrantStore } from "./auth/grants.ts";
import type { ResetMails } from "./auth/reset-routes.ts";
import { SessionStore } from "./auth/sessions.ts";
import { seeSigningKey } from "./auth/signing-keys.ts";
import { TokenAuthority } from "./auth/token.ts";
import { Changes } from "./changes/changes.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { lastBackup, lastProof } from "./database/backups.ts";
import { EmbeddedDatabase } from "./database/pglite.ts";
import type { Database } from "./database/database.ts";
import { FolderInUse } from "./database/folder-lock.ts";
import { DatabaseHealth } from "./database/health.ts";
import { PostgresDatabase } from "./database/postgres.ts";
import { ReplicatedDatabase } from "./database/replicated.ts";
import { TracedDatabase } from "./database/traced.ts";
import { volumeUsage } from "./database/volume.ts";
import { RequestStore } from "./http/idempotency.ts";
import { RateLimiter } from "./http/rate-limit.ts";
import { loggerOptions } from "./logging.ts";
import { Metrics } from "./metrics.ts";
import { lastScan } from "./scan.ts";
import { TaskCounter } from "./tasks/counter.ts";
import { isTracing, startTracing, stopTracing } from "./telemetry/tracing.ts";

/** How long requests are still accepted after SIGTERM, in milliseconds. */
const drainMs = 3000;
/** Responses that take longer than this to finish are cut off. */
const closeMs = 15_000;

/** Interval of the clean-up of rate limits, idempotency keys and sessions. */
const tidyMs = 10 * 60_000;

const config = configOrExit();
await startTracing(process.env, "todo-chatbot-backend", (reason) => {
  logger.warn({ reason }, "spans are not sent");
});
// A write for each line would be a tenth of a read's CPU.
const log = pino.destination({ sync: true, minLength: 4096, periodicFlush: 100 });
process.on("exit", () => {
  log.flushSync();
});
const logger = pino(loggerOptions(config.logLevel), log);
// Node would print warnings as plain text into the JSON log.
process.removeAllListeners("warning").on("warning", (warning) => {
  logger.warn({ err: warning }, "Node warning");
});
const database = traced(await openDatabase(config));
const jwtSecretKey = config.jwtSecretKey ?? (await developmentKey(config.dataDir));
const keyAge = () => seeSigningKey(database, jwtSecretKey);
const health = new DatabaseHealth(database, logger, config.healthCheckIntervalMs, keyAge);
const limiter = new RateLimiter(database);
const counter = new TaskCounter(database);
const metrics = new Metrics({
  pool: () => database.usage(),
  databaseUp: () => health.up,
  volumeUsage: () => volumeUsage(database),
  taskCounts: () => counter.counts(),
  lastBackup: () => lastBackup(database),
  lastProof: () => lastProof(database),
  lastScan,
});
const changes = new Changes(database, logger);
const mails = await mailsOf(config);
let stopping = false;

const app = buildApp({
  database,
  health,
  limiter,
  tokens: new TokenAuthority(jwtSecretKey, config.jwtSecretKeyPrevious, keyAge),
  agent: await chooseAgent(config),
  metrics,
  logger,
  allowedOrigins: config.allowedOrigins,
  isStopping: () => stopping,
  changes,
  mails,
});

// PID 1 of a container has no default handlers: without these, every rollout would wait out the
// grace period and then kill.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));

const stores = [
  limiter,
  new RequestStore(database),
  new SessionStore(database, changes),
  new GrantStore(database, changes),
];
setInterval(() => {
  Promise.all(stores.map((store) => store.tidy())).catch((error: unknown) => {
    logger.warn({ err: error }, "could not clean up");
  });
}, tidyMs).unref();

try {
  // Listen first: a live but unready pod is not restarted while the database is unreachable.
  await app.listen({ host: config.host, port: config.port });
} catch (error) {
  const where = `port ${config.port}${config.host && ` of ${config.host}`}`;
  logger.fatal({ err: error }, `${where} can't be opened; choose another with PORT or HOST`);
  process.exit(1);
}
await Promise.all([health.watch(), changes.watch(), mails?.outbox.check()]);

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
  const { databaseUrl, databaseCaFile: caFile, databasePoolSize: size } = config;
  if (databaseUrl === undefined) return openEmbedded(config);
  const onIdleError = (error: Error) => {
    logger.warn({ err: error }, "an idle database connection was lost");
  };
  const onPooler = () => {
    logger.info("found a pooler in transaction mode; prepared statements are off");
  };
  const open = (url: string) => new PostgresDatabase(url, onIdleError, { size, caFile, onPooler });
  if (config.databaseReplicaHost === undefined) return open(databaseUrl);
  const replicas = new URL(databaseUrl);
  replicas.hostname = config.databaseReplicaHost;
  return new ReplicatedDatabase(open(databaseUrl), open(replicas.href));
}

function traced(database: Database): Database {
  return isTracing() ? new TracedDatabase(database) : database;
}

async function openEmbedded({ dataDir, port }: Config): Promise<Database> {
  try {
    return await EmbeddedDatabase.open({ folder: `${dataDir}/postgres`, address: `port ${port}` });
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    console.error(`${error.message}. Stop it first, or choose another folder with DATA_DIR.`);
    process.exit(1);
  }
}

async function chooseAgent({ openai }: Config): Promise<Agent> {
  const builtin = new BuiltinAgent();
  if (openai === undefined) return builtin;
  // Loaded only if needed, to save memory and startup time.
  const { OpenAiAgent } = await import("./agent/openai/agent.ts");
  return new OpenAiAgent(openai, builtin, metrics.openai, logger);
}

async function mailsOf({ smtp }: Config): Promise<ResetMails | undefined> {
  if (smtp === undefined) return undefined;
  const [{ Outbox }, { smtpServer }] = await Promise.all([
    import("./mail/outbox.ts"),
    import("./mail/smtp.ts"),
  ]);
  const outbox = new Outbox(smtpServer(smtp), logger, metrics.onMail);
  return { outbox, publicUrl: smtp.publicUrl };
}

/** Graceful shutdown: become unready, drain, finish open requests, close. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, "stopping");
  // Clients connect again, to another pod; this one refuses them.
  changes.stop();
  // No drain in development, where every edit restarts the server.
  if (signal === "SIGTERM" && config.production) await sleep(drainMs);
  health.stop();
  const closing = Promise.all([app.close(), mails?.outbox.close()]);
  await Promise.race([closing, sleep(closeMs, undefined, { ref: false })]);
  const last = Promise.all([database.close(), stopTracing()]);
  await Promise.race([last, sleep(1000, undefined, { ref: false })]);
  logger.info("stopped");
  process.exit(0);
}
