import type * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import { bytes } from "../../lib/pvc.ts";
import type { BackupsSettings } from "../backups/backups.schema.ts";
import type { OperatorDatabaseSettings } from "../database/operator.schema.ts";
import type { ScanSettings } from "../images/scan.schema.ts";
import type { AppSettings } from "../release/apps.schema.ts";
import { alertsOf, minReplicas } from "./alerts.ts";
import { grafanaDashboard } from "./dashboard.ts";
import type { MonitoringArgs } from "./monitoring.ts";
import { Monitoring } from "./monitoring.ts";
import type { MonitoringSettings } from "./monitoring.schema.ts";
import { OperatorMonitoring } from "./operator.ts";
import { unread } from "./scrape-config.ts";

/** Arguments of {@link monitor}. */
export interface MonitorArgs extends Pick<
  MonitoringArgs,
  "namespace" | "policies" | "mesh" | "pods" | "pullSecrets" | "revisionKey"
> {
  readonly images: MonitoringArgs["images"] & { readonly scan: Pick<ScanSettings, "mode"> };
  readonly settings: WithSecrets<MonitoringSettings>;
  /** Name of the namespace, for the alerts' expressions. */
  readonly namespaceName: string;
  /** The database that CloudNativePG runs; undefined if it is another one. */
  readonly databaseOperator?: Pick<OperatorDatabaseSettings, "instances" | "archive"> | undefined;
  readonly backend: AppSettings;
  readonly frontend: AppSettings;
  readonly storage: {
    /** Size of the database's PVC with its unit, like `1Gi`. */
    readonly size: string;
    readonly backup: Pick<BackupsSettings, "schedule" | "drill">;
  };
}

/** Monitors the application as configured; undefined with mode off. */
export function monitor(
  name: string,
  { settings, namespaceName, databaseOperator, backend, frontend, storage, ...args }: MonitorArgs,
  opts: pulumi.ComponentResourceOptions,
): Monitoring | OperatorMonitoring | undefined {
  const alerts = alertsOf({
    ...settings,
    namespace: namespaceName,
    replicas: { backend: minReplicas(backend), frontend: minReplicas(frontend) },
    volumeBytes: bytes(storage.size),
    databaseInstances: databaseOperator?.instances,
    databaseArchive: databaseOperator?.archive.enabled === true,
    backups: storage.backup.schedule !== "manual",
    drills: ![storage.backup.schedule, storage.backup.drill.schedule].includes("manual"),
    scans: args.images.scan.mode !== "off",
  });
  switch (settings.mode) {
    case "bundled":
      return new Monitoring(name, { ...args, alerts, receivers: settings.receivers }, opts);
    case "operator":
      return new OperatorMonitoring(
        name,
        {
          namespace: args.namespace,
          labels: settings.labels,
          alerts,
          dashboard: grafanaDashboard(namespaceName),
        },
        opts,
      );
    case "off":
      return undefined;
  }
}

/** An operator's Prometheus, and how it finds the application's metrics. */
export interface OperatorPrometheus {
  readonly namespace: string;
  /** Labels that it selects ServiceMonitors by. */
  readonly labels: Readonly<Record<string, string>>;
  /** Relabelings that drop metrics, as in the operator's API. */
  readonly metricRelabelings: readonly object[];
}

/** The Prometheus that scrapes from outside the stack's namespace; undefined: there is none. */
export function operatorPrometheus(
  settings: WithSecrets<MonitoringSettings>,
): OperatorPrometheus | undefined {
  if (settings.mode !== "operator") return undefined;
  const { prometheusNamespace: namespace, labels } = settings;
  const dropped = { sourceLabels: ["__name__"], regex: unread, action: "drop" };
  return { namespace, labels, metricRelabelings: [dropped] };
}
