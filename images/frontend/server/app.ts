/** The frontend's server without its port: page, proxy, health and metrics. */
import { randomUUID } from "node:crypto";
import { finished } from "node:stream/promises";

import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";

import { forwardedOf } from "./forwarded.ts";
import { describeError } from "./logging.ts";
import { type Metrics, routeOf } from "./metrics.ts";
import { type Page, sendPageFile } from "./page.ts";
import { sendProblem } from "./problem.ts";
import { eventsPath, type Proxy } from "./proxy.ts";
import { addRequestSpans } from "./request-spans.gen.ts";
import { securityHeaders, strictTransportSecurity } from "./security.ts";
import { isTracing, traceIds } from "./tracing.gen.ts";

/** Dependencies of the server; tests pass their own. */
export interface AppOptions {
  readonly page: Page;
  readonly proxy: Proxy;
  readonly metrics: Metrics;
  readonly logLevel: string;
  /** Number of proxies in front whose forwarded headers are trusted. */
  readonly trustedProxies: number;
  /** Whether to serve `/metrics`; false when it has its own port. */
  readonly serveMetrics: boolean;
  /** False once the server is stopping. */
  readonly isReady: () => boolean;
}

/** Enough for a chat message, a task or an MCP request; the backend has its own limits. */
const bodyLimitBytes = 256 * 1024;
/** How long the rest of a body that is too large is read, in milliseconds. */
const discardMs = 5000;
/** Where apps look for how to sign in (RFC 8414, RFC 9728); the backend answers. */
const wellKnown = ["oauth-protected-resource", "oauth-authorization-server"].flatMap((name) => [
  `/.well-known/${name}`,
  `/.well-known/${name}/*`,
]);
/** Paths of the page itself; apps send users to the second one. */
const pagePaths = new Set(["/", "/authorize"]);
const requestIdPattern = /^[\w.-]{8,64}$/;

/** Builds the server without listening, so that tests can call it through `inject`. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { page, proxy, metrics, isReady } = options;
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    // Against slow or endless requests; responses may take as long as a chat answer needs.
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 15_000 },
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && requestIdPattern.test(given) ? given : randomUUID();
    },
    // One line per request, logged below, instead of fastify's two with address and query.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
    logger: {
      level: options.logLevel,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: describeError },
      ...(isTracing() && { mixin: traceIds }),
    },
  });

  // Bodies are proxied as bytes; only their size matters here.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });

  addRequestSpans(app, {
    // What the backend does; a stream of events takes as long as somebody listens.
    routeOf: (request) => {
      const route = routeOf(pathOf(request));
      return /^\/(api|mcp)/.test(route) && route !== eventsPath ? route : undefined;
    },
    // Otherwise any client could choose the ids, and that its requests are sampled.
    trustsCaller: options.trustedProxies > 0,
  });
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders).header("x-request-id", request.id);
    if (forwardedOf(request, options.trustedProxies).protocol === "https")
      reply.header("strict-transport-security", strictTransportSecurity);
    // While stopping, make clients reconnect to another pod.
    if (!isReady()) reply.header("connection", "close");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const path = pathOf(request);
    const { elapsedTime: ms } = reply;
    metrics.countRequest({ method, path, status: reply.statusCode, seconds: ms / 1000 });
    // The route instead of the path keeps user input out of the log.
    const route = routeOf(path);
    request.log[route === "probe" ? "debug" : "info"](
      { method, route, status: reply.raw.statusCode, ms: Math.round(ms) },
      reply.raw.writableFinished ? "request completed" : "request aborted",
    );
    done();
  });

  app.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, "request failed");
    if (status === 413) {
      // Closing while the client still sends resets the connection, and it never sees the response.
      const rest = finished(request.raw.resume(), { signal: AbortSignal.timeout(discardMs) });
      await rest.catch(() => undefined);
    }
    const detail =
      status === 413
        ? `The body is larger than the ${bodyLimitBytes / 1024} KiB allowed.`
        : status < 500
          ? error.message
          : "Internal error in the frontend. Look for the request id in its log.";
    return sendProblem(reply, { title: "Request failed", status, detail });
  });

  // Liveness: a failure restarts the pod, so it depends on nothing else.
  app.get("/healthz", () => ({ status: "ok" }));

  // Readiness: the page can be served. It doesn't depend on the backend: the page itself says when
  // that is unreachable.
  app.get("/readyz", (_request, reply) =>
    isReady() ? { status: "ok" } : reply.code(503).send({ status: "stopping" }),
  );

  if (options.serveMetrics) {
    app.get("/metrics", async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    );
  }

  const methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
  for (const url of ["/api/*", "/mcp", "/mcp/*", ...wellKnown]) {
    app.route({ method: methods, url, exposeHeadRoute: false, handler: proxy.handle });
  }

  app.get("/*", (request, reply) => {
    const path = pathOf(request);
    const file = pagePaths.has(path) ? "/index.html" : path;
    // Who follows a link sees a page, not JSON.
    const isVisit = request.headers.accept?.includes("text/html") ?? false;
    return (
      sendPageFile(page, file, request, reply) ??
      (isVisit ? sendPageFile(page, "/not-found.html", request, reply, 404) : undefined) ??
      sendProblem(reply, { title: "Not found", status: 404, detail: "No such page." })
    );
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, { title: "Not found", status: 404, detail: "No such route." }),
  );

  return app;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}
