import type { Metadata } from "./api-server.ts";
import { findObject } from "./api-server.ts";

/** The part of a Service that is read here. */
interface Service {
  readonly metadata?: Metadata;
  readonly spec?: {
    readonly healthCheckNodePort?: number;
    readonly ports?: readonly { readonly nodePort?: number }[];
  };
}

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
  const path = "/api/v1/services";
  const list = await findObject<{ items: readonly Service[] }>(context, path, [401, 403, 404]);
  return list?.items
    .filter(({ spec }) =>
      [spec?.healthCheckNodePort, ...(spec?.ports ?? []).map(({ nodePort }) => nodePort)].includes(
        port,
      ),
    )
    .map(({ metadata }) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`)
    .find((name) => name !== own);
}
