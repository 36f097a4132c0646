/** Proxies requests to the backend, and streams its responses back. */
import http, {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { pipeline } from "node:stream";

import type { FastifyReply, FastifyRequest } from "fastify";

import type { Backend, Backends } from "./backends.ts";
import { forwardedOf } from "./forwarded.ts";
import { sendProblem } from "./problem.ts";

/** Timeouts of one request to the backend, in milliseconds. */
export interface ProxyTimeouts {
  /** Until the connection is established. */
  readonly connect: number;
  /** Until the response headers: longer than the backend's own limit for a chat answer. */
  readonly headers: number;
  /** Between two chunks of the response. */
  readonly idle: number;
}

export const defaultTimeouts: ProxyTimeouts = { connect: 3_000, headers: 90_000, idle: 120_000 };

/** Why the backend did not respond; a metric label. */
export type UpstreamFault = "unreachable" | "broken" | "timeout";

export interface ProxyOptions {
  /** Origin of the backend, for the Host header, whichever pod responds. */
  readonly target: URL;
  readonly backends: Backends;
  /** Number of proxies in front whose forwarded headers are trusted. */
  readonly trustedProxies: number;
  readonly timeouts?: ProxyTimeouts;
  /** Called for every request that the backend did not respond to. */
  readonly onFault?: (fault: UpstreamFault) => void;
}

export interface Proxy {
  readonly handle: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<FastifyReply | undefined>;
  /** Ends the streams of events, which would last for an hour; clients connect again elsewhere. */
  readonly endEvents: () => void;
  /** Closes the idle connections to the backend. */
  readonly close: () => void;
}

/** Hop-by-hop headers (RFC 9110, 7.6.1), removed in both directions. */
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
/** Long enough for kube-proxy to update its rules, too short to notice. */
const retryDelayMs = 150;
const retryAfterSeconds = 3;

/** A dot segment, plain or encoded, which a later hop might resolve to another route. */
const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\?#]|%2f|%5c)/i;

class UpstreamError extends Error {
  readonly fault: UpstreamFault;
  /** The request was never sent, so it is safe to retry. */
  readonly unsent: boolean;
  readonly retryable: boolean;

  constructor(fault: UpstreamFault, code: string, unsent: boolean, retryable: boolean) {
    super(code);
    this.fault = fault;
    this.unsent = unsent;
    this.retryable = retryable;
  }
}

/** Attempts per request, each at another address if there is one. */
const maxAttempts = 3;

/** The route of the backend whose responses never end by themselves. */
export const eventsPath = "/api/events";

/** Creates the proxy to the backend, with keep-alive connections. */
export function createProxy(options: ProxyOptions): Proxy {
  const { target, backends, trustedProxies, timeouts = defaultTimeouts } = options;
  const client = target.protocol === "https:" ? https : http;
  // Each stream of events holds a socket of its own.
  const agent = new client.Agent({ keepAlive: true, maxSockets: 1024, maxFreeSockets: 64 });
  const events = new Set<ServerResponse>();

  /** One attempt; resolves to the response with its body unread. */
  function send(
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
        headers: requestHeaders(request, target, trustedProxies, body),
      });
      onRequest(upstream);

      const abort = (code: string) => () => upstream.destroy(Object.assign(new Error(), { code }));
      const responding = setTimeout(abort("HEADERS_TIMEOUT"), timeouts.headers);
      let connecting: NodeJS.Timeout | undefined;
      let unsent = true;
      upstream.once("socket", (socket) => {
        unsent = socket.connecting;
        if (!unsent) return;
        connecting = setTimeout(abort("CONNECT_TIMEOUT"), timeouts.connect);
        socket.once("connect", () => {
          unsent = false;
          clearTimeout(connecting);
        });
      });
      upstream.once("response", (response) => {
        clearTimeout(responding);
        resolve(response);
      });
      upstream.once("error", (error: NodeJS.ErrnoException) => {
        clearTimeout(responding);
        clearTimeout(connecting);
        const code = error.code ?? "UNKNOWN";
        // The backend may have closed a keep-alive connection while it was idle.
        const stale = upstream.reusedSocket && safeMethods.has(request.method);
        const fault = code.endsWith("_TIMEOUT") ? "timeout" : unsent ? "unreachable" : "broken";
        // After such a wait, don't make the client wait as long again.
        const retryable = code !== "HEADERS_TIMEOUT" && (unsent || stale);
        reject(new UpstreamError(fault, code, unsent, retryable));
      });
      upstream.end(body);
    });
  }

  /** Tries one address after another as long as a retry is safe. */
  async function sendWithRetries(
    request: FastifyRequest,
    reply: FastifyReply,
    onRequest: (upstream: ClientRequest) => void,
  ): Promise<IncomingMessage> {
    const tried = new Set<string>();
    const attempts = Math.min(maxAttempts, Math.max(2, backends.pods + 1));
    for (let left = attempts - 1; ; left -= 1) {
      const backend = backends.next(tried);
      if (tried.has(backend.hostname)) await sleep(retryDelayMs);
      tried.add(backend.hostname);
      try {
        return await send(request, backend, onRequest);
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
        detail:
          "The path must start with / and must not have . or .. segments; normalize it before sending.",
      });
    }

    let upstream: ClientRequest | undefined;
    // Abort the request when the client disconnects, so that the model stops generating.
    reply.raw.once("close", () => upstream?.destroy());

    let response: IncomingMessage;
    try {
      response = await sendWithRetries(request, reply, (started) => (upstream = started));
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (reply.raw.destroyed) return reply.hijack();
      options.onFault?.(error.fault);
      request.log.warn({ code: error.message, fault: error.fault }, "the backend did not respond");
      return sendProblem(reply, problemOf(error.fault), retryAfterSeconds);
    }

    // Bypass fastify, which would hold the headers back until the first chunk of the body.
    reply.hijack();
    const headers = { ...reply.getHeaders(), ...withoutHopByHop(response.headers) };
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.raw.writeHead(response.statusCode ?? 502);
    reply.raw.flushHeaders();
    if (path.split("?", 1)[0] === eventsPath) {
      events.add(reply.raw);
      reply.raw.once("close", () => events.delete(reply.raw));
    }
    response.setTimeout(timeouts.idle, () => response.destroy(new Error("IDLE_TIMEOUT")));
    pipeline(response, reply.raw, (error) => {
      if (error) request.log.debug({ reason: error.message }, "the response was cut off");
    });
    return reply;
  }

  return {
    handle,
    endEvents: () => {
      for (const response of events) response.end();
    },
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
        detail: "The chatbot's server is unreachable. Try again in a few seconds.",
      };
    case "timeout":
      return {
        title: "Gateway timeout",
        status: 504,
        detail: "The chatbot's server took too long to respond.",
      };
    case "broken":
      return {
        title: "Bad gateway",
        status: 502,
        detail: "The chatbot's server closed the connection before it responded.",
      };
  }
}

/** Removes hop-by-hop headers, including those that `connection` names. */
function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !named.includes(name)),
  );
}

/** Headers that a proxy adds, and any client could forge; see {@link forwardedOf}. */
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
  trustedProxies: number,
  body: Buffer | undefined,
) {
  const headers = without(forwarded, withoutHopByHop(request.headers));
  if (trustedProxies === 0) {
    delete headers.traceparent;
    delete headers.tracestate;
  }
  const { client, protocol, host } = forwardedOf(request, trustedProxies);
  // Both describe the body as received here, not as sent.
  delete headers.expect;
  delete headers["content-length"];
  return {
    ...headers,
    ...request.span?.headers,
    host: target.host,
    "x-request-id": request.id,
    "x-forwarded-for": client,
    "x-forwarded-host": host,
    "x-forwarded-proto": protocol,
    ...(body !== undefined && { "content-length": body.length }),
  };
}
