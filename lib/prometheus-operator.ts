import { findObject } from "./api-server.ts";

/** Prometheus Operator kinds that the program uses. */
const kinds = ["ServiceMonitor", "PrometheusRule"];

/** Those of the kinds that the cluster does not have. */
export async function missingOperatorKinds(context: string): Promise<string[]> {
  const known = await findObject<{ resources: readonly { readonly kind: string }[] }>(
    context,
    "/apis/monitoring.coreos.com/v1",
  );
  return kinds.filter((wanted) => !known?.resources.some(({ kind }) => kind === wanted));
}
