import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";

import type { OpenAiObserver } from "./agent/openai/agent.ts";
import type { ChatObserver } from "./chat/service.ts";
import type { LastBackup } from "./database/backups.ts";
import type { PoolUsage } from "./database/database.ts";
import type { VolumeUsage } from "./database/volume.ts";
import { mailOutcomes, type MailOutcome } from "./mail/outbox.ts";
import type { ScannedImage } from "./scan.ts";
import { toolCallers, toolOutcomes, tools, type ToolName } from "./tools/tools.ts";

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Sources of the metrics that are collected on scrape. */
export interface MetricSources {
  readonly pool: () => PoolUsage;
  readonly databaseUp: () => boolean;
  /** Disk usage of a bundled database; undefined if unknown. */
  readonly volumeUsage: () => Promise<VolumeUsage | undefined>;
  /** Pending and completed tasks of all users; may be some seconds old. */
  readonly taskCounts: () => Promise<{ readonly pending: number; readonly completed: number }>;
  /** The latest backup; undefined if there is none. */
  readonly lastBackup: () => Promise<LastBackup | undefined>;
  /** When a backup was last proven; undefined if never. */
  readonly lastProof: () => Promise<Date | undefined>;
  /** The latest scan of the deployed images; empty if there is none. */
  readonly lastScan: () => Promise<readonly ScannedImage[]>;
}

/** Labels of the metrics of scans. */
interface ScanLabels {
  readonly image: string;
  readonly severity?: string;
}

/** All metrics of /metrics. Label values are bounded: route templates, never paths. */
export class Metrics {
  readonly registry = new Registry();
  readonly chat: ChatObserver;
  readonly openai: OpenAiObserver;
  readonly onMail: (outcome: MailOutcome) => void;
  readonly #duration: Histogram<"method" | "route" | "status">;
  readonly #requests: Counter<"method" | "route" | "status">;

