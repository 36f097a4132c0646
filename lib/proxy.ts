import { BlockList, isIP } from "node:net";

import { portOf } from "./url.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL from the environment, by the rules of Go's HTTP client, as in kubectl and
 * Pulumi's providers; undefined for a direct connection.
 */
export function proxyFor(url: string, env: Environment): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname } = new URL(url);
  const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = env[name] || env[name.toLowerCase()];
  const host = hostname.replace(/^\[|\]$/g, "");
  if (!proxy || isLoopback(host)) return undefined;
  const exceptions = (env["NO_PROXY"] || env["no_proxy"] || "").split(",");
  if (exceptions.some((exception) => covers(exception.trim(), host, portOf(url)))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** Whether an entry of NO_PROXY matches a host: a name, an address, a domain or a CIDR range. */
function covers(exception: string, host: string, port: number): boolean {
  if (exception === "*") return true;
  if (exception.includes("/")) return isIP(host) !== 0 && isWithin(exception, host);
  const [, named = "", only = port] = isIP(exception)
    ? [exception, exception]
    : (/^(.*?)(?::(\d+))?$/.exec(exception) ?? []);
  const name = named.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "" || Number(only) !== port) return false;
  if (isIP(host)) return name === host;
  const isDomain = /^\*?\./.test(name);
  return isDomain ? host.endsWith(name.replace("*", "")) : `.${host}`.endsWith(`.${name}`);
}

function isWithin(range: string, host: string): boolean {
  const [network = "", prefix] = range.split("/");
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? "ipv6" : "ipv4");
  } catch {
    return false;
  }
  return list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
