import { createHash } from "node:crypto";

import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

import { cpuLimit, memoryLimit, perContainer } from "./promql.ts";

/** One query of a panel. */
interface Query {
  /** PromQL. */
  readonly expression: string;
  /** Legend; `{{label}}` is replaced by the label's value. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** What the panel shows, and which values are good or bad. */
  readonly description: string;
  /** One of Grafana's units, like `reqps`, `percentunit`, `s`, `bytes`. */
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** Panels by row. */
type Rows = Readonly<Record<string, readonly Panel[]>>;

/** Window of rates: eight scrapes, so that a missed one leaves no gap. */
const window = "2m";

/** Grid units of Grafana: three panels beside each other. */
const span = 8;
const height = 7;

function rowsOf(namespace: string): Rows {
  const of = (metric: string, ...matchers: readonly string[]) =>
    `${metric}{${[`namespace="${namespace}"`, ...matchers].join(",")}}`;
  const rate = (metric: string, ...matchers: readonly string[]) =>
    `rate(${of(metric, ...matchers)}[${window}])`;
  const asked = 'route!~"probe|/healthz|/readyz|/metrics"';
  const quick = 'route!~"probe|/healthz|/readyz|/metrics|/api/chat|/mcp"';
  const container = 'container=~"backend|frontend|database"';
  const ofContainers = `namespace="${namespace}",${container}`;

  const requests = `sum by (component) (${rate("http_requests_total", asked)})`;
  const failed = `sum by (component) (${rate("http_requests_total", asked, 'status=~"5.."')})`;
  const quantile = (of100: number, by: string, matcher: string) =>
    `histogram_quantile(${of100 / 100}, sum by (${by}, le) (${rate("http_request_duration_seconds_bucket", matcher)}))`;
  const cpu = perContainer(rate("container_cpu_usage_seconds_total", container));
  const memory = perContainer(of("container_memory_working_set_bytes", container));
  // The kubelet has no statistics for volumes that are directories on the node; the backend reports those.
  const volumeFree = [
    `min(${of("kubelet_volume_stats_available_bytes")} / ${of("kubelet_volume_stats_capacity_bytes")})`,
    `min(${of("database_volume_free_bytes")} / ${of("database_volume_size_bytes")})`,
  ].join(" or ");

  return {
    "Golden signals": [
      {
        title: "Traffic",
        description: "Requests per second by app, without probes.",
        unit: "reqps",
        queries: [{ expression: requests, legend: "{{component}}" }],
      },
      {
        title: "Errors",
        description: "Share of requests that returned a 5xx status. 0 is good.",
        unit: "percentunit",
        // Without failures their series does not exist.
        queries: [
          { expression: `(${failed} or 0 * ${requests}) / ${requests}`, legend: "{{component}}" },
        ],
      },
      {
        title: "Latency",
        description: "50th and 95th percentile of request latency; chats are not counted.",
        unit: "s",
        queries: [50, 95].map((of100) => ({
          expression: quantile(of100, "component", quick),
          legend: `{{component}} p${of100}`,
        })),
      },
      {
        title: "Saturation: event loop",
        description: "99th percentile of Node's event loop lag. From 100 ms on it is bad.",
        unit: "s",
        queries: [
          {
            expression: `max by (pod) (${of("nodejs_eventloop_lag_p99_seconds")})`,
            legend: "{{pod}}",
          },
        ],
      },
      {
        title: "Pods up",
        description: "Pods by app whose metrics can be scraped.",
        unit: "short",
        queries: [
          {
            expression: `sum by (component) (${of("up", 'component=~"backend|frontend"')})`,
            legend: "{{component}}",
          },
        ],
      },
      {
        title: "Requests without a response from the backend",
        description: "As counted by the frontend, by reason. 0 is good.",
        unit: "reqps",
        queries: [
          { expression: `sum by (reason) (${rate("backend_faults_total")})`, legend: "{{reason}}" },
        ],
      },
    ],
    Chat: [
      {
        title: "Messages",
        description: "Messages per second by answering agent; fallback: the model failed.",
        unit: "ops",
        queries: [
          {
            expression: `sum by (agent, outcome) (${rate("chat_messages_total")})`,
            legend: "{{agent}} {{outcome}}",
          },
        ],
      },
      {
        title: "Chat latency",
        description: "50th and 95th percentile of the time to answer a message.",
        unit: "s",
        queries: [50, 95].map((of100) => ({
          expression: quantile(of100, "route", 'component="backend",route="/api/chat"'),
          legend: `p${of100}`,
        })),
      },
      {
        title: "Tool calls",
        description: "Calls per second by tool and outcome, from agents and MCP clients.",
        unit: "ops",
        queries: [
          {
            expression: `sum by (tool, outcome) (${rate("tool_calls_total")})`,
            legend: "{{tool}} {{outcome}}",
          },
        ],
      },
      {
        title: "Tokens",
        description: "Tokens per second by kind, as reported by the language model.",
        unit: "ops",
        queries: [
          { expression: `sum by (kind) (${rate("openai_tokens_total")})`, legend: "{{kind}}" },
        ],
      },
      {
        title: "Requests to the language model",
        description: "Requests per second by outcome; left alone: the circuit breaker was open.",
        unit: "reqps",
        queries: [
          {
            expression: `sum by (outcome) (${rate("openai_requests_total")})`,
            legend: "{{outcome}}",
          },
        ],
      },
      {
        title: "Circuit breaker",
        description:
          "State of the language model's circuit breaker. 0: closed, 1: half-open, 2: open.",
        unit: "short",
        queries: [
          { expression: `max by (pod) (${of("openai_breaker_state")})`, legend: "{{pod}}" },
        ],
      },
    ],
    Database: [
      {
        title: "Database up",
        description: "1 while every backend pod reaches the database, else 0.",
        unit: "short",
        queries: [{ expression: `min(${of("database_up")})`, legend: "up" }],
      },
      {
        title: "Connections",
        description: "Connections of all pods by state, and statements waiting for one.",
        unit: "short",
        queries: [
          {
            expression: `sum by (state) (${of("db_pool_connections")})`,
            legend: "{{state}}",
          },
          { expression: `sum(${of("db_pool_waiting_requests")})`, legend: "waiting" },
        ],
      },
      {
        title: "Tasks",
        description: "Tasks of all users by status.",
        unit: "short",
        queries: [{ expression: `max by (status) (${of("tasks")})`, legend: "{{status}}" }],
      },
      {
        title: "Volume in use",
        description: "Used share of the database's volume. At 100 % nothing can be saved.",
        unit: "percentunit",
        queries: [{ expression: `1 - (${volumeFree})`, legend: "used" }],
      },
      {
        title: "Age of the newest backup",
        description: "Empty until there is a backup.",
        unit: "s",
        queries: [
          {
            expression: `time() - max(${of("backup_last_success_timestamp_seconds")})`,
            legend: "age",
          },
        ],
      },
      {
        title: "Time since a backup was proven",
        description: "Empty until the drill has restored a backup and found every row.",
        unit: "s",
        queries: [
          {
            expression: `time() - max(${of("backup_last_proof_timestamp_seconds")})`,
            legend: "age",
          },
        ],
      },
    ],
    Resources: [
      {
        title: "CPU",
        description: "Cores that each container uses.",
        unit: "short",
        queries: [{ expression: cpu, legend: "{{pod}}" }],
      },
      {
        title: "CPU, share of the limit",
        description: "At 100 % the container is throttled.",
        unit: "percentunit",
        queries: [{ expression: `${cpu} / ${cpuLimit(ofContainers)}`, legend: "{{pod}}" }],
      },
      {
        title: "Memory",
        description: "Working set of each container.",
        unit: "bytes",
        queries: [{ expression: memory, legend: "{{pod}}" }],
      },
      {
        title: "Memory, share of the limit",
        description: "At 100 % the container is killed.",
        unit: "percentunit",
        queries: [{ expression: `${memory} / ${memoryLimit(ofContainers)}`, legend: "{{pod}}" }],
      },
      {
        title: "Network",
        description: "Bytes per second that each pod receives and sends.",
        unit: "Bps",
        queries: ["receive", "transmit"].map((direction) => ({
          expression: `sum by (pod) (${rate(`container_network_${direction}_bytes_total`)})`,
          legend: `{{pod}} ${direction}`,
        })),
      },
    ],
  };
}

/** Every query of the dashboard, for tests that run them in Prometheus. */
export function dashboardQueries(namespace: string): readonly string[] {
  return Object.values(rowsOf(namespace)).flatMap((panels) =>
    panels.flatMap(({ queries }) => queries.map(({ expression }) => expression)),
  );
}

/**
 * The dashboard of one instance as JSON for Grafana, with a variable for the data source. Pure: the same
 * namespace gives the same text.
 */
export function grafanaDashboard(namespace: string): string {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  // Grafana before 12 can't read its successor, and every later version still reads this.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const builder = new DashboardBuilder(`Todo chatbot (${namespace})`)
    .uid(uidOf(namespace))
    .tags(["todo-chatbot"])
    .time({ from: "now-1h", to: "now" })
    .refresh("30s")
    .withVariable(
      new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    );
  let id = 0;
  for (const [title, panels] of Object.entries(rowsOf(namespace))) {
    builder.withRow(new RowBuilder(title).id(++id));
    for (const { title: name, description, unit, queries } of panels) {
      const panel = new PanelBuilder()
        .id(++id)
        .title(name)
        .description(description)
        .unit(unit)
        .min(0)
        .span(span)
        .height(height)
        .datasource(datasource);
      queries.forEach(({ expression, legend }, index) => {
        panel.withTarget(
          new DataqueryBuilder()
            .expr(expression)
            .legendFormat(legend)
            .refId(String.fromCharCode("A".charCodeAt(0) + index))
            .datasource(datasource),
        );
      });
      builder.withPanel(panel);
    }
  }
  return JSON.stringify(builder.build(), null, 2);
}

/** Grafana allows 40 characters; a longer name is truncated and gets a hash as its suffix. */
function uidOf(namespace: string): string {
  const uid = `todo-chatbot-${namespace}`;
  if (uid.length <= 40) return uid;
  return `${uid.slice(0, 31)}-${createHash("sha256").update(namespace).digest("hex").slice(0, 8)}`;
}