  constructor(sources: MetricSources) {
    const { pool, databaseUp, volumeUsage, taskCounts, lastBackup, lastProof, lastScan } = sources;
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const labelNames = ["method", "route", "status"] as const;
    this.#requests = new Counter({
      name: "http_requests_total",
      help: "Requests by method, route template and status",
      labelNames,
      registers,
    });
    this.#duration = new Histogram({
      name: "http_request_duration_seconds",
      help: "Time from the first byte of a request to the last byte of its response",
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    new Gauge({
      name: "database_up",
      help: "1 while the database is reachable and migrated, else 0",
      registers,
      collect() {
        this.set(databaseUp() ? 1 : 0);
      },
    });
    new Gauge({
      name: "db_pool_connections",
      help: "Database connections by state",
      labelNames: ["state"],
      registers,
      collect() {
        const { total, idle } = pool();
        this.set({ state: "idle" }, idle);
        this.set({ state: "busy" }, total - idle);
      },
    });
    new Gauge({
      name: "db_pool_waiting_requests",
      help: "Statements waiting for a connection",
      registers,
      collect() {
        this.set(pool().waiting);
      },
    });
    const volumeGauge = (name: string, help: string, valueOf: (usage: VolumeUsage) => number) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const usage = await volumeUsage();
          this.remove();
          if (usage !== undefined) this.set(valueOf(usage));
        },
      });
    volumeGauge(
      "database_volume_size_bytes",
      "Size of the file system of the bundled database",
      ({ sizeBytes }) => sizeBytes,
    );
    volumeGauge(
      "database_volume_free_bytes",
      "Free space of the file system of the bundled database",
      ({ freeBytes }) => freeBytes,
    );
    new Gauge({
      name: "tasks",
      help: "Tasks in the database by status",
      labelNames: ["status"],
      registers,
      async collect() {
        const counts = await taskCounts().catch(() => undefined);
        this.reset();
        if (counts === undefined) return;
        this.set({ status: "pending" }, counts.pending);
        this.set({ status: "completed" }, counts.completed);
      },
    });
    const backupGauge = (name: string, help: string, valueOf: (backup: LastBackup) => number) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const backup = await lastBackup().catch(() => undefined);
          this.remove();
          if (backup !== undefined) this.set(valueOf(backup));
        },
      });
    backupGauge(
      "backup_last_success_timestamp_seconds",
      "When the latest backup of the database finished, in seconds since 1970; absent without one",
      ({ finishedAt }) => finishedAt.getTime() / 1000,
    );
    backupGauge(
      "backup_size_bytes",
      "Size of the latest backup of the database; absent without one",
      ({ bytes }) => bytes,
    );
    new Gauge({
      name: "backup_last_proof_timestamp_seconds",
      help: "When the drill last restored a backup and found every row, in seconds since 1970; absent if never",
      registers,
      async collect() {
        const provenAt = await lastProof().catch(() => undefined);
        this.remove();
        if (provenAt !== undefined) this.set(provenAt.getTime() / 1000);
      },
    });
    const scanGauge = (
      name: string,
      help: string,
      labelNames: ("image" | "severity")[],
      valuesOf: (image: ScannedImage) => readonly (readonly [ScanLabels, number])[],
    ) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        async collect() {
          const images = await lastScan().catch(() => []);
          this.reset();
          for (const image of images) {
            for (const [labels, value] of valuesOf(image)) this.set(labels, value);
          }
        },
      });
    scanGauge(
      "image_scan_database_timestamp_seconds",
      "Date of the vulnerability database that a deployed image was last scanned with, in seconds since 1970",
      ["image"],
      ({ image, database }) => [[{ image }, Date.parse(database) / 1000]],
    );
    scanGauge(
      "image_vulnerabilities",
      "Known vulnerabilities of a deployed image by severity, without those that images.scan accepts",
      ["image", "severity"],
      ({ image, counts }) =>
        Object.entries(counts).map(([severity, count]) => [{ image, severity }, count]),
    );
    scanGauge(
      "image_failing_vulnerabilities",
      "Known vulnerabilities with which a deployed image fails by images.scan",
      ["image"],
      ({ image, failing }) => [[{ image }, failing]],
    );
    const messages = new Counter({
      name: "chat_messages_total",
      help: "Messages by agent and outcome; fallback: the built-in agent answered for the language model",
      labelNames: ["agent", "outcome"],
      registers,
    });
    const toolCalls = new Counter({
      name: "tool_calls_total",
      help: "Tool calls by tool, outcome and caller",
      labelNames: ["tool", "outcome", "agent"],
      registers,
    });
    // Initialize to 0, so that the first event shows as an increase.
    for (const outcome of ["ok", "fallback"]) {
      for (const agent of ["builtin", "openai"]) messages.inc({ agent, outcome }, 0);
    }
    messages.inc({ agent: "none", outcome: "error" }, 0);
    for (const tool of Object.keys(tools) as ToolName[]) {
      for (const agent of toolCallers) {
        for (const outcome of toolOutcomes) toolCalls.inc({ tool, outcome, agent }, 0);
      }
    }
    this.chat = {
      onAnswer: (agent, outcome) => {
        messages.inc({ agent, outcome });
      },
      onToolCall: (event) => {
        toolCalls.inc({ ...event });
      },
    };
    const tokens = new Counter({
      name: "openai_tokens_total",
      help: "Tokens reported by the language model, by kind",
      labelNames: ["kind"],
      registers,
    });
    const requests = new Counter({
      name: "openai_requests_total",
      help: "Requests to the language model by outcome",
      labelNames: ["outcome"],
      registers,
    });
    const breaker = new Gauge({
      name: "openai_breaker_state",
      help: "Circuit breaker of the language model: 0 closed, 1 half-open, 2 open",
      registers,
    });
    for (const kind of ["prompt", "completion"]) tokens.inc({ kind }, 0);
    const requestOutcomes: Parameters<OpenAiObserver["onRequest"]>[0][] = [
      ...(["ok", "timeout", "refused", "unavailable", "broken", "left alone"] as const),
    ];
    for (const outcome of requestOutcomes) requests.inc({ outcome }, 0);
    this.openai = {
      onTokens: (prompt, completion) => {
        tokens.inc({ kind: "prompt" }, prompt);
        tokens.inc({ kind: "completion" }, completion);
      },
      onRequest: (outcome) => {
        requests.inc({ outcome });
      },
      onBreaker: (state) => {
        breaker.set({ closed: 0, "half-open": 1, open: 2 }[state]);
      },
    };
    const mails = new Counter({
      name: "mails_total",
      help: "Mails by outcome; a deferred one is retried and counted again",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of mailOutcomes) mails.inc({ outcome }, 0);
    this.onMail = (outcome) => {
      mails.inc({ outcome });
    };
  }

  onRequest(method: string, route: string, status: number, seconds: number | undefined): void {
    // Node accepts some thirty methods, which clients could turn into as many series.
    const labels = { method: methods.has(method) ? method : "other", route, status };
    this.#requests.inc(labels);
    if (seconds !== undefined) this.#duration.observe(labels, seconds);
  }
}
