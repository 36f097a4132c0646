import { ApiException, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";

/** Kinds of the Prometheus Operator that the program makes. */
const kinds = ["ServiceMonitor", "PrometheusRule"];

/** The kinds among them that the cluster behind a context does not know. */
export async function missingOperatorKinds(context: string): Promise<string[]> {
  const config = new KubeConfig();
  config.loadFromDefault();
  config.setCurrentContext(context);
  const group = { group: "monitoring.coreos.com", version: "v1" };
  const known = await config
    .makeApiClient(CustomObjectsApi)
    .getAPIResources(group)
    .catch((error: unknown) => {
      if (error instanceof ApiException && error.code === 404) return { resources: [] };
      throw error;
    });
  return kinds.filter((wanted) => !known.resources.some(({ kind }) => kind === wanted));
}
