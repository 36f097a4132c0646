/** The port and the signals. */
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

/** Answers still on their way when the drain time is over get this long to end. */
const lastCallMs = 15_000;

async function main(config: ServerConfig): Promise<void> {
  let ready = true;
  const metrics = createMetrics();
  const backends = new Backends({
    api: config.apiUrl,
    pods: config.apiPodsUrl,
    onChange: (pods) => {
      metrics.setPods(pods);
      app.log.info({ pods }, "the backend's pods have changed");
    },
  });
  const proxy = createProxy({
    target: config.apiUrl,
    backends,
    trustProxy: config.trustProxy,
    onFault: metrics.countFault,
  });
  const app = buildApp({
    page: await loadPage(pageFolder()),
    proxy,
    metrics,
    logLevel: config.logLevel,
    serveMetrics: config.metricsPort === undefined,
    isReady: () => ready,
  });
  void backends.watch();
  const watch = watchBackend(config.apiUrl, config.healthCheckIntervalMs, (up, changed) => {
    metrics.setBackendUp(up);
    if (changed) app.log[up ? "info" : "warn"](up ? "the backend answers" : "the backend is away");
  });
  const metricsServer = serveMetrics(metrics);

  async function stop(signal: string): Promise<void> {
    ready = false;
    app.log.info({ signal, drainMs: config.drainMs }, "stopping");
    // The Service goes on sending requests until every node knows that this pod leaves.
    await sleep(config.drainMs);
    watch.stop();
    backends.close();
    metricsServer.close();
    // Connections of answers that end from now on stay open otherwise, and close() waits for them.
    const sweep = setInterval(() => {
      app.server.closeIdleConnections();
    }, 100);
    const lastCall = setTimeout(() => {
      app.server.closeAllConnections();
    }, lastCallMs);
    await app.close();
    clearInterval(sweep);
    clearTimeout(lastCall);
    proxy.close();
  }
  // As process 1 of its container, node has no default handler for these.
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void stop(signal));

  await app.listen({ host: config.host, port: config.port });
  if (config.metricsPort !== undefined) {
    metricsServer.listen(config.metricsPort, config.host);
    await once(metricsServer, "listening");
  }
}

/** The metrics on a port of their own, which no Service shows to the outside. */
function serveMetrics({ registry }: Metrics) {
  return createServer((request, response) => {
    if (request.url !== "/metrics") return response.writeHead(404).end();
    void registry.metrics().then((text) => {
      response.writeHead(200, { "content-type": registry.contentType }).end(text);
    });
    return response;
  });
}

/** Beside the bundle in the image; in the folder of the build when run from source. */
function pageFolder(): string {
  const beside = join(import.meta.dirname, "page");
  return existsSync(beside) ? beside : join(import.meta.dirname, "../dist/page");
}

try {
  await main(readConfig(process.env));
} catch (error) {
  const prefix = error instanceof ConfigError ? "The configuration is wrong." : "Can't start.";
  process.stderr.write(`${prefix}\n${whyNotStarted(error)}\n`);
  process.exit(1);
}
