/** Where a request came from, according to the proxies in front of this server. */
import { isIP } from "node:net";

import type { FastifyRequest } from "fastify";

export interface Forwarded {
  /** Address of the client. */
  readonly client: string;
  /** `http` or `https`, as the client sent the request. */
  readonly protocol: string;
  /** Host that the client asked for. */
  readonly host: string;
}

/**
 * Reads the headers that the proxies added. Each proxy appends the address that it saw, so that only
 * the last entries are its own; a client can write anything before them.
 *
 * @param proxies number of trusted proxies in front; 0: the headers are ignored
 */
export function forwardedOf(request: FastifyRequest, proxies: number): Forwarded {
  const peer = addressOf(request.socket.remoteAddress ?? "") ?? "";
  const entryOf = (name: string): string | undefined => {
    const entries = [request.headers[name] ?? []].flat().join(",").split(",");
    return proxies === 0 ? undefined : entries.at(-Math.min(proxies, entries.length))?.trim();
  };
  return {
    client: addressOf(entryOf("x-forwarded-for") ?? "") ?? peer,
    protocol: entryOf("x-forwarded-proto") || request.protocol,
    host: entryOf("x-forwarded-host") || request.host,
  };
}

/** An IP address, without the port that some proxies append. */
function addressOf(text: string): string | undefined {
  // A dual-stack socket shows an IPv4 address as IPv4-mapped IPv6.
  const address = text
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/^::ffff:(?=[\d.]+$)/i, "");
  return isIP(address) === 0 ? undefined : address;
}
