import type { FastifyRequest } from "fastify";

import { HttpProblem } from "./problem.ts";

/**
 * The origin that the client sent a request to, such as `https://todo.example.com`, by the headers of
 * trusted proxies (see trusted-proxies.ts).
 *
 * @throws HttpProblem 400 if the Host header is not a host.
 */
export function originOf(request: FastifyRequest): string {
  const origin = findOrigin(request);
  if (origin !== undefined) return origin;
  throw new HttpProblem(400, "The Host header must be a host name, with a port if need be.");
}

/** The same; undefined if the Host header is not a host. */
export function findOrigin({ protocol, host }: FastifyRequest): string | undefined {
  const url = URL.parse(`${protocol}://${host}`);
  const isHost = url?.pathname === "/" && `${url.username}${url.search}${url.hash}` === "";
  return isHost ? url.origin : undefined;
}
