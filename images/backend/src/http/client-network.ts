/**
 * The key of rate limits by address: an IPv4 address, or the /64 prefix of an IPv6 address, because
 * one client can use a new address of its /64 for each request.
 */
export function clientNetwork(address: string): string {
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  // "::" stands for zeros; only the first four of eight groups count.
  const after = tail === undefined ? [] : tail.split(":");
  const zeros = Array<string>(Math.max(0, 8 - groups.length - after.length)).fill("0");
  const network = [...groups, ...zeros, ...after].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group || "0", 16).toString(16)).join(":")}::/64`;
}
