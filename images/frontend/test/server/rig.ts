/** A frontend in front of a backend that the test plays itself. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { type AppOptions, buildApp } from "../../server/app.ts";
import { Backends } from "../../server/backends.ts";
import { createMetrics } from "../../server/metrics.ts";
import { loadPage, type Page } from "../../server/page.ts";
import { createProxy, type ProxyTimeouts } from "../../server/proxy.ts";

export const script = `console.log(${JSON.stringify("x".repeat(500))});`;

/** A page as the build makes it, but small. */
export async function makePage(): Promise<Page> {
  const folder = await mkdtemp(join(tmpdir(), "page-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Todo</title>");
  await writeFile(join(folder, "not-found.html"), "<!doctype html><title>No such page</title>");
  await writeFile(join(folder, "assets/index-abc.js"), script);
  await writeFile(join(folder, "assets/index-abc.js.gz"), gzipSync(script));
  await writeFile(join(folder, "assets/index-abc.js.br"), "stands for Brotli");
  await writeFile(join(folder, "assets/index-abc.js.map"), "{}");
  const page = await loadPage(folder);
  await rm(folder, { recursive: true });
  return page;
}

export interface RigOptions extends Partial<AppOptions> {
  readonly target?: URL;
  readonly backends?: Backends;
  readonly timeouts?: ProxyTimeouts;
}

/** The server's parts; nothing answers at `target` unless the test says so. */
export async function makeApp(options: RigOptions = {}) {
  const {
    target = new URL("http://127.0.0.1:1"),
    backends = new Backends({ api: target }),
    trustedProxies = 0,
    timeouts,
    ...rest
  } = options;
  const metrics = createMetrics();
  const proxy = createProxy({
    target,
    backends,
    trustedProxies,
    onFault: metrics.countFault,
    ...(timeouts !== undefined && { timeouts }),
  });
  const app = buildApp({
    page: await makePage(),
    proxy,
    metrics,
    logLevel: "silent",
    trustedProxies,
    serveMetrics: true,
    isReady: () => true,
    ...rest,
  });
  app.addHook("onClose", () => {
    proxy.close();
  });
  return { app, metrics };
}

/** Starts a backend, on a free port unless told otherwise. */
export async function listen(handler: http.RequestListener, host = "127.0.0.1", wanted = 0) {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(wanted, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: new URL(`http://${host}:${port}`) };
}
