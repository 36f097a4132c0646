import type { Alert } from "./alerts.ts";

/** Seconds that a replica may be behind. */
const longestLag = 60;

interface InstanceArgs {
  /** Matcher of the application's namespace. */
  readonly inNamespace: string;
  /** How long a condition has to hold, from its default in seconds. */
  readonly hold: (seconds: number) => number;
  /** Number of instances, primary and replicas. */
  readonly instances: number;
}

/** Alerts for a database that CloudNativePG runs, from the metrics of its instances. */
export function instanceAlerts({ inNamespace, hold, instances }: InstanceArgs): readonly Alert[] {
  const inRecovery = `cnpg_pg_replication_in_recovery{${inNamespace}}`;
  const count = (series: string) => `count by (namespace) (${series})`;
  return [
    {
      name: "database-no-primary",
      severity: "critical",
      component: "database",
      forSeconds: hold(60),
      expr: `(${count(inRecovery)} unless ${count(`${inRecovery} == 0`)}) or absent(${inRecovery})`,
      summary: "The database has no primary",
      description:
        "No instance of the database takes writes. What is there can be read as long as a replica answers; nothing can be saved.",
    },
    {
      name: "database-replica-missing",
      severity: "warning",
      component: "database",
      forSeconds: hold(300),
      expr: `max by (namespace) (cnpg_pg_replication_streaming_replicas{${inNamespace}}) < ${instances - 1}`,
      summary: "A replica of the database is missing",
      description: `{{ $value }} of ${instances - 1} replicas follow the primary. If all are gone, nothing can be saved.`,
    },
    {
      name: "database-replica-behind",
      severity: "warning",
      component: "database",
      forSeconds: hold(300),
      expr: `max by (namespace, pod) (cnpg_pg_replication_lag{${inNamespace}}) > ${longestLag}`,
      summary: "A replica of the database is behind",
      description:
        "{{ $labels.pod }} is {{ $value | humanizeDuration }} behind the primary. A failover to it takes longer, and it answers reads from then.",
    },
  ];
}

/** Alerts for the archive of such a database. */
export function archiveAlerts({
  inNamespace,
  hold,
}: Pick<InstanceArgs, "inNamespace" | "hold">): readonly Alert[] {
  const newest = (metric: string) => `max by (namespace) (${metric}{${inNamespace}})`;
  const wal = (event: string) => newest(`cnpg_pg_stat_archiver_last_${event}_time`);
  const base = (event: string) =>
    newest(`barman_cloud_cloudnative_pg_io_last_${event}_backup_timestamp`);
  const alert = { name: "database-archive-failing", component: "database" } as const;
  return [
    {
      ...alert,
      severity: "warning",
      forSeconds: hold(300),
      expr: `${wal("failed")} > ${wal("archived")} or ${base("failed")} > ${base("available")}`,
      summary: "The database is not archived",
      description:
        "No change has been copied to the bucket since the last attempt failed, or the last base backup failed. A recovery ends before, or begins with an older base backup, and the volumes may fill up.",
    },
    {
      ...alert,
      severity: "critical",
      forSeconds: hold(3600),
      expr: `${base("available")} == 0`,
      summary: "There is no base backup of the database",
      description: "Changes are archived, but without a base backup there is no recovery.",
    },
  ];
}
