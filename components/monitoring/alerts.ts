import type { MonitoringSettings } from "./monitoring.schema.ts";
import { cpuLimit, memoryLimit, perContainer } from "./promql.ts";

/** Who has to look: critical, somebody now; warning, somebody today. */
export type Severity = "critical" | "warning";

/** Every alert; each has a runbook `docs/runbooks/<name>.md`. */
export const alertNames = [
  "pod-down",
  "crash-loop",
  "high-cpu",
  "low-memory",
  "volume-filling-up",
  "error-rate",
  "slow-answers",
  "database-away",
  "model-away",
  "backup-too-old",
  "metrics-missing",
] as const;
export type AlertName = (typeof alertNames)[number];

/** One alert, as Prometheus needs it. */
export interface Alert {
  readonly name: AlertName;
  readonly severity: Severity;
  /** Part of the application that it is about, where its series don't say. */
  readonly component?: string;
  /** Seconds that the condition has to hold before the alert fires. */
  readonly forSeconds: number;
  /** PromQL; each series that it returns is an alert. */
  readonly expr: string;
  /** One line for a phone's screen; Prometheus fills in the templates. */
  readonly summary: string;
  /** What is seen, with the measured value. */
  readonly description: string;
}

/** What the alerts depend on. */
export interface AlertArgs extends Pick<MonitoringSettings, "thresholds" | "alertForPercent"> {
  /** Namespace of the application: a shared Prometheus has the series of others too. */
  readonly namespace: string;
  /** Pods that each part has at least. */
  readonly replicas: { readonly backend: number; readonly frontend: number };
  /** Size that the database's volume was asked for, in bytes. */
  readonly volumeBytes: number;
  /** Whether backups are made on a schedule. */
  readonly backups: boolean;
}

/** Pods that a part has at least. */
export function minReplicas(part: {
  readonly replicas: number;
  readonly autoscaling: { readonly enabled: boolean; readonly minReplicas: number };
}): number {
  return part.autoscaling.enabled ? part.autoscaling.minReplicas : part.replicas;
}

/** Containers that run as long as their pod: those of Jobs end, and may use what they are given. */
const lasting = `container=~"backend|frontend|database"`;

/** Routes that people wait for; a probe's 503 is an answer, and a chat waits for a model. */
const probes = "probe|/healthz|/readyz|/metrics";
const slowByNature = "/api/chat|/mcp";

