/**
 * Limits of containers in PromQL, one series each. The bundled Prometheus has them from the kubelets
 * (container_spec_*); kube-prometheus-stack drops those and has them from kube-state-metrics.
 */
const declared = (resource: string, matchers: string) =>
  `kube_pod_container_resource_limits{${matchers},resource="${resource}"}`;

/** In cores. */
export function cpuLimit(matchers: string): string {
  const fromKubelet = `container_spec_cpu_quota{${matchers}} / container_spec_cpu_period{${matchers}}`;
  return perContainer(`${fromKubelet} or ${declared("cpu", matchers)}`);
}

/** In bytes; a container without a limit has no series. */
export function memoryLimit(matchers: string): string {
  const fromKubelet = `container_spec_memory_limit_bytes{${matchers}} > 0`;
  return perContainer(`${fromKubelet} or ${declared("memory", matchers)}`);
}

/** One series per container, whatever other labels its series have. */
export function perContainer(expression: string): string {
  return `max by (namespace, pod, container) (${expression})`;
}
