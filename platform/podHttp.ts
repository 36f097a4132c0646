import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import type { KubeConfig } from "@kubernetes/client-node";
import { PortForward } from "@kubernetes/client-node";

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/**
 * Opens a port of a pod on this machine while `work` runs, through the API server, as
 * `kubectl port-forward` does: no NetworkPolicy and no Service has to allow it.
 *
 * @param work gets the address, `http://127.0.0.1:<port>`
 */
export async function withPodPort<T>(
  config: KubeConfig,
  { namespace, pod, port }: PodPort,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const forward = new PortForward(config);
  const server = createServer((socket) => {
    forward.portForward(namespace, pod, [port], socket, null, socket).catch((error: unknown) => {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

/** Asks a pod over HTTP; gives the answer's body, whatever its status. */
export function askPod(config: KubeConfig, target: PodPort, path: string): Promise<string> {
  return withPodPort(config, target, async (url) => {
    // A connection that is kept open would keep the forwarding open too.
    const headers = { connection: "close" };
    const response = await fetch(url + path, { headers, signal: AbortSignal.timeout(15_000) });
    return response.text();
  });
}
