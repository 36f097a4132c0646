/** Passes requests on to the backend, as they are, and its answers back, as they come. */
import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { pipeline } from "node:stream";

import type { FastifyReply, FastifyRequest } from "fastify";

import type { Backend, Backends } from "./backends.ts";
import { sendProblem } from "./problem.ts";

/** Time limits of one request to the backend, in milliseconds. */
export interface ProxyTimeouts {
  /** Until the connection stands. */
  readonly connect: number;
  /** Until the answer's headers: longer than the backend's own budget for a chat answer. */
  readonly headers: number;
  /** Between two pieces of the answer. */
  readonly idle: number;
}

export const defaultTimeouts: ProxyTimeouts = { connect: 3_000, headers: 90_000, idle: 120_000 };

/** Why the backend gave no answer; a label of the metrics. */
export type UpstreamFault = "unreachable" | "broken" | "timeout";

export interface ProxyOptions {
  /** Origin that the backend is asked as, whichever of its addresses answers. */
  readonly target: URL;
  readonly backends: Backends;
  /** Whether what a request says of the way it came is passed on; else it counts as the first. */
  readonly trustProxy: boolean;
  readonly timeouts?: ProxyTimeouts;
  /** Called for every request that the backend did not answer. */
  readonly onFault?: (fault: UpstreamFault) => void;
}

export interface Proxy {
  readonly handle: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<FastifyReply | undefined>;
  /** Drops the idle connections to the backend. */
  readonly close: () => void;
}

/** Headers about one connection (RFC 9110, 7.6.1); they end here, in both directions. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);
/** Long enough for a kube-proxy rule to change, short enough not to be felt. */
const retryDelayMs = 150;
const retryAfterSeconds = 3;

/** A dot segment, plain or encoded: what a hop behind us might resolve to another route. */
const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\?#]|%2f|%5c)/i;

class UpstreamError extends Error {
  readonly fault: UpstreamFault;
  /** The request never left this machine, so that trying again can't do a thing twice. */
  readonly unsent: boolean;
  readonly retryable: boolean;

  constructor(fault: UpstreamFault, code: string, unsent: boolean, retryable: boolean) {
    super(code);
    this.fault = fault;
    this.unsent = unsent;
    this.retryable = retryable;
  }
}

/** Most tries of one request, each at another address while there is one. */
const mostTries = 3;

