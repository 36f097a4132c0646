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

/** An address of this machine behind which a pod's port is, until it is closed. */
export interface Forward extends Disposable {
  readonly url: string;
}

/**
 * Opens a port of a pod on this machine, through the API server, as `kubectl port-forward` does: no
 * NetworkPolicy and no Service has to allow it.
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
