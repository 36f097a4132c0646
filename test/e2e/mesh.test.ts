import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { AppsV1Api, KubernetesObjectApi } from "@kubernetes/client-node";

import { Installer } from "./installer.ts";
import { Load } from "./load.ts";
import { askPod, cluster, eventually, inPod, namespace } from "./project.ts";
import { answeredBy, sharesSince } from "./shares.ts";
import { skip } from "../skip.ts";
import { inOrder, stack } from "./stack.ts";

/** What each component may reach. */
const allowed = {
  frontend: ["backend"],
  backend: ["database"],
  database: [],
} as const;

const components = ["frontend", "backend", "database"] as const;

const targets = {
  frontend: ["frontend-service", 80],
  backend: ["backend-service", 80],
  database: ["database-service", 5432],
  prometheus: ["prometheus-service", 9090],
  alertmanager: ["alertmanager-service", 9093],
} as const;

describe(`in Linkerd, on ${stack.context}`, function () {
  this.timeout(1_800_000);
  this.slow(120_000);
  inOrder();

  const linkerd = new Installer("TODO_E2E_MESH_START", "Linkerd with its CNI plugin");

  before(async function () {
    if (linkerd.problem !== undefined) skip(this, linkerd.problem);
    await stack.running();
  });

  const api = () => cluster(stack.context);

  /** Pods that are not about to go. */
  async function pods(component?: string): Promise<V1Pod[]> {
    const labelSelector =
      component === undefined ? undefined : `app.kubernetes.io/component=${component}`;
    const { items } = await api().core.listNamespacedPod({
      namespace,
      ...(labelSelector !== undefined && { labelSelector }),
    });
    return items.filter(
      ({ metadata, status }) =>
        metadata?.deletionTimestamp === undefined && status?.phase === "Running",
    );
  }

  async function nameOf(component: string): Promise<string> {
    const [pod] = await pods(component);
    assert.ok(pod?.metadata?.name, `no pod of ${component} runs`);
    return pod.metadata.name;
  }

  const names = async () => (await pods()).map(({ metadata }) => metadata?.name ?? "").sort();

  const isMeshed = ({ spec }: V1Pod) =>
    spec?.initContainers?.some(
      ({ name, restartPolicy }) => name === "linkerd-proxy" && restartPolicy === "Always",
    ) === true;

  async function deploy(...values: readonly string[]): Promise<void> {
    const { code, output } = await stack.start(...values);
    assert.equal(code, 0, output);
  }

  /** Deploys with these values while requests are sent, of which none may fail. */
  async function rollOut(...values: readonly string[]): Promise<void> {
    const load = await Load.start(stack.url);
    load.read(20);
    await deploy(...values);
    await load.end();
  }

  async function assertMatrix(): Promise<void> {
    for (const source of components) {
      const pod = await nameOf(source);
      const others = Object.entries(targets).filter(([target]) => target !== source);
      const reached = await Promise.all(
        others.map(async ([target, [host, port]]) => {
          const answer = await inPod(api().config, pod, requestFrom(source, host, port));
          return answer.endsWith("answered") ? [target] : [];
        }),
      );
      assert.deepEqual(reached.flat(), allowed[source], source);
    }
  }

  /** Whether Prometheus has a fresh sample of each pod's metrics. */
  async function assertScraped(): Promise<void> {
    const prometheus = await nameOf("prometheus");
    await eventually(90, async () => {
      const query = encodeURIComponent('up{job="todo-chatbot"}');
      const text = await askPod(api().config, prometheus, 9090, `/api/v1/query?query=${query}`);
      const { data } = JSON.parse(text) as {
        data: { result: { metric: { pod: string }; value: [number, string] }[] };
      };
      const up = data.result
        .filter(({ value }) => value[1] === "1")
        .map(({ metric }) => metric.pod);
      const expected = [...(await pods("backend")), ...(await pods("frontend"))];
      assert.deepEqual(up.sort(), expected.map(({ metadata }) => metadata?.name).sort());
    });
  }

  /** Who has opened connections with mutual TLS to a port, by the proxies behind it. */
  async function clientsOf(component: string, port: number): Promise<string[]> {
    const clients = new Map<string, number>();
    for (const { metadata } of await pods(component)) {
      const text = await askPod(api().config, metadata?.name ?? "", 4191, "/metrics");
      for (const line of text.split("\n")) {
        const wanted = ['direction="inbound"', 'peer="src"', `target_port="${port}"`];
        if (!line.startsWith("tcp_open_total{")) continue;
        if (!wanted.every((label) => line.includes(label))) continue;
        const [, client = "nobody known"] = /client_id="([^."]+)/.exec(line) ?? [];
        clients.set(client, (clients.get(client) ?? 0) + Number(line.split(" ").at(-1)));
      }
    }
    const counts = [...clients].map(([client, count]) => `${count} by ${client}`);
    console.log(`      connections to ${component} ${port}: ${counts.join(", ")}`);
    return [...clients.keys()].filter((client) => client !== "nobody known").sort();
  }

  it("is refused by a cluster without Linkerd, and nothing changes", async () => {
    const before = await names();
    const { code, output } = await stack.start("network.mesh=linkerd");
    assert.equal(code, 1, output);
    assert.match(
      output,
      /Nothing was changed\.\s+network\.mesh is linkerd, but the cluster of context \S+ has no Server \(policy\.linkerd\.io\/v1beta3\)/,
    );
    assert.deepEqual(await names(), before);
  });

  it("takes all pods in, with Pod Security restricted", async () => {
    await linkerd.install();
    await deploy("network.mesh=linkerd");
    await eventually(60, async () => {
      const outside = (await pods()).filter((pod) => !isMeshed(pod));
      assert.deepEqual(
        outside.map(({ metadata }) => metadata?.name),
        [],
      );
    });
    const { metadata } = await api().core.readNamespace({ name: namespace });
    assert.equal(metadata?.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    await assertMatrix();
    await assertScraped();
  });

  it("encrypts what pods send each other", async () => {
    const load = await Load.start(stack.url);
    load.read(20);
    await sleep(10_000);
    await load.end();
    assert.deepEqual(await clientsOf("backend", 8000), ["frontend", "prometheus"]);
    assert.deepEqual(await clientsOf("database", 5432), ["backend"]);
  });

  it("requires it with meshMutualTls strict, which restarts nothing", async () => {
    const before = await names();
    await rollOut("network.meshMutualTls=strict");
    assert.deepEqual(await names(), before);
    await assertMatrix();
    await assertScraped();
  });

  it("refuses a pod outside of the mesh that the NetworkPolicies take for a frontend", async () => {
    const body = await imposter(await pods("frontend"));
    await api().core.createNamespacedPod({ namespace, body });
    try {
      await eventually(60, async () => {
        const pod = await api().core.readNamespacedPod({ namespace, name: "imposter" });
        assert.equal(pod.status?.phase, "Running");
      });
      const ask = (path: string) =>
        inPod(api().config, "imposter", [
          "node",
          "-e",
          `fetch("http://backend-service${path}", { signal: AbortSignal.timeout(5000) })
            .then(({ status }) => console.log(status), () => console.log("refused"))`,
        ]);
      await eventually(15, async () => {
        assert.match(await ask("/api/tasks"), /^(403|refused)$/);
      });
    } finally {
      await api().core.deleteNamespacedPod({ namespace, name: "imposter", gracePeriodSeconds: 0 });
    }
  });

  it("ends the pods of backups and restores them", async () => {
    const { code, output } = await stack.todo("db backup");
    assert.equal(code, 0, output);
    const [backup = "none"] = /todo-\w+\.dump/.exec(output) ?? [];
    const restored = await stack.todo("db restore", backup, "--yes");
    assert.equal(restored.code, 0, restored.output);
  });

  it("fails no request of a rollout, and shares them", async () => {
    await rollOut("backend.logLevel=debug");
    const { config } = api();
    const load = await Load.start(stack.url);
    // Linkerd prefers the pod that answers sooner, so few requests at a time may all go to one.
    load.read(150);
    const before = await answeredBy(config, namespace);
    await sleep(20_000);
    const shares = [...sharesSince(before, await answeredBy(config, namespace)).values()];
    await load.end();
    console.log(`      the backends answered ${shares.join(" and ")} requests`);
    const sum = shares.reduce((total, share) => total + share, 0);
    assert.ok(shares.length === 2 && sum > 1000);
    for (const share of shares) assert.ok(share > sum / 4);
  });

  it("leaves nothing behind", async () => {
    await rollOut("network.meshMutualTls=permissive");
    await deploy("network.mesh=none", "backend.logLevel=info");
    assert.deepEqual((await pods()).filter(isMeshed), []);
    const { config, core } = api();
    const objects = KubernetesObjectApi.makeApiClient(config);
    for (const [apiVersion, kind] of [
      ["policy.linkerd.io/v1beta3", "Server"],
      ["policy.linkerd.io/v1alpha1", "AuthorizationPolicy"],
      ["policy.linkerd.io/v1alpha1", "MeshTLSAuthentication"],
    ] as const) {
      assert.deepEqual((await objects.list(apiVersion, kind, namespace)).items, []);
    }
    const accounts = await core.listNamespacedServiceAccount({ namespace });
    assert.deepEqual(accounts.items.map(({ metadata }) => metadata?.name).sort(), [
      "default",
      "prometheus",
    ]);
    const { items } = await config.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace });
    assert.doesNotMatch(JSON.stringify(items.map(({ spec }) => spec)), /linkerd/);
  });
});

