/**
 * Limits of containers in PromQL, one series each. kube-prometheus-stack drops the kubelets' container_spec_*
 * and has kube-state-metrics tell them; the Prometheus beside the application has only the kubelets.
 */
const declared = (resource: string, matchers: string) =>
  `kube_pod_container_resource_limits{${matchers},resource="${resource}"}`;

/** In cores. */
export function cpuLimit(matchers: string): string {
  const told = `container_spec_cpu_quota{${matchers}} / container_spec_cpu_period{${matchers}}`;
  return perContainer(`${told} or ${declared("cpu", matchers)}`);
}

/** In bytes; a container without a limit has no series. */
export function memoryLimit(matchers: string): string {
  const told = `container_spec_memory_limit_bytes{${matchers}} > 0`;
  return perContainer(`${told} or ${declared("memory", matchers)}`);
}

/** The newest of each container's values, whatever else its series are labelled with. */
export function perContainer(expression: string): string {
  return `max by (namespace, pod, container) (${expression})`;
}
