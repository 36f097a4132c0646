import assert from "node:assert/strict";
import { once } from "node:events";
import type http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { Backends, type BackendOptions, type Resolve } from "../../server/backends.ts";
import { listen, makeApp } from "./rig.ts";

const none: ReadonlySet<string> = new Set();
const api = new URL("http://backend-service");
const pods = new URL("http://backend-pods:8000");

const ipv4 = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }));
const fault = (code: string) => Object.assign(new Error(code), { code });

async function backendsAt(resolve: Resolve, more: Partial<BackendOptions> = {}): Promise<Backends> {
  const backends = new Backends({ api, pods, resolve, intervalMs: 5, ...more });
  await backends.watch();
  return backends;
}

const hosts = (backends: Backends, count: number) =>
  Array.from({ length: count }, () => backends.next(none).hostname);

describe("the choice of a backend", () => {
  const opened: Backends[] = [];
  const open = async (...args: Parameters<typeof backendsAt>) => {
    const backends = await backendsAt(...args);
    opened.push(backends);
    return backends;
  };
  afterEach(() => {
    for (const backends of opened.splice(0)) backends.close();
  });

  it("is the Service where no pods are named, and where none is ready", async () => {
    const service = { hostname: "backend-service", port: "" };
    assert.deepEqual(new Backends({ api }).next(none), service);
    const backends = await open(() => Promise.reject(fault("ENOTFOUND")));
    assert.deepEqual(backends.next(none), service);
  });

  it("takes the pods in turn", async () => {
    const backends = await open(async () => ipv4("10.0.0.3", "10.0.0.1", "10.0.0.2"));
    const [first, second, third, ...again] = hosts(backends, 6);
    assert.deepEqual([first, second, third].sort(), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    assert.deepEqual(again, [first, second, third]);
    assert.equal(backends.next(none).port, "8000");
  });

  it("counts a pod with addresses of both families once", async () => {
    const both = [...ipv4("10.0.0.1"), { address: "fd00::1", family: 6 }];
    const backends = await open(async () => both);
    assert.deepEqual(hosts(backends, 3), ["10.0.0.1", "10.0.0.1", "10.0.0.1"]);
  });

  it("follows the pods, and says how many there are", async () => {
    let now = ipv4("10.0.0.1");
    const told: number[] = [];
    const backends = await open(async () => now, { onChange: (count) => told.push(count) });
    now = ipv4("10.0.0.1", "10.0.0.2");
    while (backends.pods !== 2) await sleep(1);
    assert.deepEqual(hosts(backends, 4).sort().slice(1, 3), ["10.0.0.1", "10.0.0.2"]);
    now = ipv4("10.0.0.2", "10.0.0.1");
    await sleep(30);
    assert.deepEqual(told, [1, 2], "another order is no change");
  });

  it("goes on with the pods it knows while the name server is away, and forgets them when they go", async () => {
    let answer: Resolve = async () => ipv4("10.0.0.1");
    const backends = await open((name) => answer(name));
    let asked = 0;
    answer = () => {
      asked += 1;
      return Promise.reject(fault("EAI_AGAIN"));
    };
    while (asked < 2) await sleep(1);
    assert.deepEqual(hosts(backends, 1), ["10.0.0.1"]);
    answer = () => Promise.reject(fault("ENOTFOUND"));
    while (backends.pods > 0) await sleep(1);
  });

  it("gives a request another pod for each try, and the Service at last", async () => {
    const backends = await open(async () => ipv4("10.0.0.1", "10.0.0.2"));
    const tried = new Set<string>();
    for (let count = 0; count < 3; count += 1) tried.add(backends.next(tried).hostname);
    assert.deepEqual([...tried].sort(), ["10.0.0.1", "10.0.0.2", "backend-service"]);
  });

  it("leaves a pod alone that took no connection, unless there is no other", async () => {
    const backends = await open(async () => ipv4("10.0.0.1", "10.0.0.2"));
    backends.rest({ hostname: "10.0.0.1", port: "8000" });
    assert.deepEqual(new Set(hosts(backends, 4)), new Set(["10.0.0.2"]));
    backends.rest({ hostname: "10.0.0.2", port: "8000" });
    assert.deepEqual(new Set(hosts(backends, 4)), new Set(["10.0.0.1", "10.0.0.2"]));
  });
});

describe("requests to several pods", () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  /** Pods at 127.0.0.2 and on, of which the first `count` are there; each counts its requests. */
  async function cluster(count: number) {
    const requests = new Map<string, number>();
    const servers = new Map<string, http.Server>();
    let port = 0;
    const start = async (host: string) => {
      requests.set(host, 0);
      const answer: http.RequestListener = (request, response) => {
        requests.set(host, (requests.get(host) ?? 0) + 1);
        request.resume().on("end", () => response.end(host));
      };
      const { server, url } = await listen(answer, host, port);
      port = Number(url.port);
      servers.set(host, server);
      cleanups.push(() => {
        server.closeAllConnections();
        server.close();
      });
    };
    const names = Array.from({ length: count }, (_, index) => `127.0.0.${index + 2}`);
    for (const name of names) await start(name);
    const known = [...names];
    // Nothing listens at the Service's address.
    const target = new URL(`http://127.0.0.99:${port}`);
    const backends = await backendsAt(async () => ipv4(...known), {
      api: target,
      pods: new URL(`http://backend-pods:${port}`),
    });
    const { app } = await makeApp({ target, backends });
    cleanups.push(
      () => app.close(),
      () => {
        backends.close();
      },
    );
    const address = await app.listen({ port: 0, host: "127.0.0.1" });
    const send = async (total: number, method = "GET") => {
      for (const host of requests.keys()) requests.set(host, 0);
      const statuses: number[] = [];
      const client = async () => {
        while (statuses.length + 5 <= total) {
          const body = method === "POST" ? "{}" : null;
          const answer = await fetch(`${address}/api/tasks`, { method, body });
          await answer.text();
          statuses.push(answer.status);
        }
      };
      await Promise.all(Array.from({ length: 5 }, client));
      assert.deepEqual(new Set(statuses), new Set([200]));
      return [...requests.values()];
    };
    return { servers, known, backends, start, send };
  }

  /** Each within 20 % of an equal share. */
  function assertShared(counts: readonly number[]): void {
    const share = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    for (const count of counts) assert(Math.abs(count - share) <= 0.2 * share, counts.join(", "));
  }

  it("are spread evenly, also on connections that are kept", async () => {
    const { send } = await cluster(3);
    assertShared(await send(300));
    assertShared(await send(60, "POST"));
  });

  it("come to a new pod at once", async () => {
    const { send, start, known, backends } = await cluster(3);
    await send(30);
    await start("127.0.0.5");
    known.push("127.0.0.5");
    while (backends.pods !== 4) await sleep(1);
    assertShared(await send(100));
  });

  it("are not lost when a pod goes before its address does", async () => {
    const { send, servers } = await cluster(3);
    await send(30);
    const gone = servers.get("127.0.0.3")!;
    gone.close();
    gone.closeAllConnections();
    await once(gone, "close");
    await sleep(50);
    const [first = 0, second, third = 0] = await send(100);
    assert.equal(second, 0);
    assertShared([first, third]);
    await send(50, "POST");
  });
});
