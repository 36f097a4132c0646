/** The status screen of a running instance: its Prometheus queries and its layout. */

/** A sample in a response of Prometheus. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** Results of {@link overviewQueries}, by the same keys. */
export type Answers = Readonly<Record<keyof ReturnType<typeof overviewQueries>, readonly Sample[]>>;

export function overviewQueries(namespace: string) {
  const own = `namespace="${namespace}"`;
  const byUsers = `${own},route!~"probe|/healthz|/readyz|/metrics"`;
  const quick = `${byUsers},route!~"/api/chat|/mcp"`;
  const requests = `sum by (component) (rate(http_requests_total{${byUsers}}[2m]))`;
  const container = `${own},container!=""`;
  const cpu = `max by (pod, container) (rate(container_cpu_usage_seconds_total{${container}}[2m]))`;
  const quota = `max by (pod, container) (container_spec_cpu_quota{${container}} / container_spec_cpu_period{${container}})`;
  return {
    up: `sum by (component) (up{${own},component=~"backend|frontend"})`,
    known: `count by (component) (up{${own},component=~"backend|frontend"})`,
    requests,
    errors: `sum by (component) (rate(http_requests_total{${byUsers},status=~"5.."}[2m])) / ${requests}`,
    p95: `histogram_quantile(0.95, sum by (component, le) (rate(http_request_duration_seconds_bucket{${quick}}[2m])))`,
    chat: `sum by (agent, outcome) (increase(chat_messages_total{${own}}[1h])) > 0`,
    breaker: `max(openai_breaker_state{${own}})`,
    cpu,
    cpuShare: `${cpu} / ${quota}`,
    memory: `max by (pod, container) (container_memory_working_set_bytes{${container}})`,
    memoryLimit: `max by (pod, container) (container_spec_memory_limit_bytes{${container}} > 0)`,
    database: `min(database_up{${own}})`,
    connections: `sum by (state) (db_pool_connections{${own}})`,
    waiting: `sum(db_pool_waiting_requests{${own}})`,
    tasks: `max by (status) (tasks{${own}})`,
    volume: `1 - min(database_volume_free_bytes{${own}} / database_volume_size_bytes{${own}})`,
    backup: `time() - max(backup_last_success_timestamp_seconds{${own}})`,
    proof: `time() - max(backup_last_proof_timestamp_seconds{${own}})`,
    alerts: `ALERTS{alertstate="firing",${own}}`,
  };
}

/** Colors of the screen. */
export interface Marks {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly title: (text: string) => string;
}

/** The screen as lines. Pure. */
export function overview(answers: Answers, marks: Marks): string[] {
  const { good, bad, title } = marks;
  const row = (name: string, ...cells: readonly string[]) =>
    `  ${name.padEnd(34)}${cells.map((cell) => cell.padStart(12)).join("")}`;
  const alerts = answers.alerts.map(({ metric }) => metric["alertname"] ?? "");
  const lines = [
    alerts.length === 0
      ? good("✓ no alert is firing")
      : bad(`✗ firing: ${[...new Set(alerts)].sort().join(", ")} (docs/runbooks)`),
    "",
    title(row("", "pods up", "requests/s", "errors", "p95").trimEnd()),
  ];
  for (const component of ["frontend", "backend"]) {
    const up = valueOf(answers.up, { component }) ?? 0;
    const known = valueOf(answers.known, { component }) ?? 0;
    const errors = valueOf(answers.errors, { component }) ?? 0;
    const line = row(
      component,
      `${up} of ${known}`,
      fixed(valueOf(answers.requests, { component })),
      percent(errors),
      milliseconds(valueOf(answers.p95, { component })),
    );
    lines.push(up === 0 || up < known || errors > 0.05 ? bad(line) : line);
  }

  const breaker = ["closed", "half-open", "open"][valueOf(answers.breaker) ?? 0] ?? "?";
  const chat = answers.chat.map(
    ({ metric, value }) =>
      `${metric["agent"] ?? ""} ${metric["outcome"] ?? ""} ${Math.round(Number(value[1]))}`,
  );
  lines.push(
    "",
    title("  chat, last hour"),
    `  ${chat.length === 0 ? "no message" : chat.sort().join(", ")}; breaker ${breaker}`,
  );

  const isUp = valueOf(answers.database) === 1;
  const connections = (state: string) => valueOf(answers.connections, { state }) ?? 0;
  const backup = valueOf(answers.backup);
  const proof = valueOf(answers.proof);
  lines.push(
    "",
    title("  database"),
    (isUp ? (text: string) => text : bad)(
      `  ${isUp ? "up" : "unavailable"}; connections ${connections("busy")} busy, ${connections("idle")} idle, ${valueOf(answers.waiting) ?? 0} waiting`,
    ),
    `  tasks ${valueOf(answers.tasks, { status: "pending" }) ?? 0} pending, ${valueOf(answers.tasks, { status: "completed" }) ?? 0} completed; volume ${percent(valueOf(answers.volume))} used`,
    `  newest backup ${backup === undefined ? "none" : `${age(backup)} ago`}, last proven ${proof === undefined ? "never" : `${age(proof)} ago`}`,
    "",
    title(row("", "CPU", "of limit", "memory", "of limit").trimEnd()),
  );
  for (const { metric, value } of answers.memory.toSorted((a, b) =>
    nameOf(a).localeCompare(nameOf(b)),
  )) {
    const { pod = "", container = "" } = metric;
    const of = { pod, container };
    const limit = valueOf(answers.memoryLimit, of);
    const memoryShare = limit === undefined ? undefined : Number(value[1]) / limit;
    const cpuShare = valueOf(answers.cpuShare, of);
    const cores = valueOf(answers.cpu, of);
    const line = row(
      `${container} ${pod.split("-").at(-1) ?? ""}`,
      cores === undefined ? "–" : `${Math.round(cores * 1000)}m`,
      percent(cpuShare),
      `${Math.round(Number(value[1]) / 2 ** 20)} MiB`,
      percent(memoryShare),
    );
    lines.push((cpuShare ?? 0) > 0.9 || (memoryShare ?? 0) > 0.9 ? bad(line) : line);
  }
  if (answers.memory.length === 0) lines.push("  no metrics from the kubelets yet");
  return lines;
}

/** The value of the first sample with these labels; undefined when there is none, or it is NaN. */
function valueOf(
  samples: readonly Sample[],
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.find(({ metric }) =>
    Object.entries(labels).every(([name, value]) => metric[name] === value),
  );
  const value = Number(found?.value[1] ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

const nameOf = ({ metric }: Sample) => `${metric["container"] ?? ""} ${metric["pod"] ?? ""}`;
const fixed = (value: number | undefined) => (value === undefined ? "–" : value.toFixed(2));
const percent = (value: number | undefined) =>
  value === undefined ? "–" : `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`;
const milliseconds = (value: number | undefined) =>
  value === undefined ? "–" : `${Math.round(value * 1000)} ms`;

/** A human-readable duration. */
function age(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
