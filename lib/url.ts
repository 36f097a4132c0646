const defaultPorts: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "postgres:": 5432,
  "postgresql:": 5432,
  "socks5:": 1080,
  "socks5h:": 1080,
};

/** The port of a URL: explicit, or the default of its protocol. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || defaultPorts[protocol]);
}

/** A host name or address as part of a URL, where an IPv6 address needs brackets. */
export function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
