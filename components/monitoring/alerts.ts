import type { MonitoringSettings } from "./monitoring.schema.ts";
import { archiveAlerts, instanceAlerts } from "./instance-alerts.ts";
import { cpuLimit, memoryLimit, perContainer } from "./promql.ts";

/** critical: needs attention now; warning: within the day. */
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
  "database-no-primary",
  "database-replica-missing",
  "database-replica-behind",
  "database-archive-failing",
  "model-away",
  "mail-away",
  "backup-too-old",
  "backup-unproven",
  "image-vulnerable",
  "scan-too-old",
  "metrics-missing",
] as const;
export type AlertName = (typeof alertNames)[number];

/** One alert, as Prometheus needs it. */
export interface Alert {
  readonly name: AlertName;
  readonly severity: Severity;
  /** Workload that it is about, if its series have no such label. */
  readonly component?: string;
  /** Seconds that the condition has to hold before the alert fires. */
  readonly forSeconds: number;
  /** PromQL; each series that it returns is an alert. */
  readonly expr: string;
  /** One short line; Prometheus expands the templates. */
  readonly summary: string;
  /** The symptom, with the measured value. */
  readonly description: string;
}

/** What the alerts depend on. */
export interface AlertArgs extends Pick<MonitoringSettings, "thresholds" | "alertForPercent"> {
  /** Namespace of the application: a shared Prometheus has the series of others too. */
  readonly namespace: string;
  /** Minimum replicas. */
  readonly replicas: { readonly backend: number; readonly frontend: number };
  /** Requested size of the database's volume, in bytes. */
  readonly volumeBytes: number;
  /** Instances of the database that CloudNativePG runs; undefined if it is another one. */
  readonly databaseInstances?: number | undefined;
  /** Whether CloudNativePG archives it. */
  readonly databaseArchive: boolean;
  /** Whether backups are made on a schedule. */
  readonly backups: boolean;
  /** Whether a drill proves them on a schedule. */
  readonly drills: boolean;
  /** Whether images are scanned. */
  readonly scans: boolean;
}

/** Minimum replicas of an app, with or without autoscaling. */
export function minReplicas(app: {
  readonly replicas: number;
  readonly autoscaling: { readonly enabled: boolean; readonly minReplicas: number };
}): number {
  return app.autoscaling.enabled ? app.autoscaling.minReplicas : app.replicas;
}

/** Long-running containers; those of Jobs end, and may use all of their limits. */
const longRunning = `container=~"backend|frontend|database"`;

/** Routes that don't count: a probe's 503 is no error, and a chat waits for a model. */
const probes = "probe|/healthz|/readyz|/metrics";
const slowByNature = "/api/chat|/mcp";

