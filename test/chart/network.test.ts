import assert from "node:assert/strict";

import type { V1NetworkPolicyPeer } from "@kubernetes/client-node";

import type { Values } from "./helm.ts";
import { at, bundled, external, merge, pick, render } from "./helm.ts";
import type { Endpoint } from "./reachability.ts";
import { isAllowed } from "./reachability.ts";
import { describeWith } from "./tools.ts";

const namespace = "todo-chatbot-namespace";

const pod = (component: string, instance = "todo-chatbot"): Endpoint => ({
  name: instance === "todo-chatbot" ? component : `${component} of ${instance}`,
  namespace,
  labels: {
    "app.kubernetes.io/name": "todo-chatbot",
    "app.kubernetes.io/instance": instance,
    "app.kubernetes.io/part-of": "todo-chatbot",
    "app.kubernetes.io/component": component,
  },
});

const prometheus: Endpoint = {
  name: "prometheus",
  namespace,
  labels: {
    "app.kubernetes.io/name": "prometheus",
    "app.kubernetes.io/part-of": "todo-chatbot",
    "app.kubernetes.io/component": "prometheus",
  },
};
const operatorsPrometheus: Endpoint = {
  name: "operator's prometheus",
  namespace: "monitoring",
  labels: { "app.kubernetes.io/name": "prometheus" },
};

/** Everybody who could talk to everybody. */
const endpoints: readonly Endpoint[] = [
  pod("frontend"),
  pod("backend"),
  pod("database"),
  pod("test"),
  pod("backup"),
  pod("backend", "another"),
  prometheus,
  operatorsPrometheus,
  { name: "postgres", namespace, labels: { app: "postgres" } },
  { name: "neighbour", namespace, labels: { app: "other" } },
  { name: "stranger", namespace: "default", labels: { app: "other" } },
  { name: "dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  { name: "istiod", namespace: "istio-system", labels: { app: "istiod" } },
  { name: "outside" },
];

const ports = [
  ...[25, 80, 443, 465, 587, 3000, 3128, 4143, 4190, 4191, 5432, 6432, 8000, 9000, 9090, 9100],
  ...[4318, 11434, 15008, 15012],
];

/** Ends of a connection that are pods of the release. */
const ours = ["frontend", "backend", "database", "test", "backup"];

/** Every connection from or to the release's pods that the policies allow, as `from → to:port`. */
function allowed(values: Values): string[] {
  const manifests = render(values);
  const tcp = ports.map((number) => ({ number, protocol: "TCP" as const }));
  const candidates = [
    { number: 53, protocol: "TCP" as const },
    { number: 53, protocol: "UDP" as const },
    ...tcp,
  ];
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => from !== to && (ours.includes(from.name) || ours.includes(to.name)))
      .flatMap((to) => {
        const open = candidates.filter((port) => isAllowed(manifests, from, to, port));
        // Everything, or one line for each.
        if (open.length === candidates.length) return [`${from.name} → ${to.name}:any`];
        return open.map(({ number, protocol }) => {
          return `${from.name} → ${to.name}:${number}${protocol === "UDP" ? "/UDP" : ""}`;
        });
      }),
  );
}

const others = endpoints.map(({ name }) => name).filter((name) => !ours.includes(name));

const dns = ours.flatMap((name) => [`${name} → dns:53`, `${name} → dns:53/UDP`]);

/** What reaches anything outside the release, at these ports. */
const out = (from: string, ...numbers: readonly number[]) =>
  others.flatMap((name) => numbers.map((number) => `${from} → ${name}:${number}`));

const backendOut = (...numbers: readonly number[]) => out("backend", ...numbers);

/** The connections of whoever reads the metrics. */
const scraped = (by: string) => [`${by} → backend:8000`, `${by} → frontend:9100`];

const always = [
  "frontend → backend:8000",
  "test → frontend:3000",
  "test → backend:8000",
  ...others.map((name) => `${name} → frontend:3000`),
  ...dns,
];

