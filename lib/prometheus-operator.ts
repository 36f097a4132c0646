import { ApiException, CustomObjectsApi } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kubernetes.ts";

/** Prometheus Operator kinds that the program uses. */
const kinds = ["ServiceMonitor", "PrometheusRule"];

/** Those of the kinds that the cluster does not have. */
export async function missingOperatorKinds(context: string): Promise<string[]> {
  const group = { group: "monitoring.coreos.com", version: "v1" };
  const known = await kubeconfigOf(context)
    .makeApiClient(CustomObjectsApi)
    .getAPIResources(group)
    .catch((error: unknown) => {
      if (error instanceof ApiException && error.code === 404) return { resources: [] };
      throw error;
    });
  return kinds.filter((wanted) => !known.resources.some(({ kind }) => kind === wanted));
}