/** The table of alerts. Pure: the same arguments give the same alerts. */
export function alertsOf(args: AlertArgs): readonly Alert[] {
  const { replicas, backups, thresholds } = args;
  const inNamespace = `namespace="${args.namespace}"`;
  const hold = (seconds: number) => Math.round((seconds * args.alertForPercent) / 100);

  const podDown = (component: "backend" | "frontend"): Alert => {
    const up = `up{${inNamespace},component="${component}"}`;
    return {
      name: "pod-down",
      severity: "critical",
      component,
      forSeconds: hold(120),
      // A sum over no series is no series, and so never below anything.
      expr: `sum by (namespace, component) (${up}) < ${replicas[component]} or absent(${up})`,
      summary: `Pods of the ${component} are down`,
      description: `Fewer than ${replicas[component]} pods of the ${component} answer.`,
    };
  };

  const ofContainers = `${inNamespace},${lasting}`;
  const container = (metric: string) => `${metric}{${ofContainers}}`;
  const workingSet = container("container_memory_working_set_bytes");
  const activeFile = container("container_memory_total_active_file_bytes");

  const requests = (metric: string, labels: string) =>
    `sum by (namespace, component) (increase(${metric}{${inNamespace},${labels}}[5m]))`;
  const asked = `component=~"backend|frontend",route!~"${probes}"`;
  const waitedFor = `component=~"backend|frontend",route!~"${probes}|${slowByNature}"`;
  const chats = (labels = "") =>
    `sum by (namespace) (increase(chat_messages_total{${inNamespace}${labels}}[10m]))`;
  const withoutModel = chats(`,outcome="fallback"`);
  const lastBackup = `backup_last_success_timestamp_seconds{${inNamespace}}`;

  return [
    podDown("backend"),
    podDown("frontend"),
    {
      name: "crash-loop",
      severity: "critical",
      forSeconds: 0,
      expr: `changes(${perContainer(container("container_start_time_seconds"))}[15m:15s]) >= ${thresholds.restarts}`,
      summary: "{{ $labels.container }} restarts again and again",
      description:
        "Container {{ $labels.container }} of {{ $labels.pod }} restarted {{ $value }} times within 15 minutes.",
    },
    {
      name: "high-cpu",
      severity: "warning",
      forSeconds: hold(300),
      expr: [
        perContainer(`rate(${container("container_cpu_usage_seconds_total")}[2m])`),
        `/ ${cpuLimit(ofContainers)}`,
        `> ${thresholds.cpuPercent / 100}`,
      ].join(" "),
      summary: "{{ $labels.container }} is short of CPU",
      description:
        "Container {{ $labels.container }} of {{ $labels.pod }} uses {{ $value | humanizePercentage }} of its CPU limit.",
    },
    {
      name: "low-memory",
      severity: "warning",
      forSeconds: hold(120),
      // The kernel takes file pages back before it kills anything, active ones too.
      expr: [
        `1 - ${perContainer(`${workingSet} - (${activeFile} or 0 * ${workingSet})`)}`,
        `/ ${memoryLimit(ofContainers)}`,
        `< ${thresholds.memoryLeftPercent / 100}`,
      ].join(" "),
      summary: "{{ $labels.container }} is short of memory",
      description:
        "Container {{ $labels.container }} of {{ $labels.pod }} has {{ $value | humanizePercentage }} of its memory limit left; without any it is killed.",
    },
    {
      name: "volume-filling-up",
      severity: "critical",
      forSeconds: hold(300),
      // A volume that is a folder of the node has no statistics of the kubelet's. What the database sees is
      // the node's whole disk, of which a few percent may be much more than it will ever use.
      expr: [
        "(min by (namespace, persistentvolumeclaim)",
        `(kubelet_volume_stats_available_bytes{${inNamespace}} / kubelet_volume_stats_capacity_bytes{${inNamespace}})`,
        "or on (namespace) min by (namespace)",
        `(database_volume_free_bytes{${inNamespace}} / database_volume_size_bytes{${inNamespace}}`,
        `and database_volume_free_bytes{${inNamespace}} < ${args.volumeBytes}))`,
        `< ${thresholds.volumeLeftPercent / 100}`,
      ].join(" "),
      summary: "A volume is filling up",
      description:
        "{{ $value | humanizePercentage }} of {{ with $labels.persistentvolumeclaim }}volume {{ . }}{{ else }}the database's volume{{ end }} is left; when it is full, nothing can be saved.",
    },
    {
      name: "error-rate",
      severity: "critical",
      forSeconds: hold(120),
      // One failed request out of two is no rate.
      expr: [
        requests("http_requests_total", `${asked},status=~"5.."`),
        `/ ${requests("http_requests_total", asked)} > ${thresholds.errorPercent / 100}`,
        `and ${requests("http_requests_total", `${asked},status=~"5.."`)} >= 5`,
      ].join(" "),
      summary: "The {{ $labels.component }} fails requests",
      description:
        "{{ $value | humanizePercentage }} of the requests to the {{ $labels.component }} were answered with a 5xx status within 5 minutes.",
    },
    {
      name: "slow-answers",
      severity: "warning",
      forSeconds: hold(300),
      expr: [
        "histogram_quantile(0.95, sum by (namespace, component, le)",
        `(rate(http_request_duration_seconds_bucket{${inNamespace},${waitedFor}}[5m])))`,
        `> ${thresholds.slowMilliseconds / 1000}`,
        `and ${requests("http_request_duration_seconds_count", waitedFor)} >= 20`,
      ].join(" "),
      summary: "The {{ $labels.component }} answers slowly",
      description:
        "One in 20 requests to the {{ $labels.component }} takes longer than {{ $value | humanizeDuration }}; chats are not counted.",
    },
    {
      name: "database-away",
      severity: "critical",
      forSeconds: hold(60),
      expr: `min by (namespace) (database_up{${inNamespace}}) == 0`,
      summary: "The database is away",
      description:
        "A pod of the backend can't reach the database, or its schema is missing. Pages open, tasks don't.",
    },
    {
      name: "model-away",
      severity: "warning",
      forSeconds: hold(60),
      // A single chat that a model was too slow for is no outage.
      expr: `${withoutModel} / ${chats()} > 0.5 and ${withoutModel} >= 3`,
      summary: "The language model does not answer",
      description:
        "{{ $value | humanizePercentage }} of the chats within 10 minutes were answered by the built-in agent, because the language model failed.",
    },
    ...(backups
      ? [
          {
            name: "backup-too-old",
            severity: "warning",
            component: "backup",
            forSeconds: hold(300),
            expr: `time() - max by (namespace) (${lastBackup}) > ${thresholds.backupHours * 3600}`,
            summary: "The newest backup is too old",
            description: `The newest backup of the database was made {{ $value | humanizeDuration }} ago; it must be younger than ${thresholds.backupHours} hours.`,
          } as const,
          {
            name: "backup-too-old",
            severity: "critical",
            component: "backup",
            forSeconds: thresholds.backupHours * 3600,
            expr: `absent(${lastBackup}) and on (namespace) database_up{${inNamespace}} == 1`,
            summary: "There is no backup",
            description: `No backup of the database was made within ${thresholds.backupHours} hours.`,
          } as const,
        ]
      : []),
    {
      name: "metrics-missing",
      severity: "warning",
      forSeconds: hold(600),
      expr: [
        `absent(container_cpu_usage_seconds_total{${inNamespace}})`,
        `or absent(container_memory_working_set_bytes{${inNamespace}})`,
        `or (absent(container_spec_memory_limit_bytes{${inNamespace}})`,
        `unless on (namespace) kube_pod_container_resource_limits{${inNamespace}})`,
      ].join(" "),
      summary: "CPU, memory or limits of the containers are unknown",
      description:
        "Metrics of the kubelets, or of kube-state-metrics, are missing: until they are back, high-cpu, low-memory and crash-loop can't fire.",
    },
  ];
}
