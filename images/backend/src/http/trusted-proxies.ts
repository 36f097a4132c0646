import { networkInterfaces } from "node:os";

type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * Networks of the proxies whose `X-Forwarded-For` counts: private ones, those that some clouds give to pods
 * (RFC 6598), and where pods have global IPv6 addresses, the /56 that this one's is in: a cloud's network has
 * one of its own. The frontend's servers send the client's address alone.
 */
export function trustedProxies(interfaces: Interfaces = networkInterfaces()): string[] {
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    // 2000::/3 is what is global.
    .filter(({ family, address }) => family === "IPv6" && /^[23][0-9a-f]{3}:/i.test(address))
    .map(({ address }) => `${address}/56`);
  return ["loopback", "linklocal", "uniquelocal", "100.64.0.0/10", ...new Set(own)];
}
