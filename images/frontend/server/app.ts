/** The frontend's server: the page, the way to the backend, health and metrics; everything but the port. */
import { randomUUID } from "node:crypto";

import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";

import { describeError } from "./logging.ts";
import { type Metrics, routeOf } from "./metrics.ts";
import { type Page, sendPageFile } from "./page.ts";
import { sendProblem } from "./problem.ts";
import type { Proxy } from "./proxy.ts";
import { securityHeaders } from "./security.ts";

/** What the server needs from outside; tests pass their own. */
export interface AppOptions {
  readonly page: Page;
  readonly proxy: Proxy;
  readonly metrics: Metrics;
  readonly logLevel: string;
  /** Whether `/metrics` is among the routes; false when they have a port of their own. */
  readonly serveMetrics: boolean;
  /** False from the moment the server was asked to stop. */
  readonly isReady: () => boolean;
}

/** A chat message, a task or an MCP request; the backend has limits of its own. */
const bodyLimitBytes = 256 * 1024;
const requestIdPattern = /^[\w.-]{8,64}$/;

/** Builds the server without listening, so that tests call it through `inject`. */
export function buildApp(options: AppOptions): FastifyInstance {
  const { page, proxy, metrics, isReady } = options;
  const app = Fastify({
    bodyLimit: bodyLimitBytes,
    // Limits for slow or endless requests; an answer may take as long as the chat needs.
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 15_000 },
    genReqId: ({ headers }) => {
      const given = headers["x-request-id"];
      return typeof given === "string" && requestIdPattern.test(given) ? given : randomUUID();
    },
    // One line per request, written below, instead of fastify's two with address and query.
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
    },
  });

  // Bodies pass through as bytes; only their size matters here.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });

  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders).header("x-request-id", request.id);
    // While stopping, clients with an open connection should come back on another one.
    if (!isReady()) reply.header("connection", "close");
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const path = pathOf(request);
    const { elapsedTime: ms } = reply;
    metrics.countRequest({ method, path, status: reply.statusCode, seconds: ms / 1000 });
    // The route and not the path: whatever people put into an address stays out of the log.
    const route = routeOf(path);
    request.log[route === "probe" ? "debug" : "info"](
      { method, route, status: reply.raw.statusCode, ms: Math.round(ms) },
      reply.raw.writableFinished ? "answered" : "cut short",
    );
    done();
  });

  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, "a request failed");
    const detail =
      status === 413
        ? `The body is larger than the ${bodyLimitBytes / 1024} KiB allowed.`
        : status < 500
          ? error.message
          : "Something went wrong in the page's server. The log has it under the request's id.";
    return sendProblem(reply, { title: "Request failed", status, detail });
  });

  // Alive: the process answers. A failure restarts the pod, so it asks nobody else.
  app.get("/healthz", () => ({ status: "ok" }));

  // Ready: the page can be served. The backend being away is for the page to say, not for the
  // Service: without this pod nobody would see even that.
  app.get("/readyz", (_request, reply) =>
    isReady() ? { status: "ok" } : reply.code(503).send({ status: "stopping" }),
  );

  if (options.serveMetrics) {
    app.get("/metrics", async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    );
  }

  const methods = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
  for (const url of ["/api/*", "/mcp", "/mcp/*"]) {
    app.route({ method: methods, url, exposeHeadRoute: false, handler: proxy.handle });
  }

  app.get("/*", (request, reply) => {
    const path = pathOf(request);
    const file = path === "/" ? "/index.html" : path;
    return (
      sendPageFile(page, file, request, reply) ??
      sendProblem(reply, { title: "Not found", status: 404, detail: "There is no such page." })
    );
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, { title: "Not found", status: 404, detail: "There is no such route." }),
  );

  return app;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}