/**
 * A command that prints `answered` if a server answers a request within three seconds. A sidecar accepts every
 * connection itself, so a connection alone says nothing.
 */
function requestFrom(source: string, host: string, port: number): string[] {
  const isPostgres = port === 5432;
  // Postgres' image has no Node.
  if (source === "database") {
    const request = isPostgres
      ? String.raw`\0\0\0\x08\x04\xd2\x16\x2f`
      : String.raw`GET / HTTP/1.0\r\n\r\n`;
    const script = `exec 3<>/dev/tcp/${host}/${port} && printf '${request}' >&3 && head -c 12 <&3`;
    return [
      "bash",
      "-c",
      `timeout 3 bash -c "$1" | grep -qaE '^N|HTTP/1.. [234]0[0145]' && echo answered`,
      "-",
      script,
    ];
  }
  const request = isPostgres
    ? "Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])"
    : '"GET / HTTP/1.0\\r\\n\\r\\n"';
  const script = `const s = require("net").connect(${port}, "${host}", () => s.write(${request}));
    const end = (said) => { console.log(said); process.exit(); };
    s.on("data", (d) => end(/^N|HTTP\\/1.. (200|301|302|400|401|404|405)/.test(d) ? "answered" : "refused"));
    s.on("close", () => end("refused")); s.on("error", () => end("refused")); setTimeout(() => end("silence"), 3000);`;
  return ["node", "-e", script];
}

/** A pod outside of the mesh with the labels of a frontend. */
async function imposter([frontend]: readonly V1Pod[]): Promise<V1Pod> {
  const { spec, metadata } = frontend!;
  const { containers, securityContext } = spec!;
  const { "pod-template-hash": _, ...labels } = metadata?.labels ?? {};
  const [{ image, securityContext: security }] = containers.filter(
    ({ name }) => name === "frontend",
  ) as [V1Container];
  return {
    metadata: { name: "imposter", labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: securityContext!,
      containers: [
        {
          name: "imposter",
          image: image!,
          command: ["node", "-e", "setInterval(() => {}, 1000)"],
          securityContext: security!,
        },
      ],
    },
  };
}
