import { createHash } from "node:crypto";

import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

import { cpuLimit, memoryLimit, perContainer } from "./promql.ts";

/** One line or bundle of lines of a panel. */
interface Query {
  /** PromQL. */
  readonly expression: string;
  /** What a line is called; `{{label}}` stands for a label's value. */
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  /** What is seen, and what is good or bad about it. */
  readonly description: string;
  /** One of Grafana's units, like `reqps`, `percentunit`, `s`, `bytes`. */
  readonly unit: string;
  readonly queries: readonly Query[];
}

/** Panels by the row that they are in. */
type Rows = Readonly<Record<string, readonly Panel[]>>;

/** Window of rates: eight scrapes, so that one that is missed makes no gap. */
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
  // Volumes that are folders of the node have no statistics of the kubelet's; the backend asks there.
  const volumeFree = [
    `min(${of("kubelet_volume_stats_available_bytes")} / ${of("kubelet_volume_stats_capacity_bytes")})`,
    `min(${of("database_volume_free_bytes")} / ${of("database_volume_size_bytes")})`,
  ].join(" or ");

  return {
    "Golden signals": [
      {
        title: "Traffic",
        description: "Requests per second to each part, without probes.",
        unit: "reqps",
        queries: [{ expression: requests, legend: "{{component}}" }],
      },
      {
        title: "Errors",
        description: "Share of requests that were answered with a 5xx status. Good is 0.",
        unit: "percentunit",
        // Without a failure there is no series of failures.
        queries: [
          { expression: `(${failed} or 0 * ${requests}) / ${requests}`, legend: "{{component}}" },
        ],
      },
      {
        title: "Latency",
        description: "Time that 50 and 95 of 100 requests stay below; chats are not counted.",
        unit: "s",
        queries: [50, 95].map((of100) => ({
          expression: quantile(of100, "component", quick),
          legend: `{{component}} p${of100}`,
        })),
      },
      {
        title: "Saturation: event loop",
        description: "How long 1 of 100 turns of Node's event loop waits. Bad from 100 ms on.",
        unit: "s",
        queries: [
          {
            expression: `max by (pod) (${of("nodejs_eventloop_lag_p99_seconds")})`,
            legend: "{{pod}}",
          },
        ],
      },
      {
        title: "Pods that answer",
        description: "Pods of each part whose metrics can be read.",
        unit: "short",
        queries: [
          {
            expression: `sum by (component) (${of("up", 'component=~"backend|frontend"')})`,
            legend: "{{component}}",
          },
        ],
      },
      {
        title: "Requests that the backend did not answer",
        description: "As the frontend counts them, by reason. Good is 0.",
        unit: "reqps",
        queries: [
          { expression: `sum by (reason) (${rate("backend_faults_total")})`, legend: "{{reason}}" },
        ],
      },
    ],
    Chat: [
      {
        title: "Messages",
        description: "Messages per second by the agent that answered; fallback: the model failed.",
        unit: "ops",
        queries: [
          {
            expression: `sum by (agent, outcome) (${rate("chat_messages_total")})`,
            legend: "{{agent}} {{outcome}}",
          },
        ],
      },
      {
        title: "Time to answer a message",
        description: "Time that 50 and 95 of 100 answers in the chat stay below.",
        unit: "s",
        queries: [50, 95].map((of100) => ({
          expression: quantile(of100, "route", 'component="backend",route="/api/chat"'),
          legend: `p${of100}`,
        })),
      },
      {
        title: "Tool calls",
        description: "Calls per second by tool and outcome, of the agents and of MCP clients.",
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
        description: "Tokens per second that the language model counted, by kind.",
        unit: "ops",
        queries: [
          { expression: `sum by (kind) (${rate("openai_tokens_total")})`, legend: "{{kind}}" },
        ],
      },
      {
        title: "Requests to the language model",
        description: "Requests per second by outcome; left alone: the breaker was open.",
        unit: "reqps",
        queries: [
          {
            expression: `sum by (outcome) (${rate("openai_requests_total")})`,
            legend: "{{outcome}}",
          },
        ],
      },
      {
        title: "Breaker",
        description: "0: the language model is asked, 1: it is tried again, 2: it is left alone.",
        unit: "short",
        queries: [
          { expression: `max by (pod) (${of("openai_breaker_state")})`, legend: "{{pod}}" },
        ],
      },
    ],
    Database: [
      {
        title: "Database up",
        description: "1 while the database answers every pod of the backend, else 0.",
        unit: "short",
        queries: [{ expression: `min(${of("database_up")})`, legend: "up" }],
      },
      {
        title: "Connections",
        description: "Connections of all pods by state, and statements that wait for one.",
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
        description: "Tasks of everybody by status.",
        unit: "short",
        queries: [{ expression: `max by (status) (${of("tasks")})`, legend: "{{status}}" }],
      },
      {
        title: "Volume in use",
        description: "Share of the database's volume that is used; full means nothing is saved.",
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
    ],
    Resources: [
      {
        title: "CPU",
        description: "Cores that each container uses.",
        unit: "short",
        queries: [{ expression: cpu, legend: "{{pod}}" }],
      },
      {
        title: "CPU of the limit",
        description: "At 100 % the container is slowed down.",
        unit: "percentunit",
        queries: [{ expression: `${cpu} / ${cpuLimit(ofContainers)}`, legend: "{{pod}}" }],
      },
      {
        title: "Memory",
        description: "Memory that each container needs at the moment.",
        unit: "bytes",
        queries: [{ expression: memory, legend: "{{pod}}" }],
      },
      {
        title: "Memory of the limit",
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

/** Every query of the dashboard, for the tests that ask Prometheus them. */
export function dashboardQueries(namespace: string): readonly string[] {
  return Object.values(rowsOf(namespace)).flatMap((panels) =>
    panels.flatMap(({ queries }) => queries.map(({ expression }) => expression)),
  );
}

/**
 * The dashboard of one instance as JSON for Grafana, which asks for the data source. Pure: the same
 * namespace gives the same text.
 */
export function grafanaDashboard(namespace: string): string {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  // Grafana before 12 can't read what takes its place, and every later one still reads this.
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

/** Grafana takes at most 40 characters; a longer name is cut, and told apart by a hash. */
function uidOf(namespace: string): string {
  const uid = `todo-chatbot-${namespace}`;
  if (uid.length <= 40) return uid;
  return `${uid.slice(0, 31)}-${createHash("sha256").update(namespace).digest("hex").slice(0, 8)}`;
}