/** The table of alerts. Pure: the same arguments give the same alerts. */
export function alertsOf(args: AlertArgs): readonly Alert[] {
  const { replicas, backups, drills, scans, thresholds } = args;
  const inNamespace = `namespace="${args.namespace}"`;
  const hold = (seconds: number) => Math.round((seconds * args.alertForPercent) / 100);

  const podDown = (component: "backend" | "frontend"): Alert => {
    const up = `up{${inNamespace},component="${component}"}`;
    return {
      name: "pod-down",
      severity: "critical",
      component,
      forSeconds: hold(120),
      // A sum over no series is empty, and so never below the threshold.
      expr: `sum by (namespace, component) (${up}) < ${replicas[component]} or absent(${up})`,
      summary: `${component} pods are down`,
      description: `Fewer than ${replicas[component]} ${component} pods can be scraped.`,
    };
  };

  const ofContainers = `${inNamespace},${longRunning}`;
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
  const mails = (labels: string) =>
    `sum by (namespace) (increase(mails_total{${inNamespace},${labels}}[30m]))`;
  const lastProof = `backup_last_proof_timestamp_seconds{${inNamespace}}`;
  const lastBackup = `backup_last_success_timestamp_seconds{${inNamespace}}`;

  const { databaseInstances, databaseArchive } = args;
  return [
    ...(databaseInstances === undefined
      ? []
      : instanceAlerts({ inNamespace, hold, instances: databaseInstances })),
    ...(databaseArchive ? archiveAlerts({ inNamespace, hold }) : []),
    podDown("backend"),
    podDown("frontend"),
    {
      name: "crash-loop",
      severity: "critical",
      forSeconds: 0,
      expr: `changes(${perContainer(container("container_start_time_seconds"))}[15m:15s]) >= ${thresholds.restarts}`,
      summary: "{{ $labels.container }} restarts repeatedly",
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
      summary: "{{ $labels.container }} is close to its CPU limit",
      description:
        "Container {{ $labels.container }} of {{ $labels.pod }} uses {{ $value | humanizePercentage }} of its CPU limit.",
    },
    {
      name: "low-memory",
      severity: "warning",
      forSeconds: hold(120),
      // The kernel reclaims page cache, active pages too, before it kills anything.
      expr: [
        `1 - ${perContainer(`${workingSet} - (${activeFile} or 0 * ${workingSet})`)}`,
        `/ ${memoryLimit(ofContainers)}`,
        `< ${thresholds.memoryLeftPercent / 100}`,
      ].join(" "),
      summary: "{{ $labels.container }} is close to its memory limit",
      description:
        "Container {{ $labels.container }} of {{ $labels.pod }} has {{ $value | humanizePercentage }} of its memory limit left; at the limit it is killed.",
    },
    {
      name: "volume-filling-up",
      severity: "critical",
      forSeconds: hold(300),
      // The kubelet has no statistics for a volume that is a directory on the node. There the database sees
      // the node's whole disk, of which a few percent may be far more than it will ever use.
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
        "{{ $value | humanizePercentage }} of {{ with $labels.persistentvolumeclaim }}volume {{ . }}{{ else }}the database's volume{{ end }} is free; when it is full, nothing can be saved.",
    },
    {
      name: "error-rate",
      severity: "critical",
      forSeconds: hold(120),
      // One failed request out of two is not a meaningful rate.
      expr: [
        requests("http_requests_total", `${asked},status=~"5.."`),
        `/ ${requests("http_requests_total", asked)} > ${thresholds.errorPercent / 100}`,
        `and ${requests("http_requests_total", `${asked},status=~"5.."`)} >= 5`,
      ].join(" "),
      summary: "Requests to the {{ $labels.component }} fail",
      description:
        "{{ $value | humanizePercentage }} of the requests to the {{ $labels.component }} within 5 minutes returned a 5xx status.",
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
      summary: "The {{ $labels.component }} responds slowly",
      description:
        "The 95th-percentile latency of the {{ $labels.component }} is {{ $value | humanizeDuration }}; chats are not counted.",
    },
    {
      name: "database-away",
      severity: "critical",
      forSeconds: hold(60),
      expr: `min by (namespace) (database_up{${inNamespace}}) == 0`,
      summary: "The database is unavailable",
      description:
        "A backend pod can't reach the database, or its schema is missing. The web UI loads, but nothing can be read or saved.",
    },
    {
      name: "model-away",
      severity: "warning",
      forSeconds: hold(60),
      // A single chat that the model was too slow for is no outage.
      expr: `${withoutModel} / ${chats()} > 0.5 and ${withoutModel} >= 3`,
      summary: "The language model is unavailable",
      description:
        "The built-in agent answered {{ $value | humanizePercentage }} of the chats within 10 minutes, because the language model failed.",
    },
    {
      name: "mail-away",
      severity: "warning",
      forSeconds: hold(60),
      // A retry that succeeds, or one recipient that is refused, is no outage.
      expr: `${mails('outcome=~"deferred|failed|dropped"')} > 0 unless on (namespace) ${mails('outcome="sent"')} > 0`,
      summary: "The mail server refuses or fails",
      description:
        "No mail was sent within 30 minutes, and {{ $value | humanize }} attempts failed. Users who forgot their password get no link.",
    },
    ...(backups
      ? [
          {
            name: "backup-too-old",
            severity: "warning",
            component: "backup",
            forSeconds: hold(300),
            // A date in the future, of a clock that was wrong, is none to trust either.
            expr: `abs(time() - max by (namespace) (${lastBackup})) > ${thresholds.backupHours * 3600}`,
            summary: "The newest backup is too old",
            description: `The newest backup of the database is {{ $value | humanizeDuration }} old; the limit is ${thresholds.backupHours} hours.`,
          } as const,
          {
            name: "backup-too-old",
            severity: "critical",
            component: "backup",
            forSeconds: thresholds.backupHours * 3600,
            expr: `absent(${lastBackup}) and on (namespace) database_up{${inNamespace}} == 1`,
            summary: "There is no backup",
            description: `There has been no backup of the database for ${thresholds.backupHours} hours.`,
          } as const,
        ]
      : []),
    ...(drills
      ? [
          {
            name: "backup-unproven",
            severity: "warning",
            component: "backup",
            forSeconds: hold(300),
            expr: `abs(time() - max by (namespace) (${lastProof})) > ${thresholds.proofHours * 3600}`,
            summary: "No backup has been proven lately",
            description: `The last drill that restored a backup and found every row was {{ $value | humanizeDuration }} ago; the limit is ${thresholds.proofHours} hours.`,
          } as const,
          {
            name: "backup-unproven",
            severity: "critical",
            component: "backup",
            forSeconds: thresholds.proofHours * 3600,
            expr: `absent(${lastProof}) and on (namespace) max by (namespace) (${lastBackup})`,
            summary: "No backup has ever been proven",
            description: `There have been backups for ${thresholds.proofHours} hours, but no drill has restored one.`,
          } as const,
        ]
      : []),
    // Without a scan there is no series, and so no alert: whether to scan is up to the stack.
    ...(scans
      ? [
          {
            name: "image-vulnerable",
            severity: "warning",
            forSeconds: hold(300),
            expr: `max by (namespace, image) (image_failing_vulnerabilities{${inNamespace}}) > 0`,
            summary: "A deployed image has known vulnerabilities",
            description:
              "{{ $labels.image }} has known vulnerabilities ({{ $value }}) that images.scan does not let pass.",
          } as const,
          {
            name: "scan-too-old",
            severity: "warning",
            forSeconds: hold(300),
            expr: `time() - min by (namespace) (image_scan_database_timestamp_seconds{${inNamespace}}) > ${thresholds.scanDays * 86_400}`,
            summary: "The latest scan of the images is too old",
            description: `What is deployed was last scanned with a vulnerability database that is {{ $value | humanizeDuration }} old; the limit is ${thresholds.scanDays} days.`,
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
      summary: "Metrics of CPU, memory or limits are missing",
      description:
        "Metrics of the kubelets or of kube-state-metrics are missing. Until they are back, high-cpu, low-memory and crash-loop can't fire.",
    },
  ];
}
