import type { FastifyInstance, InjectOptions } from "fastify";
import { randomUUID } from "node:crypto";
import { Writable } from "node:stream";
import { pino, type Logger } from "pino";

import type { Agent } from "../../src/agent/agent.ts";
import { BuiltinAgent } from "../../src/agent/builtin/agent.ts";
import { buildApp, type TimeLimits } from "../../src/app.ts";
import type { ResetMails } from "../../src/auth/reset-routes.ts";
import { TokenAuthority } from "../../src/auth/token.ts";
import { Changes, type WatchTimes } from "../../src/changes/changes.ts";
import { lastBackup, lastProof } from "../../src/database/backups.ts";
import type { Database } from "../../src/database/database.ts";
import { DatabaseHealth } from "../../src/database/health.ts";
import { volumeUsage } from "../../src/database/volume.ts";
import { RateLimiter } from "../../src/http/rate-limit.ts";
import { Traffic, type TrafficLimits } from "../../src/http/traffic.ts";
import { loggerOptions } from "../../src/logging.ts";
import { Metrics } from "../../src/metrics.ts";
import { lastScan } from "../../src/scan.ts";
import { TaskCounter } from "../../src/tasks/counter.ts";
import type { Task } from "../../src/tasks/schemas.ts";
import { emptyDatabase } from "./embedded.ts";

export const signingKey = "a key for tests that is long enough";

/** What a test may choose; the rest is as in production, with an embedded database. */
export interface BackendOptions {
  readonly database?: Database;
  readonly agent?: (metrics: Metrics, logger: Logger) => Agent;
  readonly tokens?: TokenAuthority;
  readonly allowedOrigins?: readonly string[];
  readonly isStopping?: () => boolean;
  readonly timeLimits?: TimeLimits;
  readonly traffic?: Partial<TrafficLimits>;
  readonly watchTimes?: Partial<WatchTimes>;
  readonly scanFile?: string;
  readonly mails?: (metrics: Metrics, logger: Logger) => ResetMails;
}

/** Someone who has signed in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
}

/** A parsed body, which tests look into without declaring its shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** Answer to a request, with its body parsed when there is one. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Json;
  readonly text: string;
}

/** The whole backend in this process, without a port unless `listen` is called. */
export class TestBackend {
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly health: DatabaseHealth;
  readonly metrics: Metrics;
  readonly traffic: Traffic;
  readonly changes: Changes;
  /** Every line that was logged. */
  readonly log: string[] = [];

  private constructor(database: Database, options: BackendOptions) {
    this.database = database;
    const sink = new Writable({
      write: (line: Buffer, _encoding, done) => {
        this.log.push(line.toString());
        done();
      },
    });
    const logger = pino(loggerOptions("debug"), sink);
    this.health = new DatabaseHealth(database, logger, 60_000);
    const counter = new TaskCounter(database);
    this.metrics = new Metrics({
      pool: () => database.usage(),
      databaseUp: () => this.health.up,
      volumeUsage: () => volumeUsage(database),
      taskCounts: () => counter.counts(),
      lastBackup: () => lastBackup(database),
      lastProof: () => lastProof(database),
      lastScan: () => lastScan(options.scanFile),
    });
    this.changes = new Changes(database, logger, options.watchTimes);
    this.traffic = new Traffic(options.traffic);
    this.app = buildApp({
      database,
      health: this.health,
      limiter: new RateLimiter(database),
      tokens: options.tokens ?? new TokenAuthority(signingKey, undefined),
      agent: options.agent?.(this.metrics, logger) ?? new BuiltinAgent(),
      metrics: this.metrics,
      logger,
      allowedOrigins: options.allowedOrigins ?? [],
      isStopping: options.isStopping ?? (() => false),
      traffic: this.traffic,
      changes: this.changes,
      mails: options.mails?.(this.metrics, logger),
      ...(options.timeLimits && { timeLimits: options.timeLimits }),
    });
  }

  static async start(options: BackendOptions = {}): Promise<TestBackend> {
    const database = options.database ?? (await emptyDatabase());
    const backend = new TestBackend(database, options);
    await backend.health.ready();
    void backend.changes.watch();
    return backend;
  }

  /** Opens a port on loopback; gives the URL. */
  async listen(): Promise<string> {
    return this.app.listen({ host: "127.0.0.1", port: 0 });
  }

  async stop(): Promise<void> {
    this.health.stop();
    this.changes.stop();
    await this.app.close();
    await this.database.close();
  }

  async send(
    method: "GET" | "POST" | "PATCH" | "DELETE" | "OPTIONS" | "PUT",
    url: string,
    options: {
      readonly as?: Person;
      readonly body?: unknown;
      readonly headers?: InjectOptions["headers"];
    } = {},
  ): Promise<Answer> {
    const { as, body, headers } = options;
    const response = await this.app.inject({
      method,
      url,
      headers: { ...(as && { authorization: `Bearer ${as.token}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
    });
    const isJson = String(response.headers["content-type"]).includes("json");
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.body !== "" ? (JSON.parse(response.body) as unknown) : undefined,
      text: response.body,
    };
  }

  async register(email = `${randomUUID()}@example.com`): Promise<Person> {
    const { body } = await this.send("POST", "/api/auth/register", {
      body: { email, password: "correct horse" },
    });
    return { id: body.user.id, email, token: body.token };
  }

  async addTask(as: Person, title: string, more: object = {}): Promise<Task> {
    return (await this.send("POST", "/api/tasks", { as, body: { title, ...more } })).body;
  }

  async tasks(as: Person, query = ""): Promise<readonly Task[]> {
    return (await this.send("GET", `/api/tasks${query}`, { as })).body;
  }

  async chat(as: Person, message: string, conversationId?: string): Promise<Answer> {
    return this.send("POST", "/api/chat", { as, body: { message, conversationId } });
  }
}

/** Events of a streamed answer. */
export function readEvents(
  text: string,
): readonly { readonly event: string; readonly data: Json }[] {
  return text
    .split("\n\n")
    .filter((block) => block.startsWith("event: "))
    .map((block) => {
      const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) };
    });
}