/** Makes the proxy to the backend; it keeps connections open between requests. */
export function createProxy(options: ProxyOptions): Proxy {
  const { target, backends, trustProxy, timeouts = defaultTimeouts } = options;
  const client = target.protocol === "https:" ? https : http;
  const agent = new client.Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 64 });

  /** One try: resolves with the backend's answer, its body unread. */
  function ask(
    request: FastifyRequest,
    { hostname, port }: Backend,
    onRequest: (upstream: ClientRequest) => void,
  ) {
    return new Promise<IncomingMessage>((resolve, reject) => {
      const body = Buffer.isBuffer(request.body) ? request.body : undefined;
      const upstream = client.request({
        agent,
        hostname,
        port,
        method: request.method,
        path: request.raw.url,
        headers: requestHeaders(request, target, trustProxy, body),
      });
      onRequest(upstream);

      const give = (code: string) => () => upstream.destroy(Object.assign(new Error(), { code }));
      const answered = setTimeout(give("HEADERS_TIMEOUT"), timeouts.headers);
      let connecting: NodeJS.Timeout | undefined;
      let unsent = true;
      upstream.once("socket", (socket) => {
        unsent = socket.connecting;
        if (!unsent) return;
        connecting = setTimeout(give("CONNECT_TIMEOUT"), timeouts.connect);
        socket.once("connect", () => {
          unsent = false;
          clearTimeout(connecting);
        });
      });
      upstream.once("response", (response) => {
        clearTimeout(answered);
        resolve(response);
      });
      upstream.once("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(answered);
        clearTimeout(connecting);
        const code = error.code ?? "UNKNOWN";
        // A kept connection may have been closed by the other side while it was idle.
        const stale = upstream.reusedSocket && safeMethods.has(request.method);
        const fault = code.endsWith("_TIMEOUT") ? "timeout" : unsent ? "unreachable" : "broken";
        // Who has waited that long is not to wait for as long again.
        const retryable = code !== "HEADERS_TIMEOUT" && (unsent || stale);
        reject(new UpstreamError(fault, code, unsent, retryable));
      });
      upstream.end(body);
    });
  }

  /** Tries one address after the other for as long as that can't do a thing twice. */
  async function askInTurn(
    request: FastifyRequest,
    reply: FastifyReply,
    onRequest: (upstream: ClientRequest) => void,
  ): Promise<IncomingMessage> {
    const tried = new Set<string>();
    const tries = Math.min(mostTries, Math.max(2, backends.pods + 1));
    for (let left = tries - 1; ; left -= 1) {
      const backend = backends.next(tried);
      if (tried.has(backend.hostname)) await sleep(retryDelayMs);
      tried.add(backend.hostname);
      try {
        return await ask(request, backend, onRequest);
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        if (error.unsent) backends.rest(backend);
        if (!error.retryable || left === 0 || reply.raw.destroyed) throw error;
      }
    }
  }

  async function handle(request: FastifyRequest, reply: FastifyReply) {
    const path = request.raw.url ?? "";
    if (!path.startsWith("/") || dotSegment.test(path.split("?", 1)[0] ?? "")) {
      return sendProblem(reply, {
        title: "Bad request",
        status: 400,
        detail: "The path must begin with / and have no . or .. in it; send it already resolved.",
      });
    }

    let upstream: ClientRequest | undefined;
    // A client that leaves takes its request along, so that no model goes on talking to nobody.
    reply.raw.once("close", () => upstream?.destroy());

    let response: IncomingMessage;
    try {
      response = await askInTurn(request, reply, (started) => (upstream = started));
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (reply.raw.destroyed) return reply.hijack();
      options.onFault?.(error.fault);
      request.log.warn({ code: error.message, fault: error.fault }, "the backend gave no answer");
      return sendProblem(reply, problemOf(error.fault), retryAfterSeconds);
    }

    // Past fastify, because it would hold the headers back until the first piece of the body.
    reply.hijack();
    const headers = { ...reply.getHeaders(), ...withoutHopByHop(response.headers) };
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(response.statusCode ?? 502);
    reply.raw.flushHeaders();
    response.setTimeout(timeouts.idle, () => response.destroy(new Error("IDLE_TIMEOUT")));
    pipeline(response, reply.raw, (error) => {
      if (error) request.log.debug({ reason: error.message }, "the answer was cut short");
    });
    return reply;
  }

  return {
    handle,
    close: () => {
      agent.destroy();
    },
  };
}

function problemOf(fault: UpstreamFault) {
  switch (fault) {
    case "unreachable":
      return {
        title: "Service unavailable",
        status: 503,
        detail: "The chatbot's server is away. Try again in a few seconds.",
      };
    case "timeout":
      return {
        title: "Gateway timeout",
        status: 504,
        detail: "The chatbot's server took too long to answer.",
      };
    case "broken":
      return {
        title: "Bad gateway",
        status: 502,
        detail: "The chatbot's server broke off before it answered.",
      };
  }
}

/** Headers without those about the connection, and those that `connection` names. */
function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !named.includes(name)),
  );
}

/** What a proxy says of the way a request came, and anybody could. */
const forwarded = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
]);

function without(names: ReadonlySet<string>, headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)));
}

function requestHeaders(
  request: FastifyRequest,
  target: URL,
  trustProxy: boolean,
  body: Buffer | undefined,
) {
  const all = withoutHopByHop(request.headers);
  const headers = trustProxy ? all : without(forwarded, all);
  // Both are about the body as this server has received it, not as it sends it.
  delete headers.expect;
  delete headers["content-length"];
  // A socket for both families shows an IPv4 address inside an IPv6 one.
  const peer = request.socket.remoteAddress?.replace(/^::ffff:(?=[\d.]+$)/, "");
  const forwardedFor = [headers["x-forwarded-for"] ?? [], peer ?? []];
  return {
    ...headers,
    host: target.host,
    "x-request-id": request.id,
    "x-forwarded-for": forwardedFor.flat().join(", "),
    "x-forwarded-host": headers["x-forwarded-host"] ?? request.host,
    "x-forwarded-proto": headers["x-forwarded-proto"] ?? request.protocol,
    ...(body !== undefined && { "content-length": body.length }),
  };
}
