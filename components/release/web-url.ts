import { urlHost } from "../../lib/url.ts";
import type { NetworkSettings } from "./network.schema.ts";

/**
 * URL of the web UI; undefined if it depends on what the cluster assigns.
 *
 * @param nodePortHost host for NodePorts from outside the cluster
 */
export function webUrl(network: NetworkSettings, nodePortHost: string): string | undefined {
  if (network.exposure === "loadBalancer") return undefined;
  if (network.exposure === "nodePort") return `http://${urlHost(nodePortHost)}:${network.nodePort}`;
  const { host, tlsSecretName, clusterIssuer, issuer } = network;
  const hasCertificate = [tlsSecretName, clusterIssuer, issuer].some((each) => each !== undefined);
  const isHttps = hasCertificate || (network.exposure === "gateway" && network.https);
  return `${isHttps ? "https" : "http"}://${host}`;
}
