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

/** A local URL that is forwarded to a pod's port, until disposed. */
export interface Forward extends Disposable {
  readonly url: string;
}

/**
 * Forwards a local port to a pod through the API server, like `kubectl port-forward`: it needs no
 * Service, and NetworkPolicies don't apply.
 */
export async function forwardPod(
  config: KubeConfig,
  { namespace, pod, port }: PodPort,
): Promise<Forward> {
  const forward = new PortForward(config);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    forward.portForward(namespace, pod, [port], socket, null, socket).catch((error: unknown) => {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port: local } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${local}`, [Symbol.dispose]: () => void server.close() };
}
