import type { FastifyRequest } from "fastify";

import { HttpProblem } from "./problem.ts";

/**
 * The origin that the client sent a request to, such as `https://todo.example.com`, by the headers of
 * trusted proxies (see trusted-proxies.ts).
 *
 * @throws HttpProblem 400 if the Host header is not a host.
 */
export function originOf({ protocol, host }: FastifyRequest): string {
  const url = URL.parse(`${protocol}://${host}`);
  if (url === null || url.pathname !== "/" || `${url.username}${url.search}${url.hash}` !== "") {
    throw new HttpProblem(400, "The Host header must be a host name, with a port if need be.");
  }
  return url.origin;
}
