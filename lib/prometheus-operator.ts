import { ApiException, CustomObjectsApi } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kubernetes.ts";

/** Kinds of the Prometheus Operator that the program makes. */
const kinds = ["ServiceMonitor", "PrometheusRule"];

/** The kinds among them that the cluster behind a context does not know. */
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
