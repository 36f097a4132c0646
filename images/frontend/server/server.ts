/** Entry point: ports and signals. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { buildApp } from "./app.ts";
import { Backends } from "./backends.ts";
import { ConfigError, readConfig, type ServerConfig } from "./config.ts";
import { watchBackend } from "./health.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { loadPage } from "./page.ts";
import { createProxy } from "./proxy.ts";
import { whyNotStarted } from "./start-error.ts";
import { startTracing, stopTracing } from "./tracing.gen.ts";

/** Responses in flight when the drain time is over get this long to finish. */
const closeTimeoutMs = 15_000;

async function main(config: ServerConfig): Promise<void> {
  let ready = true;
  await startTracing(process.env, "todo-chatbot-frontend", (reason) => {
    app.log.warn({ reason }, "spans are not sent");
  });
  const metrics = createMetrics();
  const backends = new Backends({
    api: config.apiUrl,
    pods: config.apiPodsUrl,
    onChange: (pods) => {
      metrics.setPods(pods);
      app.log.info({ pods }, "the backend pods changed");
    },
  });
  const proxy = createProxy({
    target: config.apiUrl,
    backends,
    trustedProxies: config.trustedProxies,
    onFault: metrics.countFault,
  });
  const app = buildApp({
    page: await loadPage(pageFolder()),
    proxy,
    metrics,
    logLevel: config.logLevel,
    trustedProxies: config.trustedProxies,
    serveMetrics: config.metricsPort === undefined,
    isReady: () => ready,
  });
  void backends.watch();
  const watch = watchBackend(config.apiUrl, config.healthCheckIntervalMs, (up, changed) => {
    metrics.setBackendUp(up);
    if (changed)
      app.log[up ? "info" : "warn"](up ? "the backend is reachable" : "the backend is unreachable");
  });
  const metricsServer = serveMetrics(metrics);

  async function stop(signal: string): Promise<void> {
    ready = false;
    app.log.info({ signal, drainMs: config.drainMs }, "stopping");
    proxy.endEvents();
    // The Service keeps sending requests until every node has removed this pod.
    await sleep(config.drainMs);
    proxy.endEvents();
    watch.stop();
    backends.close();
    metricsServer.close();
    // Connections that become idle from now on would stay open, and close() waits for them.
    const closeIdle = setInterval(() => {
      app.server.closeIdleConnections();
    }, 100);
    const closeAll = setTimeout(() => {
      app.server.closeAllConnections();
    }, closeTimeoutMs);
    await app.close();
    clearInterval(closeIdle);
    clearTimeout(closeAll);
    proxy.close();
    await Promise.race([stopTracing(), sleep(1000, undefined, { ref: false })]);
  }
  // As PID 1 of its container, Node has no default handlers for these.
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void stop(signal));

  await app.listen({ host: config.host, port: config.port });
  if (config.metricsPort !== undefined) {
    metricsServer.listen(config.metricsPort, config.host);
    await once(metricsServer, "listening");
  }
}

/** Serves the metrics on a separate port that no Service exposes. */
function serveMetrics({ registry }: Metrics) {
  return createServer((request, response) => {
    if (request.url !== "/metrics") return response.writeHead(404).end();
    void registry.metrics().then((text) => {
      response.writeHead(200, { "content-type": registry.contentType }).end(text);
    });
    return response;
  });
}

/** Beside the bundle in the image; in the build folder when run from source. */
function pageFolder(): string {
  const beside = join(import.meta.dirname, "page");
  return existsSync(beside) ? beside : join(import.meta.dirname, "../dist/page");
}

try {
  await main(readConfig(process.env));
} catch (error) {
  const prefix = error instanceof ConfigError ? "Invalid configuration." : "Can't start.";
  process.stderr.write(`${prefix}\n${whyNotStarted(error)}\n`);
  process.exit(1);
}
