import { alertmanagerAddress } from "./alertmanager.ts";

/** Where the rules are mounted, beside the configuration. */
const rulesFile = "/etc/prometheus/alerts.yml";

/** The service account's token, for the kubelets. */
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Port of the kubelet's metrics, which need permission for `nodes/metrics`. */
export const kubeletPort = 10250;

/** Kubelet metrics that an alert or the dashboard uses; a node has thousands of series more. */
const containerSeries = [
  "container_cpu_usage_seconds_total",
  "container_memory_working_set_bytes",
  "container_memory_total_active_file_bytes",
  "container_network_(receive|transmit)_bytes_total",
  "container_spec_cpu_(quota|period)",
  "container_spec_memory_limit_bytes",
  "container_start_time_seconds",
].join("|");
const volumeSeries = "kubelet_volume_stats_(available|capacity|used)_bytes";

/** Metrics of Node.js that nothing uses. */
export const unread = "nodejs_(active|gc|heap_space|version)_.*";

/** Prometheus' own configuration, as YAML; JSON is YAML too. */
export function prometheusConfiguration(namespace: string): string {
  const podLabel = (of: string) => `__meta_kubernetes_pod_label_app_kubernetes_io_${of}`;
  // The same in all jobs, so that they share one watch on the API server.
  const kubernetes_sd_configs = [{ role: "pod", namespaces: { names: [namespace] } }];
  // A finished pod keeps its address but no longer responds.
  const unfinished = {
    source_labels: ["__meta_kubernetes_pod_phase"],
    regex: "Succeeded|Failed",
    action: "drop",
  };

  const kubelet = (job: string, path: string, series: string) => ({
    job_name: job,
    metrics_path: path,
    scheme: "https",
    kubernetes_sd_configs,
    authorization: { type: "Bearer", credentials_file: tokenFile },
    // By default, kubelet certificates are self-signed.
    tls_config: { insecure_skip_verify: true },
    relabel_configs: [
      // Nodes come from the namespace's pods, so no permission to list nodes is needed; duplicates are merged.
      unfinished,
      {
        source_labels: [podLabel("part_of"), "__meta_kubernetes_pod_host_ip"],
        regex: "todo-chatbot;.+",
        action: "keep",
      },
      {
        source_labels: ["__meta_kubernetes_pod_host_ip"],
        regex: "([^:]+)",
        target_label: "__address__",
        replacement: `$1:${kubeletPort}`,
      },
      {
        source_labels: ["__meta_kubernetes_pod_host_ip"],
        regex: "(.*:.*)",
        target_label: "__address__",
        replacement: `[$1]:${kubeletPort}`,
      },
      { source_labels: ["__meta_kubernetes_pod_node_name"], target_label: "node" },
    ],
    metric_relabel_configs: [
      {
        source_labels: ["namespace", "__name__"],
        regex: `${namespace};(${series})`,
        action: "keep",
      },
      // The pod's total and the pause container; only their network metrics are needed.
      {
        source_labels: ["__name__", "container"],
        regex: "container_(cpu|memory|spec|start)_.*;(|POD)",
        action: "drop",
      },
      // These labels change with every restart, which would create new series.
      { regex: "id|image|name|cpu", action: "labeldrop" },
    ],
  });

  return JSON.stringify(
    {
      global: { scrape_interval: "15s", scrape_timeout: "5s", evaluation_interval: "15s" },
      rule_files: [rulesFile],
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: [alertmanagerAddress] }] }],
      },
      scrape_configs: [
        {
          job_name: "todo-chatbot",
          kubernetes_sd_configs,
          relabel_configs: [
            {
              source_labels: [
                podLabel("part_of"),
                podLabel("component"),
                "__meta_kubernetes_pod_container_port_name",
              ],
              // The database has such a port if CloudNativePG runs it.
              regex: "todo-chatbot;(backend;http|(frontend|database);metrics)",
              action: "keep",
            },
            unfinished,
            { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
            { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
            { source_labels: [podLabel("component")], target_label: "component" },
          ],
          metric_relabel_configs: [{ source_labels: ["__name__"], regex: unread, action: "drop" }],
        },
        {
          ...kubelet("containers", "/metrics/cadvisor", containerSeries),
          // Samples have their own timestamps; without this, a deleted pod's series would linger for five minutes.
          track_timestamps_staleness: true,
        },
        {
          ...kubelet("volumes", "/metrics", volumeSeries),
          scrape_interval: "60s",
        },
      ],
    },
    null,
    2,
  );
}
