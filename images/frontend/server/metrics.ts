/** Prometheus metrics. Label values are bounded, whatever clients send. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";

import { eventsPath, type UpstreamFault } from "./proxy.ts";

export interface RequestSample {
  readonly method: string;
  /** Path as the client sent it, without the query string. */
  readonly path: string;
  readonly status: number;
  readonly seconds: number;
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** API routes by pattern; all other paths count as one route. */
const apiRoutes: readonly (readonly [pattern: RegExp, route: string])[] = [
  [/^\/api\/auth\/[^/]+(?:\/[^/]+)?$/, "/api/auth"],
  [/^\/api\/account(?:\/[^/]+)?$/, "/api/account"],
  [/^\/api\/tasks$/, "/api/tasks"],
  [/^\/api\/tasks\/[^/]+$/, "/api/tasks/:id"],
  [/^\/api\/chat$/, "/api/chat"],
  [/^\/api\/events$/, eventsPath],
  [/^\/api\/conversations$/, "/api/conversations"],
  [/^\/api\/conversations\/[^/]+(?:\/messages)?$/, "/api/conversations/:id"],
  [/^\/api(?:\/|$)/, "/api/*"],
  [/^\/mcp(?:\/|$)/, "/mcp"],
  [/^\/\.well-known\//, "/.well-known/*"],
  [/^\/assets\//, "/assets/*"],
  [/^\/(?:healthz|readyz|metrics)$/, "probe"],
];

/** The route label of a path; anything unknown is part of the page. */
export function routeOf(path: string): string {
  return apiRoutes.find(([pattern]) => pattern.test(path))?.[1] ?? "page";
}

export interface Metrics {
  readonly registry: Registry;
  readonly countRequest: (sample: RequestSample) => void;
  readonly countFault: (fault: UpstreamFault) => void;
  readonly setBackendUp: (up: boolean) => void;
  readonly setPods: (pods: number) => void;
}

/** Creates a separate registry, so that tests don't share counters. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const registers = [registry];
  const labelNames = ["method", "route", "status"] as const;
  const requests = new Counter({
    name: "http_requests_total",
    help: "Requests by method, route and status",
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from the first byte of a request to the last byte of its response",
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const faults = new Counter({
    name: "backend_faults_total",
    help: "Requests that the backend did not respond to, by reason",
    labelNames: ["reason"],
    registers,
  });
  // Initialize to 0, so that the first fault shows as an increase.
  for (const reason of ["unreachable", "broken", "timeout"] satisfies UpstreamFault[]) {
    faults.inc({ reason }, 0);
  }
  const backendUp = new Gauge({
    name: "backend_up",
    help: "1 if the last health check of the backend succeeded, else 0",
    registers,
  });
  const backendPods = new Gauge({
    name: "backend_pods",
    help: "Backend pods that requests are balanced over; 0 while they go to the Service",
    registers,
  });

  return {
    registry,
    countRequest({ method, path, status, seconds }) {
      const labels = {
        method: methods.has(method) ? method : "other",
        route: routeOf(path),
        status,
      };
      requests.inc(labels);
      // A stream of events takes as long as somebody listens.
      if (labels.route !== eventsPath) durations.observe(labels, seconds);
    },
    countFault: (reason) => {
      faults.inc({ reason });
    },
    setBackendUp: (up) => {
      backendUp.set(up ? 1 : 0);
    },
    setPods: (pods) => {
      backendPods.set(pods);
    },
  };
}
