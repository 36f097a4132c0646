import { KubeConfig } from "@kubernetes/client-node";

import { kubeconfigInWords, readKubeconfig } from "./kubeconfig.ts";

// Loading the client library takes 0.3 s of CPU: the program and the dynamic providers' process use
// api-server.ts instead.

/**
 * The kubeconfig for the client library, set to a context that it contains.
 *
 * @throws Error when there is no kubeconfig, or it can't be read
 */
export function kubeconfigOf(context: string): KubeConfig {
  const merged = readKubeconfig();
  if (merged === undefined) throw new Error(`There is no kubeconfig (${kubeconfigInWords()}).`);
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(merged), { onInvalidEntry: "filter" });
  config.setCurrentContext(context);
  return config;
}
