import { alertmanagerAddress } from "./alertmanager.ts";

/** Where the rules are mounted, beside the configuration. */
const rulesFile = "/etc/prometheus/alerts.yml";

/** The service account's token, which the kubelets ask for. */
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Port on which a kubelet shows metrics to who may get `nodes/metrics`. */
export const kubeletPort = 10250;

/** Series of the kubelets that an alert or the dashboard reads; a node has thousands more. */
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

/** Node's own series that nothing reads. */
export const unread = "nodejs_(active|gc|heap_space|version)_.*";

/** Prometheus' own configuration, as YAML; JSON is YAML too. */
export function prometheusConfiguration(namespace: string): string {
  const podLabel = (of: string) => `__meta_kubernetes_pod_label_app_kubernetes_io_${of}`;
  // The same in all jobs, so that Prometheus asks the API server once.
  const kubernetes_sd_configs = [{ role: "pod", namespaces: { names: [namespace] } }];
  // A finished pod keeps its address and answers no more.
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
    // Kubelets sign their certificates themselves, unless somebody sets them up otherwise.
    tls_config: { insecure_skip_verify: true },
    relabel_configs: [
      // The nodes of the namespace's own pods: so it may read no list of nodes. Doubles are one target.
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
      // A pod's own sum, and the container that holds its network; of these only the network counts.
      {
        source_labels: ["__name__", "container"],
        regex: "container_(cpu|memory|spec|start)_.*;(|POD)",
        action: "drop",
      },
      // They change with every restart, and each value is a new series.
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
              regex: "todo-chatbot;(backend;http|frontend;metrics)",
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
          // Its samples carry times of their own; without this, an ended pod's stay for five minutes.
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
