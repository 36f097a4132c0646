import { ApiException, CoreV1Api } from "@kubernetes/client-node";

import { kubeconfigOf } from "./kubernetes.ts";

/**
 * The Service that uses a NodePort, as `namespace/name`; undefined when it is free, or when listing
 * Services in all namespaces is forbidden.
 *
 * @param own the Service that may use it
 */
export async function nodePortUser(
  context: string,
  port: number,
  own: string,
): Promise<string | undefined> {
  try {
    const core = kubeconfigOf(context).makeApiClient(CoreV1Api);
    const { items } = await core.listServiceForAllNamespaces();
    return items
      .filter(({ spec }) =>
        [
          spec?.healthCheckNodePort,
          ...(spec?.ports ?? []).map(({ nodePort }) => nodePort),
        ].includes(port),
      )
      .map(({ metadata }) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`)
      .find((name) => name !== own);
  } catch (error) {
    if (error instanceof ApiException && [401, 403, 404].includes(error.code)) return undefined;
    throw error;
  }
}
