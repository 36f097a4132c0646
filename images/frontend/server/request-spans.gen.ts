// Generated from images/backend/src/telemetry/request-spans.ts by `npm run generate`.
import type { FastifyInstance, FastifyRequest } from "fastify";

import { isTracing, startSpan, type Span } from "./tracing.gen.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The span of the request; undefined when it is not traced. */
    span: Span | undefined;
  }
}

/** Which requests are traced, and how. */
export interface RequestSpanOptions {
  /** Template of the route: a path has ids, and a query what users search for; undefined: no span. */
  readonly routeOf: (request: FastifyRequest) => string | undefined;
  /** Whether the trace that a request's headers name is continued. */
  readonly trustsCaller: boolean;
}

/** A span for each request. */
export function addRequestSpans(app: FastifyInstance, options: RequestSpanOptions): void {
  app.decorateRequest("span");
  if (!isTracing()) return;
  app.addHook("onRequest", (request, _reply, done) => {
    const { method, headers, id } = request;
    const route = options.routeOf(request);
    if (route !== undefined) {
      const attributes = { "http.request.method": method, "http.route": route, "request.id": id };
      const caller = options.trustsCaller ? headers : {};
      request.span = startSpan(`${method} ${route}`, "server", attributes, caller);
    }
    enter(request.span, done);
  });
  // Bodies are read in callbacks of the socket, which know of no span.
  app.addHook("preValidation", ({ span }, _reply, done) => {
    enter(span, done);
  });
  app.addHook("onResponse", ({ span }, { raw: { statusCode } }, done) => {
    span?.set({ "http.response.status_code": statusCode });
    span?.end(statusCode >= 500 ? { code: statusCode } : undefined);
    enter(span, done);
  });
}

function enter(span: Span | undefined, done: () => void): void {
  if (span === undefined) done();
  else span.run(done);
}