describeWith(["helm"], "the NetworkPolicies", () => {
  const assertAllowed = (values: Values, expected: readonly string[]) => {
    assert.deepEqual(allowed(values).sort(), [...new Set(expected)].sort());
  };

  it("allow what the application needs, and nothing else", () => {
    assertAllowed(bundled, [
      ...always,
      "backend → database:5432",
      ...scraped("prometheus"),
      ...backendOut(443),
    ]);
  });

  it("let the backend out to an external database at its port", () => {
    const url = "postgresql://someone:p%40ss@db.example.com:6432/todo?sslmode=require";
    for (const values of [at("database.url", url), at("database.port", 6432)]) {
      assertAllowed(merge(external, values), [
        ...always,
        ...scraped("prometheus"),
        ...backendOut(443, 6432),
      ]);
    }
    assertAllowed(external, [...always, ...scraped("prometheus"), ...backendOut(443, 5432)]);
  });

  it("let the backend and backups out to an external database in the namespace, and to no other", () => {
    const near = { database: { podSelector: { app: "postgres" } }, backup: { enabled: true } };
    assertAllowed(merge(external, near), [
      ...always,
      "backend → postgres:5432",
      "backup → postgres:5432",
      ...scraped("prometheus"),
      ...backendOut(443),
    ]);
  });

  it("let the backend out to both databases while both are there", () => {
    const values = { database: { keepBundled: true, bundled: { password: "hidden" } } };
    assertAllowed(merge(external, values), [
      ...always,
      "backend → database:5432",
      ...scraped("prometheus"),
      ...backendOut(443, 5432),
    ]);
  });

  it("let backups reach the bundled database, and nothing else", () => {
    assertAllowed(merge(bundled, at("backup.enabled", true)), [
      ...always,
      "backend → database:5432",
      "backup → database:5432",
      ...scraped("prometheus"),
      ...backendOut(443),
    ]);
  });

  it("let backups out to an external database and to a bucket at their ports", () => {
    const values = {
      database: { port: 6432 },
      backup: {
        enabled: true,
        s3: { endpoint: "http://s3.example.com:9000", bucket: "a", existingSecret: "b" },
      },
    };
    assertAllowed(merge(external, values), [
      ...always,
      ...scraped("prometheus"),
      ...backendOut(443, 6432),
      ...out("backup", 6432, 9000),
    ]);
  });

  it("let the backend out to the port of the model's API", () => {
    const portsOf = (address: string) =>
      allowed(merge(bundled, at("backend.config.OPENAI_BASE_URL", address)))
        .filter((connection) => connection.startsWith("backend → outside"))
        .map((connection) => connection.replace("backend → outside:", ""));
    assert.deepEqual(portsOf("http://models.ai:11434/v1"), ["443", "11434"]);
    assert.deepEqual(portsOf("http://models.ai/v1"), ["80", "443"]);
    assert.deepEqual(portsOf("https://models.ai/v1"), ["443"]);
  });

  it("let backend and frontend out to the port of the collector", () => {
    const values = at("config.OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel-collector:4318");
    const open = allowed(merge(bundled, values));
    for (const component of ["backend", "frontend"]) {
      assert.ok(open.includes(`${component} → outside:4318`), component);
      assert.ok(!allowed(bundled).includes(`${component} → outside:4318`), component);
    }
    assert.ok(!open.includes("database → outside:4318"));
  });

  it("let the backend out to the port of the mail server", () => {
    const portsOf = (config: Values) =>
      allowed(merge(bundled, { backend: { config: { ...mail, ...config } } }))
        .filter((connection) => connection.startsWith("backend → outside"))
        .map((connection) => connection.replace("backend → outside:", ""));
    const mail = {
      ...{ SMTP_HOST: "smtp.example.com", SMTP_FROM: "a@example.com" },
      PUBLIC_URL: "https://todo.example.com",
    };
    assert.deepEqual(portsOf({}), ["443", "587"]);
    assert.deepEqual(portsOf({ SMTP_TLS: "implicit" }), ["443", "465"]);
    assert.deepEqual(portsOf({ SMTP_TLS: "none", SMTP_PORT: "25" }), ["25", "443"]);
  });

  it("let the backend and backups with a bucket out to the port of the proxy", () => {
    const values = merge(bundled, {
      proxy: { existingSecret: "proxy", port: 3128 },
      backup: {
        enabled: true,
        s3: { endpoint: "https://s3.example.com", bucket: "a", existingSecret: "b" },
      },
    });
    assertAllowed(values, [
      ...always,
      "backend → database:5432",
      "backup → database:5432",
      ...scraped("prometheus"),
      ...backendOut(443, 3128),
      ...out("backup", 443, 3128),
    ]);
  });

  it("let the frontend out to a backend elsewhere", () => {
    const open = allowed(merge(bundled, at("frontend.config.API_URL", "https://api.example.com")));
    assert.ok(open.includes("frontend → outside:443"));
    assert.ok(open.includes("frontend → stranger:8000"));
    assert.ok(!open.includes("frontend → outside:80"));
  });

  it("name a port once that a bucket and the proxy share", () => {
    const s3 = { endpoint: "https://s3.example.com", bucket: "a", existingSecret: "b" };
    const proxy = { existingSecret: "proxy", port: 443 };
    const policies = render(merge(bundled, { proxy, backup: { enabled: true, s3 } }));
    const { egress } = pick(policies, "NetworkPolicy", "allow-backups").spec!;
    assert.deepEqual(egress?.at(-1)?.ports, [{ port: 443, protocol: "TCP" }]);
  });

  it("let in the Prometheus of an operator instead", () => {
    const values = merge(bundled, {
      networkPolicy: {
        prometheus: {
          namespace: "monitoring",
          podLabels: { "app.kubernetes.io/name": "prometheus" },
        },
      },
    });
    assertAllowed(values, [
      ...always,
      "backend → database:5432",
      ...scraped("operator's prometheus"),
      ...backendOut(443),
    ]);
  });

  it("let it in to the frontend's metrics at any port that they are given", () => {
    const policy = render(merge(bundled, at("metrics.frontendPort", 9999)));
    const port = { number: 9999, protocol: "TCP" as const };
    const readers = endpoints.filter((from) => isAllowed(policy, from, pod("frontend"), port));
    assert.deepEqual(
      readers.map(({ name }) => name),
      ["prometheus"],
    );
  });

  it("let the proxies of a mesh reach its control plane", () => {
    const open = allowed(merge(bundled, at("mesh.mode", "istio")));
    assert.deepEqual(
      open.filter((connection) => connection.includes("istiod:any")),
      ours.map((name) => `${name} → istiod:any`),
    );
  });

  for (const [mode, port] of [
    ["linkerd", 4143],
    ["istio-ambient", 15008],
  ] as const) {
    it(`follow connections to the port of ${mode}'s tunnel, and open it to nobody else`, () => {
      const open = allowed(merge(bundled, at("mesh.mode", mode), at("backup.enabled", true)));
      const tunnels = open.filter((each) => each.endsWith(`:${port}`) && !/→ frontend/.test(each));
      const pairs = [
        "frontend → backend",
        "test → backend",
        "prometheus → backend",
        "backend → database",
        "backup → database",
      ];
      assert.deepEqual(tunnels.sort(), pairs.map((pair) => `${pair}:${port}`).sort());
    });
  }

  it("let the kubelet's probes in, which ambient sends from an address of its own", () => {
    const policies = render(merge(bundled, at("mesh.mode", "istio-ambient")));
    const { ingress, egress } = pick(policies, "NetworkPolicy", "allow-mesh").spec!;
    assert.deepEqual(
      (ingress as unknown as { from: readonly V1NetworkPolicyPeer[] }[])[0]?.from[0]?.ipBlock,
      { cidr: "169.254.7.127/32" },
    );
    // The sidecars' control plane; here the node's proxy talks to it.
    assert.equal(egress, undefined);
  });

  it("let linkerd's own monitoring read its proxies", () => {
    const policies = render(merge(bundled, at("mesh.mode", "linkerd")));
    const viz = { name: "viz", namespace: "linkerd-viz", labels: {} };
    const readable = ports.filter((number) =>
      isAllowed(policies, viz, pod("database"), { number, protocol: "TCP" }),
    );
    assert.deepEqual(readable, [4190, 4191]);
  });

  it("leave every connection open when they are switched off", () => {
    const open = allowed(merge(bundled, at("networkPolicy.enabled", false)));
    assert.ok(open.every((connection) => connection.endsWith(":any")));
  });
});
